// Engine.IO v4 §7: from polling to WebSocket.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PollingSession } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { onlyInLongRuns } from './support/target.mjs';
import { pause, quickly, soon, until, within } from './support/wait.mjs';
import { RawWebSocket, frame, opcode } from './support/websocket.mjs';

const join = (session, options) => RawWebSocket.open(session.server, `EIO=4&transport=websocket&sid=${session.sid}`, options);

async function probe(session) {
  const socket = await join(session);
  await socket.send('2probe');
  assert.equal(await socket.next('the answer to the probe'), '3probe');
  return socket;
}

async function upgrade(session) {
  const socket = await probe(session);
  await socket.send('5');
  return socket;
}

async function expectEcho(socket, text = 'over websocket') {
  await socket.send(`4${text}`);
  assert.equal(await socket.next(), `4${text}`);
}

async function expectTurnedAway(socket) {
  const how = await within(soon, 'a close frame', socket.closed);
  assert.ok(how, 'TCP ended without a close frame');
  assert.equal(how.code, null);
}

describe('Upgrade (Engine.IO v4 §7)', () => {
  const server = sharedServer('engine', { calm: true });

  it('a probe is answered, a pending GET is released by a noop, then the websocket carries the session', async () => {
    const session = await PollingSession.open(server);
    const pending = session.poll();
    const socket = await probe(session);
    assert.equal((await pending).body, '6');
    await socket.send('5');
    await expectEcho(socket);
    await socket.sendBinary(Buffer.from([1, 2, 3]));
    assert.deepEqual(await socket.next(), Buffer.from([1, 2, 3]));
    socket.destroy();
  });

  it('no open packet is sent on a websocket that joins a session', async () => {
    const session = await PollingSession.open(server);
    const socket = await join(session);
    await socket.send('2probe');
    assert.equal(await socket.next(), '3probe');
    socket.destroy();
  });

  it('after the probe a noop comes about every 100 ms while a GET is pending', async () => {
    const session = await PollingSession.open(server);
    const socket = await probe(session);
    const start = Date.now();
    for (let i = 0; i < 3; i++) assert.equal((await session.poll()).body, '6');
    const elapsed = Date.now() - start;
    assert.ok(elapsed >= 150 && elapsed < 2000, `three noops took ${elapsed} ms`);
    socket.destroy();
  });

  it('until 5 arrives messages still go out by polling, and POSTs are served', async () => {
    const session = await PollingSession.open(server);
    const socket = await probe(session);
    await session.send('4one');
    assert.equal((await session.poll()).body, '4one');
    socket.destroy();
  });

  it('what is buffered when 5 arrives is flushed on the websocket, in order', async () => {
    const session = await PollingSession.open(server);
    const socket = await probe(session);
    await session.send('4one', 'bAQI=', '4two');
    await socket.send('5');
    assert.equal(await socket.next(), '4one');
    assert.deepEqual(await socket.next(), Buffer.from([1, 2]));
    assert.equal(await socket.next(), '4two');
    socket.destroy();
  });

  it('probe, 5 and a message may arrive in the same segment as the request', async () => {
    const session = await PollingSession.open(server);
    const early = Buffer.concat(['2probe', '5', '4early'].map((text) => frame(opcode.text, text)));
    const socket = await join(session, { early });
    assert.equal(await socket.next(), '3probe');
    assert.equal(await socket.next(), '4early');
    socket.destroy();
  });

  it('5 without a probe is accepted', async () => {
    const session = await PollingSession.open(server);
    const socket = await join(session);
    await socket.send('5');
    await expectEcho(socket);
    socket.destroy();
  });

  it('a GET still pending when 5 arrives is answered with a close packet, and the session lives on', async () => {
    const session = await PollingSession.open(server);
    const socket = await join(session);
    const pending = session.poll();
    await pause(30); // so that the GET is pending; nothing announces it
    await socket.send('5');
    assert.equal((await pending).body, '1');
    await expectEcho(socket);
    socket.destroy();
  });

  it('after the upgrade polling requests are answered 400 code 3 and do no harm', async () => {
    const session = await PollingSession.open(server);
    const socket = await upgrade(session);
    await expectEcho(socket);
    for (const response of [await session.get(), await session.post('4x')]) {
      assert.deepEqual([response.status, response.body], [400, '{"code":3,"message":"Bad request"}']);
    }
    await expectEcho(socket, 'still here');
    socket.destroy();
  });

  it('after the upgrade a second websocket is answered 101 and a close frame, the first is not disturbed', async () => {
    const session = await PollingSession.open(server);
    const socket = await upgrade(session);
    await expectEcho(socket);
    await expectTurnedAway(await join(session));
    await expectEcho(socket, 'still here');
    socket.destroy();
  });

  it('a second websocket while an upgrade is under way is answered 101 and a close frame', async () => {
    const session = await PollingSession.open(server);
    const first = await join(session);
    await expectTurnedAway(await join(session));
    await first.send('2probe');
    assert.equal(await first.next(), '3probe');
    await first.send('5');
    await expectEcho(first);
    first.destroy();
  });

  for (const packet of ['2', '2probex', '3probe', '4hello', 'abc', '']) {
    it(`a first packet of ${JSON.stringify(packet)} closes the new websocket only, and the session may try again`, async () => {
      const session = await PollingSession.open(server);
      const socket = await join(session);
      await socket.send(packet);
      await expectTurnedAway(socket);
      await session.expectEcho();
      const second = await upgrade(session);
      await expectEcho(second);
      second.destroy();
    });
  }

  for (const [how, drop] of [['closed', (socket) => socket.close()], ['dropped', (socket) => socket.destroy()]]) {
    it(`a websocket that is ${how} before 5 leaves the session on polling, and it may upgrade later`, async () => {
      const session = await PollingSession.open(server);
      drop(await probe(session));
      await session.expectEcho();
      // The server has to notice the loss first; until then a new websocket is turned away.
      const second = await until('another upgrade to be possible', async () => {
        const socket = await join(session);
        await socket.send('2probe');
        return (await socket.next().catch(() => null)) === '3probe' && socket;
      });
      await second.send('5');
      await expectEcho(second);
      second.destroy();
    });
  }

  it('a session dies with the websocket that it was upgraded to', async () => {
    const session = await PollingSession.open(server);
    const socket = await upgrade(session);
    await expectEcho(socket);
    await socket.close();
    await within(soon, 'a close frame', socket.closed);
    await session.untilGone();
  });
});

describe('Heartbeat after an upgrade (Engine.IO v4 §7, §8)', () => {
  const server = sharedServer('engine');

  it('pings go on over the websocket', quickly(async () => {
    const session = await PollingSession.open(server);
    const socket = await upgrade(session);
    for (let i = 0; i < 3; i++) await socket.pings.next('a ping');
    await expectEcho(socket);
    socket.destroy();
  }));
});

describe('upgradeTimeout (Engine.IO v4 §7)', onlyInLongRuns('upgradeTimeout is 10 s'), () => {
  // A server with slow heartbeats: the session has to outlive the time-out.
  const server = sharedServer('bench');

  it('a websocket that probes and then is silent is closed, the session stays on polling', async () => {
    const session = await PollingSession.open(server);
    const socket = await probe(session);
    const how = await within(15000, 'a close frame', socket.closed);
    assert.equal(how?.code, null);
    assert.equal((await session.post('6')).status, 200);
  });
});

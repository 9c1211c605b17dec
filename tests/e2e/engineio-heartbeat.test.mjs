// Engine.IO v4 §8: heartbeats, with pingInterval 300 ms and pingTimeout 200 ms.
// Time is counted from what the client did just before the server started its timer, so that no busy machine can make
// the lower bounds fail; the upper bound only catches what never happens.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PollingSession, parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { notOnNode } from './support/target.mjs';
import { pause, quickly, within } from './support/wait.mjs';
import { RawWebSocket } from './support/websocket.mjs';

const interval = 300;
const timeout = 200;
const early = 5; // timers are rounded
const late = 2500;

function assertBetween(elapsed, least, what) {
  assert.ok(elapsed >= least - early && elapsed < late, `${what} after ${elapsed} ms, expected about ${least} ms`);
}

describe('Heartbeat over WebSocket (Engine.IO v4 §8)', { concurrency: true }, () => {
  const server = sharedServer('engine');

  async function open(options) {
    const socket = await RawWebSocket.open(server, undefined, options);
    parseOpen(await socket.next());
    return socket;
  }

  it('the first ping comes pingInterval after the open packet', async () => {
    const start = Date.now();
    const socket = await open();
    await socket.pings.next('a ping', late);
    assertBetween(Date.now() - start, interval, 'a ping');
    socket.destroy();
  });

  it('the next ping comes pingInterval after the pong, not after the ping', quickly(async () => {
    const socket = await open({ pong: false });
    await socket.pings.next('a ping', late);
    await pause(120);
    const pong = Date.now();
    await socket.send('3');
    await socket.pings.next('a ping', late);
    assertBetween(Date.now() - pong, interval, 'a ping');
    socket.destroy();
  }));

  it('a client that answers stays connected for many intervals', quickly(async () => {
    const socket = await open();
    for (let i = 0; i < 6; i++) await socket.pings.next('a ping', late);
    await socket.send('4alive');
    assert.equal(await socket.next(), '4alive');
    socket.destroy();
  }));

  it('without a pong the session is closed pingTimeout after the ping, by a close frame without code', quickly(async () => {
    const start = Date.now();
    const socket = await open({ pong: false });
    await socket.pings.next('a ping', late);
    const how = await within(late, 'a close frame', socket.closed);
    assertBetween(Date.now() - start, interval + timeout, 'the close');
    assert.equal(how?.code, null);
  }));

  it('while a pong is awaited, the first other packet restarts its timer', quickly(async () => {
    const socket = await open({ pong: false });
    await socket.pings.next('a ping', late);
    await pause(timeout / 2);
    const packet = Date.now();
    await socket.send('4not a pong');
    assert.equal(await socket.next(), '4not a pong');
    const how = await within(late, 'a close frame', socket.closed);
    assertBetween(Date.now() - packet, timeout, 'the close');
    assert.equal(how?.code, null);
  }));

  it('further packets do not restart it again: talking is no substitute for a pong', async () => {
    const socket = await open({ pong: false });
    await socket.pings.next('a ping', late);
    const talk = setInterval(() => socket.send('4not a pong'), 40);
    const how = await within(late, 'a close frame', socket.closed).finally(() => clearInterval(talk));
    assert.equal(how?.code, null);
  });

  it('a spare pong is no error', quickly(async () => {
    const socket = await open();
    await socket.send('3');
    await socket.send('3');
    await socket.send('4alive');
    assert.equal(await socket.next(), '4alive');
    socket.destroy();
  }));

  it('a flood of spare pongs does not keep the server from pinging', notOnNode('each spare pong restarts its interval'), quickly(async () => {
    const socket = await open();
    const flood = setInterval(() => socket.send('3'), 100);
    await socket.pings.next('a ping', late).finally(() => clearInterval(flood));
    socket.destroy();
  }));
});

describe('Heartbeat over polling (Engine.IO v4 §8)', { concurrency: true }, () => {
  const server = sharedServer('engine');

  it('a pending GET receives the ping after pingInterval', async () => {
    const start = Date.now();
    const session = await PollingSession.open(server);
    assert.equal((await session.get()).body, '2');
    assertBetween(Date.now() - start, interval, 'a ping');
  });

  it('a ping waits for the next GET', quickly(async () => {
    const session = await PollingSession.open(server);
    await pause(interval + timeout / 4);
    assert.equal((await session.get()).body, '2');
    await session.send('3');
    await session.expectEcho();
  }));

  it('a client that answers stays connected for many intervals', quickly(async () => {
    const session = await PollingSession.open(server);
    for (let i = 0; i < 5; i++) {
      assert.equal((await session.get()).body, '2');
      await session.send('3');
    }
    await session.expectEcho();
  }));

  it('without a pong the pending GET is answered with a close packet and the session is unknown', quickly(async () => {
    const start = Date.now();
    const session = await PollingSession.open(server);
    assert.equal((await session.get()).body, '2');
    assert.equal((await session.get()).body, '1');
    assertBetween(Date.now() - start, interval + timeout, 'the close');
    await session.expectGone();
  }));

  it('a client that never comes back is forgotten after pingInterval and pingTimeout', async () => {
    const session = await PollingSession.open(server);
    await pause(interval + timeout + 300);
    await session.expectGone();
  });
});

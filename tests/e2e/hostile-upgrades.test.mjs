// Upgrades that race, break off or make no sense: the session or its end is what it should be, and nobody else notices.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RawConnection } from './support/http.mjs';
import { answerTo, serverWithNeighbours } from './support/neighbours.mjs';
import { PollingSession } from './support/polling.mjs';
import { onNode } from './support/target.mjs';
import { soon } from './support/wait.mjs';
import { RawWebSocket, frame, opcode, upgradeHead } from './support/websocket.mjs';

const websocketTarget = '/socket.io/?EIO=4&transport=websocket';

describe('Hostile upgrades (advisories CVE-2022-21676, CVE-2022-41940, CVE-2023-31125)', () => {
  const server = serverWithNeighbours();
  const attach = (session, options) => RawWebSocket.open(server, `EIO=4&transport=websocket&sid=${session.sid}`, options);

  it('of two upgrades at once one wins, the other is closed, the session lives', server.survives(async () => {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const session = await PollingSession.open(server);
      const sockets = await Promise.all([attach(session), attach(session)]);
      const answers = await Promise.all(sockets.map(async (socket) => {
        await socket.send('2probe');
        return socket.next().catch(() => 'closed');
      }));
      assert.deepEqual([...answers].sort(), ['3probe', 'closed']);
      const winner = sockets[answers.indexOf('3probe')];
      await winner.send('5');
      await winner.send('40');
      assert.match(await winner.next(), /^40\{"sid":/);
      sockets.forEach((socket) => socket.destroy());
    }));
  }));

  it('a reset at any step of an upgrade leaves a usable polling session', server.survives(async () => {
    for (const steps of [[], ['2probe'], ['2probe', 'junk'], ['4early']]) {
      await Promise.all(Array.from({ length: 10 }, async () => {
        const session = await PollingSession.open(server);
        const connection = await RawConnection.open(server);
        await connection.write(upgradeHead(`${websocketTarget}&sid=${session.sid}`));
        for (const step of steps) await connection.write(frame(opcode.text, step));
        connection.reset();
        await session.send('40');
        assert.match(await session.next(), /^40\{"sid":/);
        await session.send('1');
      }));
    }
  }));

  it('a reset right behind 5 ends the session and nothing else', server.survives(async () => {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const session = await PollingSession.open(server);
      const connection = await RawConnection.open(server);
      await connection.write(Buffer.concat([Buffer.from(upgradeHead(`${websocketTarget}&sid=${session.sid}`)), frame(opcode.text, '2probe'), frame(opcode.text, '5')]));
      connection.reset();
      // Reset before the server read it, it never happened; then the session is still there.
      const response = await session.post('6');
      assert.ok([200, 400].includes(response.status), `${response.status} ${response.body}`);
      await session.post('1');
    }));
  }));

  it('POST, GET and upgrade of one session racing each other get an answer, each', server.survives(async () => {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const session = await PollingSession.open(server);
      const [posted, polled, socket] = await Promise.all([
        session.post('40'),
        session.get(),
        attach(session, { early: Buffer.concat(['2probe', '5'].map((text) => frame(opcode.text, text))) }),
      ]);
      assert.ok([200, 400].includes(posted.status) && [200, 400].includes(polled.status));
      assert.equal(await socket.next(), '3probe');
      socket.destroy();
    }));
  }));

  for (const [what, status, target, options] of [
    ['EIO=3', 101, '/socket.io/?EIO=3&transport=websocket'],
    ['no parameters', 400, '/socket.io/'],
    ['no EIO', 101, '/socket.io/?transport=websocket'],
    ['an unknown sid', 400, `${websocketTarget}&sid=abcdefghijklmnopqrst`],
    ['a sid named __proto__', 400, `${websocketTarget}&sid=__proto__`],
    ['an empty key', 400, websocketTarget, { key: '' }],
    ['a key that is not base64', 400, websocketTarget, { key: '!'.repeat(24) }],
    ['bad extensions', onNode ? 101 : 400, // ws, which does not compress here, does not read them
      websocketTarget, { lines: ['Sec-WebSocket-Extensions: permessage-deflate; =; ;;, "'] }],
    ['15 KB of the same protocol', 400, websocketTarget, { lines: [`Sec-WebSocket-Protocol: a${',a'.repeat(7500)}`] }],
    ['64 KB of protocols', 431, websocketTarget, { lines: [`Sec-WebSocket-Protocol: ${'a,'.repeat(32_000)}`] }],
    ['a body that is announced', 101, websocketTarget, { lines: ['Content-Length: 5'] }],
  ]) {
    it(`an upgrade with ${what} is answered ${status} at once and harms nobody`, server.survives(async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => answerTo(server, upgradeHead(target, options), soon)));
      assert.deepEqual(answers.map((answer) => answer?.status), Array(10).fill(status));
    }));
  }
});

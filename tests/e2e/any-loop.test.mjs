// Threads need no sticky sessions: whichever loop a request arrives on, it reaches its session, and nothing is lost.
// A connection stays on the loop that accepted it, so a client that opens one per request visits all loops, and one that
// sends many sessions' requests over few connections makes nearly all of them strangers.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { describe, it } from 'node:test';

import { request } from './support/http.mjs';
import { PollingSession, parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { onNode } from './support/target.mjs';
import { quickly } from './support/wait.mjs';
import { RawWebSocket, frame, opcode } from './support/websocket.mjs';

const threads = 4;
// Ours otherwise prefers the loop with the fewest connections.
const args = onNode ? [] : ['--round-robin'];
const sessions = 20;
const messages = 200;

/** A Socket.IO session by polling that counts refusals instead of stopping at them. */
async function openClient(server, agent) {
  const session = await PollingSession.open(server, { agent });
  await session.send('40');
  assert.match(await session.next(), /^40\{"sid":/);
  return session;
}

const echo = (id, payload) => `42${id}["echo",${JSON.stringify(payload)}]`;
const echoed = (id, payload) => `43${id}[${JSON.stringify(payload)}]`;

describe(`Polling on ${threads} loops`, () => {
  // The bench target has slow heartbeats, so that a busy machine cannot end a session.
  const server = sharedServer('bench', { threads, args });

  it('every request on a new TCP connection: nothing refused, nothing lost, order kept', async () => {
    await Promise.all(Array.from({ length: sessions }, async (_, who) => {
      const client = await openClient(server, false);
      const receive = async () => {
        for (let i = 0; i < messages; i++) assert.equal(await client.next(20000), echoed(i, `${who}/${i}`));
      };
      const send = async () => {
        for (let i = 0; i < messages; i += 5) {
          await client.send(...Array.from({ length: 5 }, (_, j) => echo(i + j, `${who}/${i + j}`)));
        }
      };
      // Sending and receiving overlap, as with a real client.
      await Promise.all([receive(), send()]);
    }));
  });

  it('many sessions over a few keep-alive connections: nothing refused, nothing lost, order kept', async (t) => {
    const agent = new (server.ca ? https : http).Agent({ keepAlive: true, maxSockets: 4 });
    t.after(() => agent.destroy());
    await Promise.all(Array.from({ length: sessions }, async (_, who) => {
      const client = await openClient(server, agent);
      // A GET only when an answer is due: a waiting one would hold one of the few connections.
      for (let i = 0; i < messages; i += 10) {
        const ids = Array.from({ length: 10 }, (_, j) => i + j);
        await client.send(...ids.map((id) => echo(id, `${who}/${id}`)));
        for (const id of ids) assert.equal(await client.next(20000), echoed(id, `${who}/${id}`));
      }
    }));
  });

  it('bodies of 900 KB and binary arrive whole from any connection', async () => {
    await Promise.all(Array.from({ length: 4 }, async (_, who) => {
      const client = await openClient(server, false);
      const text = String(who).repeat(900_000);
      await client.send(echo(1, text));
      assert.ok((await client.next(20000)) === echoed(1, text));
      await client.send(`451-2["echo",{"_placeholder":true,"num":0}]`, 'bAQIDBA==');
      assert.equal(await client.next(), '461-2[{"_placeholder":true,"num":0}]');
      assert.equal(await client.next(), 'bAQIDBA==');
    }));
  });

  it('sessions that end are unknown from every connection', async () => {
    for (let i = 0; i < 10; i++) {
      const client = await openClient(server, false);
      await client.send('1');
      await Promise.all(Array.from({ length: 4 }, () => client.expectGone()));
    }
  });

  it('unknown sids are refused from every connection', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => request(server, `/socket.io/?EIO=4&transport=polling&sid=${String(i).padStart(20, 'A')}`)),
    );
    for (const { status, body } of answers) assert.deepEqual([status, body], [400, '{"code":1,"message":"Session ID unknown"}']);
  });
});

describe(`Upgrades on ${threads} loops`, () => {
  const server = sharedServer('bench', { threads, args });

  /** A session whose websocket arrives on a connection, and mostly a loop, of its own. */
  async function upgraded(early) {
    const client = await openClient(server, false);
    const socket = await RawWebSocket.open(server, `EIO=4&transport=websocket&sid=${client.sid}`, { early });
    return { client, socket };
  }

  it('a websocket that arrives on another loop takes its session over', async () => {
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 8 }, async () => {
        const { client, socket } = await upgraded();
        await client.send(echo(1, 'still by polling'));
        await socket.send('2probe');
        assert.equal(await socket.next(), '3probe');
        await socket.send('5');
        assert.equal(await socket.next(), echoed(1, 'still by polling'));
        for (let i = 2; i < 12; i++) {
          await socket.send(echo(i, `websocket ${i}`));
          assert.equal(await socket.next(), echoed(i, `websocket ${i}`));
        }
        await socket.close();
        await socket.closed;
      }));
    }
  });

  it('bytes behind the upgrade request travel with the connection', async () => {
    await Promise.all(Array.from({ length: 16 }, async (_, who) => {
      const packets = ['2probe', '5', echo(1, `early ${who}`), echo(2, 'x'.repeat(30_000))];
      const whole = Buffer.concat(packets.map((packet) => frame(opcode.text, packet)));
      // The last frame is cut: its rest comes when the connection has moved.
      const { socket } = await upgraded(whole.subarray(0, whole.length - 10_000));
      await socket.write(whole.subarray(whole.length - 10_000));
      assert.equal(await socket.next(), '3probe');
      assert.equal(await socket.next(), echoed(1, `early ${who}`));
      assert.equal(await socket.next(), echoed(2, 'x'.repeat(30_000)));
      socket.destroy();
    }));
  });

  it('messages that a client sends before, during and after its upgrade keep their order', async () => {
    await Promise.all(Array.from({ length: 10 }, async () => {
      const client = await openClient(server, false);
      await client.send(...Array.from({ length: 20 }, (_, i) => echo(i, i)));
      const socket = await RawWebSocket.open(server, `EIO=4&transport=websocket&sid=${client.sid}`);
      await socket.send('2probe');
      assert.equal(await socket.next(), '3probe');
      await client.send(...Array.from({ length: 20 }, (_, i) => echo(20 + i, 20 + i)));
      await socket.send('5');
      for (let i = 40; i < 60; i++) socket.send(echo(i, i));
      for (let i = 0; i < 60; i++) assert.equal(await socket.next(), echoed(i, i));
      socket.destroy();
    }));
  });

  it('a room spans the loops: each member gets one copy', async () => {
    const members = await Promise.all(Array.from({ length: 12 }, async () => {
      const socket = await RawWebSocket.open(server);
      parseOpen(await socket.next());
      await socket.send('40');
      await socket.next('the answer to CONNECT');
      await socket.send('421["join","everyone"]');
      assert.equal(await socket.next(), '431[]');
      return socket;
    }));
    for (let i = 0; i < 20; i++) await members[i % members.length].send(`42["private",{"to":"everyone","n":${i}}]`);
    for (const member of members) {
      const seen = [];
      for (let i = 0; i < 20; i++) seen.push(JSON.parse((await member.next()).slice(2))[1].n);
      assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i));
      assert.equal(member.messages.size, 0);
      member.destroy();
    }
  });
});

describe(`Heartbeats on ${threads} loops`, () => {
  const server = sharedServer('conformance', { threads, args });

  it('pongs from other loops keep a session alive', quickly(async () => {
    const session = await PollingSession.open(server);
    await session.send('40');
    await session.next();
    await session.next();
    for (let i = 0; i < 6; i++) {
      assert.equal((await session.get()).body, '2');
      await session.send('3');
    }
    await session.send('42["message",1]');
    assert.equal(await session.next(), '42["message-back",1]');
  }));
});

// N11: whatever ends a client, the metric tells it apart from all else, and docs/operations.md lists it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';

import { RawConnection, head } from './support/http.mjs';
import { scrape, scrapeUntil } from './support/metrics.mjs';
import { PollingSession, parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { RawClient } from './support/socketio.mjs';
import { notOnNode, overTls } from './support/target.mjs';
import { soon, until, within } from './support/wait.mjs';
import { RawWebSocket, opcode } from './support/websocket.mjs';

const metric = 'roomcast_session_closes_total';
const closesOf = (metrics) => new Map(metrics.all(metric).map(({ labels, value }) => [`${labels.reason}, ${labels.cause}`, value]));
const chapter = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8').split('## Why a client went')[1].split('\n## ')[0];
const listed = [...chapter.matchAll(/^\| `([^`]*)` \| (?:`([^`]*)`)? *\|/gm)].map(([, reason, cause = '']) => `${reason}, ${cause}`);

/** What each does to a client of its own, and how that end is told. */
const ends = [
  ['transport close', '', async (server) => (await RawClient.open(server)).socket.close(1000)],
  ['transport close', 'no close frame', async (server) => (await RawClient.open(server)).socket.connection.end()],
  ['transport error', 'connection lost', async (server) => (await RawClient.open(server)).socket.connection.reset()],
  ['transport error', 'request dropped', async (server) => {
    const { target } = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    await connection.write(`${head('POST', target, 'Content-Length: 10')}4`);
    connection.end();
  }],
  ['transport error', 'payload too large', async (server) => (await RawClient.open(server)).send('x'.repeat(1_000_001))],
  ['transport error', 'text that is not UTF-8, RFC6455§8.1', async (server) => (await RawClient.open(server)).socket.sendFrame(opcode.text, Buffer.from([0x34, 0xff]))],
  ['transport error', 'unmasked frame from a client, RFC6455§5.1', async (server) => (await RawClient.open(server)).socket.sendFrame(opcode.text, '4', { mask: false })],
  ['transport error', 'slow consumer', async (server) => {
    const session = await PollingSession.open(server);
    await session.send('40');
    await session.send(`42["message","${'x'.repeat(100_000)}"]`);
  }],
  ['transport error', 'overlapping GETs', async (server) => {
    const session = await PollingSession.open(server);
    await Promise.allSettled([session.get(), session.get()]);
  }],
  ['transport error', 'overlapping POSTs', async (server) => {
    const { target } = await PollingSession.open(server);
    const connections = await Promise.all([RawConnection.open(server), RawConnection.open(server)]);
    await Promise.all(connections.map((connection) => connection.write(head('POST', target, 'Content-Length: 10'))));
  }],
  ['transport error', 'binary body in Engine.IO 4', async (server) => (await PollingSession.open(server)).post('4x', { headers: { 'Content-Type': 'application/octet-stream' } })],
  ['transport error', 'ping from a client', async (server) => (await RawClient.open(server)).socket.send('2')],
  ['parse error', 'packet of an unknown type', async (server) => (await RawClient.open(server)).socket.send('9')],
  ['forced close', 'a packet for a namespace that was not joined', async (server) => (await RawClient.open(server)).send('2["x"]')],
  ['forced close', 'a second CONNECT for a namespace', async (server) => {
    const client = await RawClient.open(server);
    await client.join();
    await client.send('0');
  }],
  ['forced close', 'a packet that only servers send', async (server) => {
    const client = await RawClient.open(server);
    await client.join();
    await client.send('4{"message":"no"}');
  }],
  ['forced close', "a namespace's name that is too long", async (server) => (await RawClient.open(server)).send(`0/${'x'.repeat(70_000)},`)],
  ['forced close', 'invalid payload', async (server) => (await RawClient.open(server)).send('2[')],
  ['forced close', 'got binary data when not reconstructing a packet', async (server) => (await RawClient.open(server)).socket.sendBinary('x')],
];

describe('Each way to end a client has a reason and a cause of its own', notOnNode('it has no metrics of its own'), () => {
  const server = sharedServer('conformance', { calm: true, args: ['--max-buffered', '64kB'] });
  let known;

  before(async () => {
    known = closesOf(await scrape(server));
  });

  for (const [reason, cause, end] of ends) {
    const name = `${reason}, ${cause}`;
    const skip = overTls && cause === 'connection lost' && 'Node.js has no reset under TLS';
    it(name, { skip }, async () => {
      await end(server);
      const metrics = await scrapeUntil(server, 'one more end', (now) => now.value(metric) > [...known.values()].reduce((a, b) => a + b, 0));
      const now = closesOf(metrics);
      const more = [...now].filter(([one, count]) => count !== (known.get(one) ?? 0));
      known = now;
      assert.deepEqual(more, [[name, 1]]);
      assert.ok(listed.includes(name) || /, RFC\d+§[\d.]+$/.test(name), 'docs/operations.md does not list it');
    });
  }

  it('they are told apart', () => {
    assert.equal(new Set(ends.map(([reason, cause]) => `${reason}, ${cause}`)).size, ends.length);
    assert.ok(ends.length >= 15);
    assert.equal(new Set(listed).size, listed.length);
  });
});

describe('Silence', notOnNode('it has no metrics of its own'), () => {
  const server = sharedServer('conformance');

  it('of the heartbeat, and of a client that joins nothing', async () => {
    const silent = await RawWebSocket.open(server, undefined, { pong: false });
    parseOpen(await silent.next());
    const idle = await RawClient.open(server);
    await within(soon, 'both to be closed', Promise.all([silent.closed, idle.closed]));
    const told = closesOf(await scrapeUntil(server, 'both to be counted', (now) => now.value(metric) === 2));
    assert.deepEqual([...told.keys()].sort(), ['forced close, no namespace joined in time', 'ping timeout, ']);
    for (const name of told.keys()) assert.ok(listed.includes(name), name);
  });
});

describe('A message that was too large', notOnNode('it has no metrics of its own'), () => {
  const server = sharedServer('conformance', { calm: true, args: ['--log-level', 'info'] });
  const told = (transport) => new RegExp(`payload too large: more than max_http_buffer_size allows session=\\S+ transport=${transport} max_http_buffer_size=1000000`);

  it('closes its websocket with 1009, and the log names the limit', async () => {
    const client = await RawClient.open(server);
    await client.send('x'.repeat(1_000_001));
    assert.equal((await within(soon, 'a close frame', client.closed)).code, 1009);
    await until('a line in the log', () => told('websocket').test(server.stderr));
    assert.equal((await scrape(server)).value('roomcast_payloads_too_large_total', { transport: 'websocket' }), 1);
  });

  it('is answered 413 when it is a body, and the session lives', async () => {
    const session = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    await connection.write(head('POST', session.target, 'Content-Length: 1000001'));
    assert.equal((await connection.readResponse()).status, 413);
    await until('a line in the log', () => told('polling').test(server.stderr));
    assert.equal((await scrape(server)).value('roomcast_payloads_too_large_total', { transport: 'polling' }), 1);
    await session.send('40');
    assert.match(await session.next(), /^40/);
  });
});

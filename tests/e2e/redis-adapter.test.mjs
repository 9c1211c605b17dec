// One cluster of roomcast's servers and Node.js's, over a real Redis: every recipient gets exactly one copy, whichever
// server the sender is on.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Emitter } from '@socket.io/redis-emitter';

import { startRedis } from './support/redis.mjs';
import { startServer } from './support/server.mjs';
import { makeClient, whenConnected } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { Inbox, next, soon, within } from './support/wait.mjs';

const ours = notOnNode('these tests start both kinds of servers themselves');
const kinds = { a: 'bench', b: 'bench', node: 'cluster_node' };
const names = Object.keys(kinds);

/** Three servers on one Redis, a client on each. Received events are kept in `inbox`, as [client, payload]. */
async function cluster(t) {
  const redis = await startRedis(t);
  const made = { redis, inbox: new Inbox() };
  for (const name of names) {
    const server = await startServer(kinds[name], { threads: 2, args: ['--redis', redis.url] });
    t.after(() => server.running && server.stop());
    const client = makeClient(t, server, { transports: ['websocket'] });
    for (const event of ['bcast', 'private']) client.on(event, (payload) => made.inbox.push([name, payload]));
    client.on('question', (_, ack) => ack(`answer of ${name}`));
    client.connect();
    await whenConnected(client);
    made[name] = client;
  }
  // Answers to `expected` clients and to nobody else: a last broadcast tells when all that was sent before has come.
  made.receive = async (expected) => {
    const payloads = [];
    const got = [];
    const marker = `end ${Math.random()}`;
    made.a.emit('bcast', marker);
    for (let ends = 0; ends < names.length;) {
      const [name, payload] = await made.inbox.next();
      if (payload === marker) ends += 1;
      else got.push(name), payloads.push(payload);
    }
    assert.deepEqual(got.sort(), [...expected].sort());
    return payloads;
  };
  return made;
}

describe('Redis adapter', ours, () => {
  let all;
  const endings = [];
  before(async () => { all = await cluster({ after: (end) => endings.push(end) }); });
  after(async () => { for (const end of endings.reverse()) await end(); });

  for (const from of names) {
    it(`an event to everybody from ${from} reaches each client once, whatever is in it`, async () => {
      const payload = { text: 'été 😀', number: -0.5, deep: [null, { bytes: Buffer.from([0, 255, 1]) }] };
      const seen = Promise.all(names.map((name) => next(all[name], 'bcast')));
      all[from].emit('bcast', payload);
      for (const [one] of await seen) assert.deepEqual(one, payload);
      await all.receive(names);
    });
  }

  for (const room of ['room1', '42', 'Raum 😀']) {
    it(`an event to the room ${room} reaches its members on every server, from any server`, async () => {
      await Promise.all(['a', 'node'].map((name) => all[name].emitWithAck('join', room)));
      for (const from of names) {
        const seen = Promise.all(['a', 'node'].map((name) => next(all[name], 'private')));
        all[from].emit('private', { to: room });
        await seen;
        await all.receive(['a', 'node']);
      }
    });
  }

  for (const to of names) {
    it(`an event to the socket of ${to} by its id reaches it from any server`, async () => {
      for (const from of names) {
        const seen = next(all[to], 'private');
        all[from].emit('private', { to: all[to].id });
        await seen;
        await all.receive([to]);
      }
    });
  }

  it('fetchSockets of Node lists the sockets of all servers, with their rooms', async () => {
    await all.b.emitWithAck('join', 'listed');
    const [everybody] = [await all.node.emitWithAck('fetch', [])];
    assert.deepEqual(everybody.map(({ id }) => id).sort(), names.map((name) => all[name].id).sort());
    assert.deepEqual(await all.node.emitWithAck('fetch', 'listed'), [{ id: all.b.id, rooms: everybody.find(({ id }) => id === all.b.id).rooms }]);
  });

  it('a broadcast of Node with acknowledgement gets the answer of every client', async () => {
    assert.deepEqual((await all.node.emitWithAck('ask')).sort(), names.map((name) => `answer of ${name}`).sort());
  });

  it('socketsJoin and except of Node are done on every server', async () => {
    all.node.emit('all join', 'joined');
    await within(soon, 'everybody in the room', (async () => {
      while ((await all.node.emitWithAck('fetch', 'joined')).length < names.length);
    })());
    const seen = next(all.node, 'bcast');
    await all.a.emitWithAck('join', 'left out');
    await all.b.emitWithAck('join', 'left out');
    all.node.emit('except', 'left out', 'not for all');
    await seen;
    await all.receive(['node']);
  });

  it("npm's emitter reaches the clients of every server", async (t) => {
    const seen = Promise.all(names.map((name) => next(all[name], 'bcast')));
    new Emitter(all.redis.client(t)).emit('bcast', { from: 'emitter' });
    for (const [one] of await seen) assert.deepEqual(one, { from: 'emitter' });
    await all.receive(names);
  });

  it('what no server would send is ignored on every channel', async (t) => {
    const client = all.redis.client(t);
    const mine = (await client.pubsub('CHANNELS', 'socket.io*')).concat('roomcast#nodes');
    // Node's own server would die of some of these, so they go where only roomcast's listen.
    const private_ = mine.filter((channel) => channel.startsWith('roomcast'));
    for (const channel of private_)
      for (const bytes of ['', '{', '[]', '{"type":5}', '{"type":"hello","id":{}}', '\x93', 'x'.repeat(100_000)]) await client.publish(channel, bytes);
    all.a.emit('bcast', 'still here');
    await all.receive(names);
  });

  it('S0-G2, S0-G4: channels and payloads are those of the official adapter', async (t) => {
    const listener = all.redis.client(t);
    const heard = new Inbox();
    listener.on('pmessageBuffer', (_, channel, message) => heard.push([String(channel), message]));
    await listener.psubscribe('socket.io#/#*');
    all.a.emit('bcast', 1);
    all.a.emit('private', { to: 'room1' });
    const [[everybody, payload], [oneRoom]] = [await heard.next(), await heard.next()];
    assert.equal(everybody, 'socket.io#/#');
    assert.equal(oneRoom, 'socket.io#/#room1#');
    assert.equal(payload.subarray(0, 2).toString('hex'), '93a6'); // an array of 3 that begins with a uid of 6
    assert.equal(payload[8], 0x83); // { type, data, nsp }
    await all.receive([...names, 'a', 'node']);
  });
});

describe('Without Redis', ours, () => {
  it('clients of one server go on, and the cluster heals by itself', async (t) => {
    const all = await cluster(t);
    const ready = async () => (await fetch(`${all.a.io.uri}/readyz`)).status;
    assert.equal(await ready(), 200);
    await all.redis.kill();
    await within(soon, 'not ready', (async () => { while ((await ready()) !== 503); })());
    const alone = next(all.a, 'bcast');
    all.a.emit('bcast', 'alone');
    await alone;
    await all.redis.start();
    await within(20000, 'an event that crosses', (async () => {
      for (let heard = false; !heard;) {
        const seen = new Promise((resolve) => {
          const done = (value) => resolve(value);
          all.b.once('bcast', () => done(true));
          setTimeout(done, 250, false); // nothing announces that a server hears again
        });
        all.a.emit('bcast', 'are you there?');
        heard = await seen;
      }
    })());
    await within(soon, 'ready', (async () => { while ((await ready()) !== 200); })());
  });

  it('a server starts, serves, and joins when it is there', async (t) => {
    const redis = await startRedis(t);
    await redis.kill();
    const server = await startServer('bench', { args: ['--redis', redis.url] });
    t.after(() => server.running && server.stop());
    const client = makeClient(t, server, { transports: ['websocket'] });
    client.connect();
    await whenConnected(client);
    const seen = next(client, 'bcast');
    client.emit('bcast', 1);
    await seen;
    await redis.start();
  });
});

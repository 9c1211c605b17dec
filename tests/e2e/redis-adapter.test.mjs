// One cluster of roomcast's servers and Node.js's, over a real Redis: every recipient gets exactly one copy, whichever
// server the sender is on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { Emitter } from '@socket.io/redis-emitter';

import { startRedis } from './support/redis.mjs';
import { startServer } from './support/server.mjs';
import { scrape } from './support/metrics.mjs';
import { makeClient, whenConnected } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { Inbox, next, soon, until, within } from './support/wait.mjs';

const ours = notOnNode('these tests start both kinds of servers themselves');
const kinds = { a: 'cluster', b: 'cluster', node: 'cluster_node' };
const names = Object.keys(kinds);
const own = { a: 100, b: 200, node: 400 }; // what each adds when the servers ask each other for a sum

/** Three servers on one Redis, a client on each. Received events are kept in `inbox`, as [client, payload]. */
async function cluster(t) {
  const redis = await startRedis(t);
  const made = { redis, inbox: new Inbox(), servers: {} };
  for (const name of names) {
    const server = await startServer(kinds[name], { threads: 2, args: ['--redis', redis.url, '--own', String(own[name])] });
    t.after(() => server.running && server.stop());
    made.servers[name] = server;
    const client = makeClient(t, server, { transports: ['websocket'], auth: { name } });
    for (const event of ['bcast', 'private', 'told']) client.on(event, (payload) => made.inbox.push([name, payload]));
    client.on('question', (_, ack) => ack(`answer of ${name}`));
    client.connect();
    await whenConnected(client);
    made[name] = client;
  }
  made.others = (name) => names.filter((other) => other !== name);
  // Answers to `expected` clients and to nobody else, one copy each: when these have come, a last broadcast of every server
  // tells when all has come that was sent before.
  made.receive = async (expected) => {
    const payloads = [];
    const got = [];
    const take = async () => {
      const [name, payload] = await made.inbox.next();
      got.push(name);
      payloads.push(payload);
    };
    while (got.length < expected.length) await take();
    for (const from of names) {
      const marker = `end ${Math.random()}`;
      made[from].emit('bcast', marker);
      for (let ends = 0; ends < names.length;) {
        await take();
        if (payloads.at(-1) !== marker) continue;
        got.pop();
        payloads.pop();
        ends += 1;
      }
    }
    assert.deepEqual(got.sort(), [...expected].sort());
    return payloads;
  };
  made.members = async (room) => (await made.node.emitWithAck('fetch', [room])).map(({ data }) => data.name).sort();
  made.join = async (room, members) => {
    await Promise.all(members.map((name) => made[name].emitWithAck('join', [room])));
    await until(`${members} in ${room}`, async () => (await made.members(room)).join() === [...members].sort().join());
  };
  return made;
}

describe('Redis adapter: every operation, from every server', ours, () => {
  let all;
  const endings = [];
  before(async () => { all = await cluster({ after: (end) => endings.push(end) }); });
  after(async () => { for (const end of endings.reverse()) await end(); });

  for (const from of names) {
    describe(`from ${from}`, () => {
      it('emit to everybody, whatever is in it', async () => {
        const payload = { text: 'été 😀', number: -0.5, deep: [null, { bytes: Buffer.from([0, 255, 1]) }] };
        all[from].emit('bcast', payload);
        for (const one of await all.receive(names)) assert.deepEqual(one, payload);
      });

      for (const room of ['room1', '42', 'Raum 😀']) {
        it(`emit to the room ${room}`, async () => {
          await all.join(room, ['a', 'node']);
          all[from].emit('rooms', [room], [], 'to a room');
          await all.receive(['a', 'node']);
        });
      }

      it('emit to several rooms reaches who is in more than one of them once', async () => {
        await all.join('red', ['a', 'b']);
        await all.join('blue', ['b', 'node']);
        all[from].emit('rooms', ['red', 'blue'], [], 'to both');
        await all.receive(names);
      });

      it('except leaves out the members of rooms on every server', async () => {
        await all.join('quiet', ['b', 'node']);
        all[from].emit('rooms', [], ['quiet'], 'not for all');
        await all.receive(['a']);
        await all.join('loud', names);
        all[from].emit('rooms', ['loud'], ['quiet'], 'not for all of them');
        await all.receive(['a']);
      });

      it('socket.to(room) does not come back to the sender', async () => {
        await all.join('talk', names);
        all[from].emit('others', ['talk'], 'from me');
        await all.receive(all.others(from));
      });

      it('local reaches the clients of this server only', async () => {
        all[from].emit('local', 'here');
        await all.receive([from]);
      });

      it('emit to a socket by its id reaches it wherever it is', async () => {
        for (const to of names) {
          all[from].emit('private', { to: all[to].id });
          await all.receive([to]);
        }
      });

      it('a broadcast with acknowledgement gets the answer of every client, also of a room', async () => {
        assert.deepEqual((await all[from].emitWithAck('ask', [])).sort(), names.map((name) => `answer of ${name}`).sort());
        await all.join('asked', ['a', 'node']);
        assert.deepEqual((await all[from].emitWithAck('ask', ['asked'])).sort(), ['answer of a', 'answer of node']);
      });

      it('fetchSockets lists ids, rooms, data and handshakes of the sockets of all servers', async () => {
        await all.join('listed', ['b', 'node']);
        const everybody = await all[from].emitWithAck('fetch', []);
        assert.deepEqual(everybody.map(({ id }) => id).sort(), names.map((name) => all[name].id).sort());
        for (const { id, data, auth, rooms } of everybody) {
          const name = names.find((one) => all[one].id === id);
          assert.deepEqual([data, auth, rooms.includes(id), rooms.includes('listed')], [{ name }, { name }, true, name !== 'a']);
        }
        assert.deepEqual((await all[from].emitWithAck('fetch', ['listed'])).map(({ data }) => data.name).sort(), ['b', 'node']);
      });

      it('socketsJoin and socketsLeave are done on every server', async () => {
        const [first, second] = [`${from} first`, `${from} second`];
        all[from].emit('sockets join', [], [first, second]);
        for (const room of [first, second]) await until('everybody in', async () => (await all.members(room)).length === names.length);
        all[from].emit('sockets leave', [all.b.id], [first]);
        await until('b out', async () => (await all.members(first)).join() === 'a,node');
        assert.deepEqual(await all.members(second), names);
      });

      // On Node.js the sender's own clients join only when the request has come back from Redis.
      if (from !== 'node') it('an emit behind socketsJoin reaches those who joined on every server, behind socketsLeave nobody who left', async () => {
        for (let i = 0; i < 5; i += 1)
          for (const [how, told] of [['join and tell', names], ['join, wait and tell', names], ['leave, wait and tell', ['a']]]) {
            const whom = how.startsWith('join') ? [] : [all.b.id, all.node.id];
            const room = `${from} ${i} ${whom.length ? 'join, wait and tell' : how}`;
            all[from].emit(how, whom, room, room);
            for (const one of await all.receive(told)) assert.equal(one, room);
          }
      });

      it('serverSideEmit reaches the other servers, each once, and not this one', async () => {
        all[from].emit('tell servers', { to: ['servers', 1] });
        for (const one of await all.receive(all.others(from))) assert.deepEqual(one, { to: ['servers', 1] });
      });

      it('serverSideEmit with acknowledgement gets the answer of every other server', async () => {
        const [answers, complete] = await all[from].emitWithAck('ask servers', 7);
        assert.deepEqual([answers.sort((x, y) => x - y), complete], [all.others(from).map((name) => own[name] + 7), true]);
      });

      it('disconnectSockets is done on every server', async () => {
        for (const to of names) {
          const gone = next(all[to], 'disconnect');
          all[from].emit('disconnect sockets', [all[to].id]);
          assert.equal((await gone)[0], 'io server disconnect');
          all[to].connect();
          await whenConnected(all[to]);
        }
      });
    });
  }

  it('P29: whatever rooms a random emit names and leaves out, each recipient gets one copy', async () => {
    const rooms = ['p', 'q', 'r', 's'];
    const some = (list) => list.filter(() => Math.random() < 0.4);
    const members = {};
    for (const room of rooms) await all.join(room, members[room] = some(names));
    for (let i = 0; i < 40; i += 1) {
      const [to, except, from] = [some(rooms), some(rooms), names[i % names.length]];
      const meant = names.filter((name) =>
        (to.length === 0 || to.some((room) => members[room].includes(name))) && !except.some((room) => members[room].includes(name)));
      all[from].emit('rooms', to, except, `${from} to ${to} without ${except}`);
      await all.receive(meant);
    }
  });

  it('P21: who listens in on the channels changes no answer', async (t) => {
    const listener = all.redis.client(t);
    await listener.subscribe('socket.io-request#/#', 'socket.io-response#/#', 'roomcast#nodes');
    await Promise.all(['a', 'b'].flatMap((from) => [
      all[from].emitWithAck('fetch', []).then((sockets) => assert.equal(sockets.length, names.length)),
      all[from].emitWithAck('ask servers', 1).then(([answers]) =>
        assert.deepEqual(answers.sort((x, y) => x - y), all.others(from).map((name) => own[name] + 1))),
    ]));
  });

  it('P51: volatile events are dropped by the server whose client does not read, and by no other', async (t) => {
    const stalled = makeClient(t, all.servers.b, { transports: ['websocket'], auth: { name: 'stalled' } });
    let heard = 0;
    stalled.on('bcast', () => (heard += 1));
    stalled.connect();
    await whenConnected(stalled);
    const dropped = async (name) => (await scrape(all.servers[name])).value('roomcast_volatile_dropped_total');
    const before = [await dropped('a'), await dropped('b')];
    stalled.io.engine.transport.ws._socket.pause();
    const payload = 'x'.repeat(256 * 1024);
    let sent = 0;
    for (let got = 0; got < 120; got += names.length) {
      all.a.emit('volatile', payload);
      sent += 1;
      for (let i = 0; i < names.length; i += 1) assert.equal((await all.inbox.next())[1].length, payload.length);
    }
    assert.ok((await dropped('b')) > before[1], 'nothing was dropped');
    assert.equal(await dropped('a'), before[0]);
    stalled.io.engine.transport.ws._socket.resume();
    all.a.emit('bcast', 'end');
    await until('the rest', () => heard > 0 && stalled.connected);
    await all.receive(names);
    assert.ok(heard < sent, `${heard} of ${sent}`);
  });

  it('a room of Node that is a number is the room of these digits here', async () => {
    await all.join('7', ['a']);
    await all.node.emitWithAck('join', [7]);
    all.node.emit('rooms', [7], [], 'to seven');
    await all.receive(['a', 'node']);
  });

  it("npm's emitter reaches the clients of every server", async (t) => {
    new Emitter(all.redis.client(t)).emit('bcast', { from: 'emitter' });
    for (const one of await all.receive(names)) assert.deepEqual(one, { from: 'emitter' });
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
    await all.join('room1', ['a', 'node']);
    await listener.psubscribe('socket.io#/#*');
    all.a.emit('bcast', 1);
    all.a.emit('rooms', ['room1'], [], 1);
    const [[everybody, payload], [oneRoom]] = [await heard.next(), await heard.next()];
    assert.equal(everybody, 'socket.io#/#');
    assert.equal(oneRoom, 'socket.io#/#room1#');
    assert.equal(payload.subarray(0, 2).toString('hex'), '93a6'); // an array of 3 that begins with a uid of 6
    assert.equal(payload[8], 0x83); // { type, data, nsp }
    await all.receive([...names, 'a', 'node']);
  });
});

/** A server whose Redis is of no use, and a client that it serves all the same. */
async function serveAlone(t, url) {
  const server = await startServer('cluster', { args: ['--redis', url] });
  t.after(() => server.running && server.stop());
  const client = makeClient(t, server, { transports: ['websocket'] });
  client.connect();
  await whenConnected(client);
  const seen = next(client, 'bcast');
  client.emit('bcast', 1);
  await seen;
  return { server, client };
}

describe('A Redis that is away, or unfit', ours, () => {
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
    let heard = false;
    all.b.on('bcast', (payload) => { heard ||= payload === 'are you there?'; });
    await until('an event that crosses', () => {
      all.a.emit('bcast', 'are you there?');
      return heard;
    }, { ms: 20000 });
    await within(soon, 'ready', (async () => { while ((await ready()) !== 200); })());
  });

  it('whose limit for subscribers is below the largest message there is a warning that names both', async (t) => {
    const redis = await startRedis(t);
    await redis.client(t).config('SET', 'client-output-buffer-limit', 'pubsub 1000000 0 0');
    const server = await startServer('cluster', { args: ['--redis', redis.url] });
    t.after(() => server.running && server.stop());
    await until('the warning', () => /warn .*1000000 bytes to read \(client-output-buffer-limit pubsub\).*8388608.*max_publish_bytes/.test(server.stderr));
  });

  const forbid = (command) => ['--rename-command', command, ''];
  const user = (rules) => ['--user', 'worker', 'on', '>secret', '~*', ...rules.split(' ')];
  for (const [what, args, said] of [
    ['without PSUBSCRIBE', forbid('PSUBSCRIBE'), /needs the command PSUBSCRIBE, which this Redis does not have .*rename-command/],
    ['without SUBSCRIBE', forbid('SUBSCRIBE'), /needs the command SUBSCRIBE, which this Redis does not have/],
    ['without PUBLISH', forbid('PUBLISH'), /needs the command PUBLISH, which this Redis does not have/],
    ['whose user may not PSUBSCRIBE', user('allchannels +@all -psubscribe'), /PSUBSCRIBE, which this user may not run .*ACL SETUSER … \+psubscribe/],
    ['whose user may not PUBLISH', user('allchannels +@all -publish'), /PUBLISH, which this user may not run .*\+publish/],
    ['whose user may use no channels', user('resetchannels +@all'), /may not use the adapter's channels .*ACL SETUSER … allchannels/],
  ]) it(`${what} is an error that says what to do, once, and so does /readyz; clients are served`, async (t) => {
    const redis = await startRedis(t, { args });
    const url = args[0] === '--user' ? redis.url.replace('//', '//worker:secret@') : redis.url;
    const { server, client } = await serveAlone(t, url);
    const errors = () => server.stderr.split('\n').filter((line) => / error /.test(line));
    await until('the error', () => errors().length > 0);
    await until('the reason', async () => {
      const answer = await fetch(`${client.io.uri}/readyz`);
      return answer.status === 503 && said.test((await answer.json()).checks.cluster);
    });
    // By then it has been tried again.
    const attempts = async () => Number(/redis_connect_attempts_total (\d+)/.exec(await (await fetch(`${client.io.uri}/metrics`)).text())[1]);
    if (!args.includes('PUBLISH') && !args.includes('-publish')) await until('another attempt', async () => await attempts() >= 4, { ms: 20000 });
    assert.equal(errors().length, 1, server.stderr);
    assert.match(errors()[0], said);
    assert.ok(errors()[0].includes(`127.0.0.1:${redis.port}`) && !errors()[0].includes('secret'), errors()[0]);
  });

  it('without PUBSUB is an error, and the servers do with those whose heartbeats they hear', async (t) => {
    const redis = await startRedis(t, { args: forbid('PUBSUB') });
    const made = [];
    for (const name of ['a', 'b']) {
      const server = await startServer('cluster', { args: ['--redis', redis.url] });
      t.after(() => server.running && server.stop());
      const client = makeClient(t, server, { transports: ['websocket'], auth: { name } });
      client.connect();
      await whenConnected(client);
      made.push({ server, client });
    }
    for (const { server, client } of made) {
      assert.match(server.stderr, /error .*needs the command PUBSUB, which this Redis does not have/);
      assert.equal((await fetch(`${client.io.uri}/readyz`)).status, 200);
      await until('both', async () => (await client.emitWithAck('fetch', [])).length === 2);
    }
  });

  it('whose user may do what docs/operations.md says is all that is needed', async (t) => {
    const documented = fs.readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, rules] = /ACL SETUSER roomcast on >secret (.*)/.exec(documented);
    const redis = await startRedis(t, { args: user(rules) });
    const server = await startServer('cluster', { args: ['--redis', redis.url.replace('//', '//worker:secret@')] });
    t.after(() => server.running && server.stop());
    await until('ready', async () => (await fetch(`http://127.0.0.1:${server.port}/readyz`)).status === 200);
    assert.doesNotMatch(server.stderr, / (error|warn) /);
  });

  it('a server starts, serves, and joins when it is there', async (t) => {
    const redis = await startRedis(t);
    await redis.kill();
    const { server, client } = await serveAlone(t, redis.url);
    await redis.start();
    await until('ready', async () => (await fetch(`${client.io.uri}/readyz`)).status === 200, { ms: 20000 });
  });
});

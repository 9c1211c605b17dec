// Emitters, which are no servers: npm's @socket.io/redis-emitter, ours (tests/conformance/emitter_driver) and `roomcast emit`
// each reach the clients of roomcast's servers and of Node.js's, and each recipient gets exactly one copy.
import assert from 'node:assert/strict';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import readline from 'node:readline';
import { after, before, describe, it } from 'node:test';

import { Emitter } from '@socket.io/redis-emitter';

import { startRedis } from './support/redis.mjs';
import { launch, roomcast, run, startServer } from './support/server.mjs';
import { makeClient, whenConnected } from './support/socketio.mjs';
import { buildFolder, notOnNode } from './support/target.mjs';
import { Inbox, next, soon, until, within } from './support/wait.mjs';

const ours = notOnNode('these tests start both kinds of servers themselves');
const kinds = { a: 'cluster', b: 'cluster', node: 'cluster_node' };
const names = Object.keys(kinds);
const bytes = Buffer.from([0, 255, 1]);

/** npm's emitter, in this process. */
async function officialEmitter(t, redis) {
  const client = redis.client(t);
  // The answer to a PING comes when what was published before has been taken.
  const taken = (use) => async ({ nsp = '/', rooms = [], except = [], args = [] }) => {
    const io = new Emitter(client).of(nsp);
    use(io.to(rooms).except(except), args, io);
    await client.ping();
  };
  return {
    emit: taken((to, args) => to.emit(...args)),
    emitBytes: taken((to, args) => to.emit(...args, bytes)),
    join: taken((to, [room]) => to.socketsJoin(room)),
    leave: taken((to, [room]) => to.socketsLeave(room)),
    disconnect: taken((to) => to.disconnectSockets()),
    serverSideEmit: taken((to, args, io) => io.serverSideEmit(...args)),
  };
}

/** Our class Emitter, in a process of its own. */
async function ourEmitter(t, redis) {
  const child = spawn(path.join(buildFolder, 'tests', 'emitter_driver'), [redis.url], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    const [code] = await within(soon, 'the end of emitter_driver', ended).finally(() => child.kill('SIGKILL'));
    assert.equal(code, 0);
  });
  const answers = new Inbox();
  readline.createInterface({ input: child.stdout }).on('line', (line) => answers.push(line));
  const does = (what) => async ({ nsp = '/', rooms = [], except = [], args = [] }) => {
    child.stdin.write(`${JSON.stringify({ do: what, nsp, rooms, except, args })}\n`);
    assert.equal(await answers.next('emitter_driver to be done'), 'done');
  };
  return {
    emit: does('emit'), emitBytes: does('emit bytes'), join: does('join'), leave: does('leave'), disconnect: does('disconnect'),
    serverSideEmit: does('server side emit'),
  };
}

/** The program; it can only emit. */
async function ourProgram(t, redis) {
  return {
    async emit({ nsp = '/', rooms = [], except = [], args: [event, ...values] }) {
      const options = ['--redis', redis.url, '--namespace', nsp, ...rooms.flatMap((room) => ['--room', room]), ...except.flatMap((room) => ['--except', room])];
      const outcome = await run(roomcast, ['emit', ...options, event, ...values.map((value) => JSON.stringify(value))]);
      assert.deepEqual(outcome, { code: 0, signal: null, stdout: '', stderr: '' });
    },
  };
}

/** Three servers on one Redis, and on each a client of the main namespace and one of /admin. */
async function startCluster(t) {
  const redis = await startRedis(t);
  const all = { redis, servers: {}, clients: {}, admins: {}, inbox: new Inbox() };
  all.client = async (name, namespace = '') => {
    const client = makeClient(t, all.servers[name], { transports: ['websocket'], namespace });
    for (const event of ['news', 'told']) client.on(event, (...args) => all.inbox.push([`${name}${namespace}`, event, ...args]));
    client.on('end', (which) => all.inbox.push([`${name}${namespace}`, 'end', which]));
    client.connect();
    await whenConnected(client);
    return client;
  };
  for (const name of names) {
    all.servers[name] = await startServer(kinds[name], { threads: 2, args: ['--redis', redis.url] });
    t.after(() => all.servers[name].running && all.servers[name].stop());
    all.clients[name] = await all.client(name);
    all.admins[name] = await all.client(name, '/admin');
  }
  // Only once every server hears the others is anybody reached; nothing announces it.
  const probe = redis.client(t);
  for (const channel of ['socket.io-request#/#', 'socket.io-request#/admin#'])
    await until(`three servers on ${channel}`, async () => (await probe.pubsub('NUMSUB', channel))[1] === names.length);
  const marker = await officialEmitter(t, redis);
  // What has come to whom since the last call, `expected` and nothing else: events of one emitter keep their order and those of two
  // do not, so `emit` must have been taken by Redis before.
  all.receive = async (expected) => {
    const which = Math.random();
    for (const nsp of ['/', '/admin']) await marker.emit({ nsp, args: ['end', which] });
    const got = [];
    for (let ends = 0; ends < 2 * names.length;) {
      const [client, event, ...args] = await all.inbox.next();
      if (event === 'end') ends += 1;
      else got.push([client, event, ...args]);
    }
    const sorted = (list) => list.sort(([one], [other]) => (one < other ? -1 : 1));
    assert.deepEqual(sorted(got), sorted(expected));
  };
  return all;
}

/** `it` for each of the emitters that can do what the test needs. */
const emitters = { "npm's emitter": officialEmitter, Emitter: ourEmitter, 'roomcast emit': ourProgram };

for (const [emitterName, makeEmitter] of Object.entries(emitters)) {
  describe(emitterName, ours, () => {
    let all;
    let emitter;
    const endings = [];
    const t = { after: (end) => endings.push(end) };
    before(async () => {
      all = await startCluster(t);
      emitter = await makeEmitter(t, all.redis);
      await all.clients.a.emitWithAck('join', ['pair']);
      await all.clients.node.emitWithAck('join', ['pair']);
      await all.clients.b.emitWithAck('join', ['single']);
    });
    after(async () => { for (const end of endings.reverse()) await end(); });
    const full = makeEmitter !== ourProgram;

    it('reaches every client of a namespace once', async () => {
      const payload = { text: 'été 😀', number: -0.5, deep: [null, [true, {}]] };
      await emitter.emit({ args: ['news', payload, 5, 'text', [1, 2]] });
      await all.receive(names.map((name) => [name, 'news', payload, 5, 'text', [1, 2]]));
      await emitter.emit({ nsp: '/admin', args: ['news'] });
      await all.receive(names.map((name) => [`${name}/admin`, 'news']));
    });

    it('reaches the members of a room, and of several rooms once', async () => {
      await emitter.emit({ rooms: ['pair'], args: ['news', 1] });
      await all.receive([['a', 'news', 1], ['node', 'news', 1]]);
      await emitter.emit({ rooms: ['pair', 'single', all.clients.a.id], args: ['news', 2] });
      await all.receive(names.map((name) => [name, 'news', 2]));
    });

    it('leaves out the members of a room', async () => {
      await emitter.emit({ except: ['pair'], args: ['news', 1] });
      await all.receive([['b', 'news', 1]]);
      await emitter.emit({ rooms: ['pair'], except: [all.clients.a.id, 'single'], args: ['news', 2] });
      await all.receive([['node', 'news', 2]]);
    });

    if (full) {
      it('sends binary data', async () => {
        await emitter.emitBytes({ args: ['news', 1] });
        await all.receive(names.map((name) => [name, 'news', 1, bytes]));
      });

      it('makes sockets join and leave rooms on every server', async () => {
        await emitter.join({ rooms: ['pair'], args: ['joined'] });
        await emitter.emit({ rooms: ['joined'], args: ['news', 1] });
        await all.receive([['a', 'news', 1], ['node', 'news', 1]]);
        await emitter.leave({ except: [all.clients.a.id], args: ['joined'] });
        await emitter.emit({ rooms: ['joined'], args: ['news', 2] });
        await all.receive([['a', 'news', 2]]);
        assert.ok(!(await all.clients.node.emitWithAck('my rooms')).includes('joined'));
        assert.ok((await all.clients.a.emitWithAck('my rooms')).includes('joined'));
      });

      it('is heard by the servers themselves', async () => {
        await emitter.serverSideEmit({ args: ['told', 1, 'two', { three: 3 }] });
        await until('every server to have heard', () => all.inbox.size >= names.length);
        await all.receive(names.map((name) => [name, 'told', 1, 'two', { three: 3 }]));
        await emitter.serverSideEmit({ nsp: '/admin', args: ['told'] });
        await until('every server to have heard', () => all.inbox.size >= names.length);
        await all.receive(names.map((name) => [`${name}/admin`, 'told']));
      });

      it('disconnects sockets on every server', async () => {
        for (const name of names) {
          const client = await all.client(name);
          const gone = next(client, 'disconnect');
          await client.emitWithAck('join', ['doomed']);
          if (name === 'node') await emitter.disconnect({ rooms: ['doomed'], except: ['pair'] });
          else await emitter.disconnect({ rooms: [client.id] });
          assert.deepEqual((await gone)[0], 'io server disconnect');
        }
        for (const name of names) assert.ok(all.clients[name].connected);
      });
    }
  });
}

describe('roomcast emit', { ...ours, concurrency: 4 }, () => {
  const emit = async (...args) => {
    const { code, stdout, stderr } = await run(roomcast, ['emit', ...args]);
    assert.equal(stdout, '');
    return { code, stderr: stderr.trimEnd() };
  };

  it('publishes on the channels of --key, rooms and values as they are given', async (t) => {
    const redis = await startRedis(t);
    const listener = redis.client(t);
    const heard = new Inbox();
    listener.on('pmessage', (_, channel, message) => heard.push([channel, message]));
    await listener.psubscribe('*');
    assert.deepEqual(await emit('--redis', redis.url, '--key', 'mine', '--room', '[a,b]', 'x', '[1,[2]]', '-5', '"--no"'), { code: 0, stderr: '' });
    const [channel, message] = await heard.next();
    assert.equal(channel, 'mine#/#[a,b]#');
    assert.ok(message.includes('--no'));
  });

  for (const [what, args, words] of [
    ['no --redis', ['x'], ['--redis']],
    ['another kind of URL', ['--redis', 'http://127.0.0.1', 'x'], ['--redis']],
    ['no event', ['--redis', 'redis://127.0.0.1'], ['EVENT']],
    ['a word that is no JSON', ['--redis', 'redis://127.0.0.1', 'x', '1', 'word'], ['argument 2', 'not JSON', 'word']],
    ['an object of JavaScript', ['--redis', 'redis://127.0.0.1', 'x', '{a:1}'], ['argument 1', 'not JSON', '{a:1}']],
    ['two values in one', ['--redis', 'redis://127.0.0.1', 'x', '1 2'], ['argument 1', 'not JSON']],
    ['nothing', ['--redis', 'redis://127.0.0.1', 'x', ''], ['argument 1', 'not JSON']],
    ['an unknown option', ['--redis', 'redis://127.0.0.1', '--rom', 'x'], ['--rom']],
    ['an option behind a value', ['--redis', 'redis://127.0.0.1', 'x', '1', '--room', 'r'], ['--room', 'before']],
    ['a namespace with a comma', ['--redis', 'redis://127.0.0.1', '--namespace', '/a,b', 'x'], ['--namespace']],
    ['a time that is none', ['--redis', 'redis://127.0.0.1', '--timeout', 'soon', 'x'], ['--timeout']],
    ['a reserved event', ['--redis', 'redis://127.0.0.1', 'disconnect'], ['disconnect', 'reserved']],
  ]) {
    it(`${what} is refused by one line that says so`, async () => {
      const { code, stderr } = await emit(...args);
      assert.equal(code, 2, stderr);
      assert.equal(stderr.split('\n').length, 1, stderr);
      for (const word of words) assert.ok(stderr.includes(word), `'${word}' is not in: ${stderr}`);
    });
  }

  it('ends with 1 after --timeout when Redis is down', async (t) => {
    const redis = await startRedis(t);
    await redis.kill();
    const start = Date.now();
    const { code, stderr } = await emit('--redis', redis.url, '--timeout', '0.5', 'x');
    assert.equal(code, 1);
    assert.match(stderr, /Redis has not taken the event within 500 ms \(--timeout\); see --redis$/);
    assert.ok(Date.now() - start >= 500);
  });

  it('ends with 1 after --timeout when whoever listens there says nothing', async (t) => {
    const deaf = net.createServer().listen(0, '127.0.0.1');
    const sockets = [];
    deaf.on('connection', (socket) => sockets.push(socket));
    t.after(() => { deaf.close(); sockets.forEach((socket) => socket.destroy()); });
    await next(deaf, 'listening');
    const { code, stderr } = await emit('--redis', `redis://127.0.0.1:${deaf.address().port}`, '--timeout', '0.5', 'x');
    assert.equal(code, 1);
    assert.match(stderr, /within 500 ms \(--timeout\)/);
  });

  it('waits for a Redis that comes in time', async (t) => {
    const redis = await startRedis(t);
    await redis.kill();
    const refusing = net.createServer((socket) => socket.destroy()).listen(redis.port, '127.0.0.1');
    await next(refusing, 'listening');
    const tried = next(refusing, 'connection');
    const program = launch(roomcast, ['emit', '--redis', redis.url, '--timeout', '8', 'x']);
    t.after(() => program.child.kill('SIGKILL'));
    await tried;
    refusing.close();
    await next(refusing, 'close');
    await redis.start();
    assert.deepEqual(await within(9000, 'the end', program.ended), { code: 0, signal: null });
  });

  it('says why when Redis refuses', async (t) => {
    const redis = await startRedis(t);
    await redis.client(t).acl('SETUSER', 'mute', 'on', '>secret', '+@all', '-publish');
    const { code, stderr } = await emit('--redis', redis.url.replace('//', '//mute:secret@'), 'x');
    assert.equal(code, 1);
    assert.match(stderr, /NOPERM/);
    assert.ok(!stderr.includes('secret'));
  });

  it('explains itself', async () => {
    const { code, stdout, stderr } = await run(roomcast, ['emit', '--help']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    for (const word of ['--redis', '--namespace', '--room', '--except', '--key', '--timeout', 'EVENT', 'JSON', 'ROOMCAST_REDIS']) assert.ok(stdout.includes(word), `'${word}' is not explained`);
  });
});

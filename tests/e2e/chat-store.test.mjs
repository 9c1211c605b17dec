// `roomcast chat --store sqlite:FILE`: what the chat promises to remember, over restarts, crashes and a full disk.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { launch, roomcast, run, startServer } from './support/server.mjs';
import { makeClient, whenConnected } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { Inbox, next, soon, within } from './support/wait.mjs';

const ours = notOnNode('its fixture keeps everything in memory');
const rounds = process.env.ROOMCAST_LONG ? 100 : 5;

/** A folder that goes when test `t` ends, and the name of a database in it. */
function freshFile(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'roomcast-chat-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'chat.db');
}

/** A chat on this file, that is gone when test `t` ends. */
async function startChat(t, file, { args = [], ...options } = {}) {
  const server = await startServer('chat', { ...options, args: ['--store', `sqlite:${file}`, ...args] });
  t.after(() => server.running && server.stop());
  return server;
}

/** A tab of the chat, greeted. */
async function open(t, server, auth) {
  const client = makeClient(t, server, { transports: ['websocket'], auth });
  const [session, users] = [next(client, 'session'), next(client, 'users')];
  const tab = { client, messages: new Inbox() };
  client.on('private message', (message) => tab.messages.push(message));
  client.connect();
  await whenConnected(client);
  const [{ sessionID, userID }] = await session;
  const [list] = await users;
  const entry = (about) => list.find((user) => user.userID === about);
  return Object.assign(tab, {
    sessionID, userID, list, entry,
    send: (content, to) => within(soon, 'the ack of a private message', client.emitWithAck('private message', { content, to })),
    historyWith: (about) => entry(about).messages.map(({ content }) => content),
  });
}

describe('A chat that lasts', ours, () => {
  it('identities and histories survive a restart on the same port', async (t) => {
    const file = freshFile(t);
    const before = await startChat(t, file);
    const alice = await open(t, before, { username: 'alice é 😀' });
    const bob = await open(t, before, { username: 'bob' });
    for (const content of ['1', 'é 😀 \u0000 "quoted"', 'x'.repeat(64 * 1024)]) assert.deepEqual(await alice.send(content, bob.userID), { ok: true });
    await bob.send('4', alice.userID);
    await alice.send('note', alice.userID);
    await before.stop();

    const after = await startChat(t, file, { port: before.port });
    const again = await open(t, after, { sessionID: alice.sessionID });
    assert.deepEqual([again.sessionID, again.userID], [alice.sessionID, alice.userID]);
    assert.deepEqual(again.list.map(({ username, connected }) => [username, connected]), [['alice é 😀', true], ['bob', false]]);
    assert.deepEqual(again.entry(bob.userID).messages, [
      { content: '1', from: alice.userID, to: bob.userID },
      { content: 'é 😀 \u0000 "quoted"', from: alice.userID, to: bob.userID },
      { content: 'x'.repeat(64 * 1024), from: alice.userID, to: bob.userID },
      { content: '4', from: bob.userID, to: alice.userID },
    ]);
    assert.deepEqual(again.historyWith(alice.userID), ['note']);
  });

  it('a page that stays open reconnects to the restarted server as who it was, and goes on', async (t) => {
    const file = freshFile(t);
    const before = await startChat(t, file);
    const alice = await open(t, before, { username: 'alice' });
    const bob = await open(t, before, { username: 'bob' });
    bob.client.disconnect();
    alice.client.auth = { sessionID: alice.sessionID };
    alice.client.io.reconnection(true);
    alice.client.io.reconnectionDelay(50);
    alice.client.io.reconnectionDelayMax(50);
    const back = new Promise((resolve) => alice.client.on('session', resolve));
    await before.stop();
    const after = await startChat(t, file, { port: before.port });
    assert.deepEqual(await within(soon, 'the reconnected session', back), { sessionID: alice.sessionID, userID: alice.userID });
    assert.deepEqual(await alice.send('while you were out', bob.userID), { ok: true });
    const returned = await open(t, after, { sessionID: bob.sessionID });
    assert.deepEqual(returned.historyWith(alice.userID), ['while you were out']);
  });

  for (const signal of ['SIGTERM', 'SIGKILL']) {
    it(`after ${signal} and a restart only those are online who came back`, async (t) => {
      const file = freshFile(t);
      const before = await startChat(t, file);
      const alice = await open(t, before, { username: 'alice' });
      const bob = await open(t, before, { username: 'bob' });
      const gone = await open(t, before, { username: 'gone' });
      gone.client.disconnect();
      await next(alice.client, 'user disconnected');
      await before.stop(signal);

      const after = await startChat(t, file, { port: before.port });
      const first = await open(t, after, { sessionID: bob.sessionID });
      assert.deepEqual(first.list.map(({ username, connected }) => [username, connected]), [['alice', false], ['bob', true], ['gone', false]]);
      const announced = next(first.client, 'user connected');
      const second = await open(t, after, { sessionID: alice.sessionID });
      assert.equal((await announced)[0].userID, alice.userID);
      assert.deepEqual(second.list.map(({ username, connected }) => [username, connected]), [['alice', true], ['bob', true], ['gone', false]]);
      const left = next(first.client, 'user disconnected');
      second.client.disconnect();
      assert.deepEqual(await left, [alice.userID]);
      const third = await open(t, after, { username: 'third' });
      assert.equal(third.entry(alice.userID).connected, false);
    });
  }

  it('--history is how many messages of a user are kept', async (t) => {
    const file = freshFile(t);
    const server = await startChat(t, file, { args: ['--history', '3'] });
    const alice = await open(t, server, { username: 'alice' });
    const bob = await open(t, server, { username: 'bob' });
    for (const content of ['1', '2', '3', '4', '5']) await alice.send(content, bob.userID);
    assert.deepEqual((await open(t, server, { sessionID: bob.sessionID })).historyWith(alice.userID), ['3', '4', '5']);
  });

  it('when the disk is full people go on talking, nothing is acknowledged that was not stored, and the log says why', async (t) => {
    // A limit on the size of files stands in for the full disk. It concerns what is written beyond it, and the ignored
    // signal makes that an error as it is on a full disk.
    const file = freshFile(t);
    const limited = 'trap "" XFSZ; ulimit -f 400; exec "$@"'; // 512-byte blocks
    const flags = ['chat', '--host', '127.0.0.1', '--port', '0', '--threads', '2', '--store', `sqlite:${file}`];
    const program = launch('/bin/sh', ['-c', limited, 'sh', roomcast, ...flags]);
    t.after(() => program.child.kill('SIGKILL'));
    await next(program.child.stdout, 'data', { what: 'the ready line' });
    const server = { url: /http:\S+/.exec(program.stdout)[0] };
    const alice = await open(t, server, { username: 'alice' });
    const bob = await open(t, server, { username: 'bob' });
    let acknowledged = 0;
    const total = 40;
    for (let i = 0; i < total; i++) alice.client.emit('private message', { content: `${i} ${'x'.repeat(20_000)}`, to: bob.userID }, () => acknowledged++);
    for (let i = 0; i < total; i++) assert.ok((await bob.messages.next('a message in spite of the full disk')).content.startsWith(`${i} `));
    // The store answers in order, so the list below comes after everything above.
    const returned = await open(t, server, { sessionID: bob.sessionID });
    const stored = returned.historyWith(alice.userID).length;
    assert.ok(stored < total, 'the disk was not full');
    assert.equal(acknowledged, stored);
    const said = program.stderr.split('\n').filter((line) => line.includes('chat store: '));
    assert.equal(said.length, 1, program.stderr);
    assert.match(said[0], /full|I\/O/);
    program.child.kill('SIGTERM');
    assert.equal((await within(soon, 'the end', program.ended)).code, 0);
  });
});

describe('kill -9 during traffic', ours, () => {
  const senders = 4;

  it(`${rounds} times over, every acknowledged message is there afterwards, in order, and all identities are`, async (t) => {
    const file = freshFile(t);
    let [acknowledged, found] = [0, 0];
    let server = await startChat(t, file);
    for (let round = 0; round < rounds; round++) {
      const tabs = await Promise.all(Array.from({ length: senders }, (_, i) => open(t, server, { username: `${round}.${i}` })));
      // The server dies once so many acks are here, each round at another point.
      const enough = 1 + ((round * 37) % 150);
      let acks = 0;
      const killed = new Promise((resolve) => {
        for (const [i, tab] of tabs.entries()) {
          const to = tabs[(i + 1) % senders].userID;
          tab.sent = 0;
          tab.acked = [];
          const emit = () => {
            const content = `${tab.sent++}`;
            tab.client.emit('private message', { content, to }, ({ ok }) => {
              assert.equal(ok, true);
              tab.acked.push(content);
              if (++acks === enough) {
                server.signal('SIGKILL');
                resolve();
              }
              if (acks < enough) emit();
            });
          };
          for (let window = 0; window < 8; window++) emit();
        }
      });
      await within(soon, `${enough} acks`, killed);
      await within(soon, 'the end', server.ended);
      await Promise.all(tabs.map(({ client }) => client.connected && next(client, 'disconnect')));

      server = await startChat(t, file, { port: server.port });
      for (const [i, tab] of tabs.entries()) {
        const other = tabs[(i + 1) % senders].userID;
        const again = await open(t, server, { sessionID: tab.sessionID });
        assert.equal(again.userID, tab.userID);
        const stored = again.historyWith(other);
        // Stored is what was sent, without gaps, and at least what was acknowledged.
        assert.deepEqual(stored, Array.from({ length: stored.length }, (_, n) => `${n}`));
        assert.ok(stored.length <= tab.sent);
        for (const content of tab.acked) assert.ok(Number(content) < stored.length, `round ${round}: message ${content} of ${i} was acknowledged and is lost`);
        acknowledged += tab.acked.length;
        found += stored.length;
        again.client.disconnect();
      }
    }
    t.diagnostic(`${rounds} rounds: ${acknowledged} messages acknowledged, ${found} found`);
  });
});

describe('A store that cannot be opened', ours, () => {
  async function assertRefused(store, reason) {
    const { code, stdout, stderr } = await run(roomcast, ['chat', '--port', '0', '--store', store]);
    assert.ok(code > 0, `exit code ${code}`);
    assert.equal(stdout, '');
    assert.equal(stderr.split('\n').filter(Boolean).length, 1, stderr);
    assert.match(stderr, /--store/);
    assert.match(stderr, reason);
  }

  it('sqlite: without a file', () => assertRefused('sqlite:', /name of the file/));
  it('a store that does not exist', () => assertRefused('cupboard', /memory, sqlite:FILE or redis/));
  it('a folder that does not exist', (t) => assertRefused(`sqlite:${path.join(freshFile(t), 'chat.db')}`, /No such file or directory/));
  it('a folder', (t) => assertRefused(`sqlite:${path.dirname(freshFile(t))}`, /directory/));

  it('a file that is no database, which stays as it was', async (t) => {
    const file = freshFile(t);
    fs.writeFileSync(file, 'not a database, '.repeat(500));
    await assertRefused(`sqlite:${file}`, /not a database/);
    assert.equal(fs.readFileSync(file, 'utf8'), 'not a database, '.repeat(500));
  });

  it('a file without permission', { skip: process.getuid() === 0 && 'root may read everything' }, async (t) => {
    const file = freshFile(t);
    fs.writeFileSync(file, '', { mode: 0o400 });
    await assertRefused(`sqlite:${file}`, /Permission denied/);
  });

  it('a file that another server uses, which goes on undisturbed', async (t) => {
    const file = freshFile(t);
    const server = await startChat(t, file);
    await assertRefused(`sqlite:${file}`, /another process/);
    const alice = await open(t, server, { username: 'alice' });
    assert.deepEqual(await alice.send('still here', alice.userID), { ok: true });
  });

  it('the log says at the start what the store promises', async (t) => {
    const file = freshFile(t);
    const server = await startChat(t, file, { args: ['--history', '77'] });
    await server.stop();
    assert.ok(server.stderr.includes(`kept over restarts and crashes; acks follow the commit store=sqlite:${file} history=77\n`), server.stderr);
    const memory = await startServer('chat');
    await memory.stop();
    assert.match(memory.stderr, /lost when the server stops.* store=memory /);
  });
});

// The chat on several servers, roomcast's and Node's, and one Redis: nobody can tell which server somebody else is on, and
// both kinds write the same. The ids are rows of the chat's specification (S0-C events, S0-D sessions, S0-E messages, S0-G wire).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Tab, freshName, heardGone, heardOf, hexId, startChatCluster } from './support/chat.mjs';
import { monitor } from './support/redis.mjs';
import { startServer } from './support/server.mjs';
import { notOnNode } from './support/target.mjs';
import { Inbox, soon, until, within } from './support/wait.mjs';

const ours = notOnNode('these tests start both kinds of servers themselves');
const kinds = { ours1: 'chat', ours2: 'chat', node1: 'chat_node', node2: 'chat_node' };
const names = Object.keys(kinds);
const oneOfEach = ['ours1', 'node1'];
const day = 86_400; // seconds, SESSION_TTL and CONVERSATION_TTL

let all;
let redis; // a client of it
const endings = [];
before(async () => {
  if (ours.skip) return;
  const suite = { after: (end) => endings.push(end) };
  all = await startChatCluster(suite, kinds);
  redis = all.redis.client(suite);
});
after(async () => { for (const end of endings.reverse()) await end(); });

const open = (t, name, auth) => new Tab(t, all[name], auth).open();
const login = (t, name, base) => open(t, name, { username: freshName(base) });
const returnTo = (t, name, { sessionID }) => open(t, name, { sessionID });

/** When a visitor who came and went last has gone, so has everything that this server was told before. */
async function settled(t, name, watcher) {
  const visitor = await login(t, name, 'visitor');
  visitor.close();
  await heardGone(watcher, visitor.userID);
}

const stored = async ({ sessionID }) => redis.hgetall(`session:${sessionID}`);

describe('Chat on several servers: every placement', ours, () => {
  for (const sender of names) for (const receiver of names) for (const second of names) {
    // Of the 64 placements those that differ in more than in the numbers of servers of a kind.
    if (!sender.endsWith('1') || (kinds[receiver] !== kinds[sender] && receiver.endsWith('2'))) continue;
    if (second.endsWith('2') && ![sender, receiver].includes(`${second.slice(0, -1)}1`)) continue;
    it(`S0-C2 to S0-C10, S0-C13, S0-G6: sender on ${sender}, receiver on ${receiver}, sender's second tab on ${second}`, async (t) => {
      const bob = await login(t, receiver, 'bob');
      const username = freshName('alice');
      const alice = await open(t, sender, { username });
      const alice2 = await returnTo(t, second, alice);
      assert.deepEqual([alice2.sessionID, alice2.userID], [alice.sessionID, alice.userID]);

      // Known to one another, S0-C5, S0-C6; the second tab is told again, and the list does not grow, S0-C10.
      assert.deepEqual([alice.entry(bob.userID).connected, alice2.entry(bob.userID).connected], [true, true]);
      const { length } = alice.list;
      const entry = { userID: alice.userID, username, connected: true, messages: [] };
      for (let tabs = 0; tabs < 2; tabs++) assert.deepEqual(await heardOf(bob, alice.userID), entry);
      assert.equal(alice2.list.length, length);

      // To the receiver and the sender's other tab, once, S0-C7; and back.
      assert.deepEqual(await alice.send('hello é 😀', bob.userID), { ok: true });
      const message = { content: 'hello é 😀', from: alice.userID, to: bob.userID };
      for (const tab of [bob, alice2]) assert.deepEqual(await tab['private message'].next(), message);
      assert.deepEqual(await bob.send('and back', alice.userID), { ok: true });
      for (const tab of [alice, alice2]) assert.equal((await tab['private message'].next()).content, 'and back');
      await alice2.send('end', bob.userID);
      for (const tab of [alice, bob]) assert.equal((await tab['private message'].next()).content, 'end');
      for (const tab of [alice, alice2, bob]) assert.equal(tab['private message'].size, 0);

      // Stored, and told to whoever comes next, S0-C4.
      for (const name of oneOfEach) {
        const again = await returnTo(t, name, bob);
        assert.deepEqual(again.historyWith(alice.userID), ['hello é 😀', 'and back', 'end']);
        again.close();
      }

      // One tab closes: nothing. The last: exactly once, the bare userID, S0-C8, S0-C9.
      alice.close();
      await settled(t, sender, bob);
      assert.equal(bob.count('user disconnected', alice.userID), 0);
      assert.equal((await stored(alice)).connected, 'true');
      alice2.close();
      assert.equal(await heardGone(bob, alice.userID), alice.userID);
      await settled(t, second, bob);
      assert.equal(bob.count('user disconnected', alice.userID), 1);
      await until('the store to say so', async () => (await stored(alice)).connected === 'false');

      // A return is announced again, S0-C10.
      const back = await returnTo(t, sender, alice);
      assert.equal((await heardOf(bob, alice.userID)).connected, true);
      assert.equal(new Set(back.list.map(({ userID }) => userID)).size, back.list.length);
      assert.equal(back.entry(bob.userID).connected, true);
    });
  }

  for (const from of oneOfEach) for (const to of names) {
    it(`S0-C7: messages of one sender on ${from} arrive on ${to} in the order sent`, async (t) => {
      const [alice, bob] = [await login(t, from, 'alice'), await login(t, to, 'bob')];
      for (let i = 0; i < 100; i++) alice.client.emit('private message', { content: `${i}`, to: bob.userID });
      for (let i = 0; i < 100; i++) assert.equal((await bob['private message'].next()).content, `${i}`);
    });

    it(`S0-C11: a message sent on ${from} inside the connect callback reaches ${to} and is stored`, async (t) => {
      const alice = await login(t, to, 'alice');
      const hasty = new Tab(t, all[from], { username: freshName('hasty') });
      const acknowledged = new Promise((resolve) => {
        hasty.client.on('connect', () => hasty.client.emit('private message', { content: 'first!', to: alice.userID }, resolve));
      });
      await hasty.open();
      assert.equal((await alice['private message'].next()).content, 'first!');
      assert.deepEqual(await within(soon, 'the ack', acknowledged), { ok: true });
      assert.deepEqual((await returnTo(t, to, alice)).historyWith(hasty.userID), ['first!']);
    });

    it(`S0-C4, S0-D9, S0-E5: who was on ${from} and offline finds on ${to} what was sent from either kind`, async (t) => {
      const bob = await login(t, from, 'bob');
      const [alice, carol] = [await login(t, 'ours1', 'alice'), await login(t, 'node1', 'carol')];
      bob.close();
      await heardGone(alice, bob.userID);
      await alice.send('one', bob.userID);
      await carol.send('two', bob.userID);
      await alice.send('three', bob.userID);
      const returned = await returnTo(t, to, bob);
      assert.deepEqual([returned.sessionID, returned.userID], [bob.sessionID, bob.userID]);
      assert.deepEqual(returned.entry(alice.userID).messages, [
        { content: 'one', from: alice.userID, to: bob.userID },
        { content: 'three', from: alice.userID, to: bob.userID },
      ]);
      assert.deepEqual(returned.historyWith(carol.userID), ['two']);
    });
  }

  it('S0-C9: with a tab on every server only the last that closes is heard, by everybody once', async (t) => {
    const watchers = await Promise.all(names.map((name) => login(t, name, 'watcher')));
    const bob = await login(t, names[0], 'bob');
    const tabs = [bob, ...await Promise.all(names.slice(1).map((name) => returnTo(t, name, bob)))];
    for (const [i, tab] of tabs.entries()) {
      if (i === tabs.length - 1) for (const watcher of watchers) assert.equal(watcher.count('user disconnected', bob.userID), 0);
      tab.close();
      if (i < tabs.length - 1) await settled(t, names[i], watchers[0]);
    }
    for (const watcher of watchers) await heardGone(watcher, bob.userID);
    for (const watcher of watchers) {
      await settled(t, names.at(-1), watcher);
      assert.equal(watcher.count('user disconnected', bob.userID), 1);
    }
  });

  for (const second of ['ours1', 'ours2']) {
    it(`S0-C9: tabs on ours1 and ${second} that close at the same moment are heard of once`, async (t) => {
      const watcher = await login(t, 'node1', 'watcher');
      for (let round = 0; round < 10; round++) {
        const bob = await login(t, 'ours1', 'bob');
        const bob2 = await returnTo(t, second, bob);
        bob.close();
        bob2.close();
        await heardGone(watcher, bob.userID);
        await settled(t, 'ours1', watcher);
        await settled(t, second, watcher);
        assert.equal(watcher.count('user disconnected', bob.userID), 1);
        await until('the store to say so', async () => (await stored(bob)).connected === 'false');
      }
    });
  }

  it('a session made by one is refused by none, and a made-up one by all', async (t) => {
    for (const name of names) {
      const tab = new Tab(t, all[name], { sessionID: 'f'.repeat(16) });
      const refused = new Promise((resolve) => tab.client.on('connect_error', resolve));
      tab.client.connect();
      assert.equal((await within(soon, 'the refusal', refused)).message, 'invalid username');
    }
  });
});

/** The commands that Redis is sent while `act` runs, without the adapter's, as texts; with a number for each connection. */
async function commandsDuring(t, act) {
  const seen = await monitor(t, redis.options.port);
  await act();
  const end = `end ${Math.random()}`;
  await redis.echo(end);
  await until('the end of the log', () => seen.some(([, args]) => args[1] === end));
  return seen.filter(([, [name]]) => !['publish', 'pubsub', 'echo', 'ping'].includes(name.toLowerCase()));
}

describe('What the servers write', ours, () => {
  it('S0-D1, S0-D2, S0-D3, S0-D4: sessions have the same keys, types, fields and texts', async (t) => {
    const watcher = await login(t, 'ours2', 'watcher');
    const seen = [];
    for (const name of oneOfEach) {
      const username = 'zoë "😀" \\ \n';
      const tab = await open(t, name, { username });
      const key = `session:${tab.sessionID}`;
      assert.equal(await redis.type(key), 'hash');
      const online = await redis.hgetall(key);
      assert.match(online.userID, hexId);
      assert.deepEqual(online, { userID: tab.userID, username, connected: 'true' });
      assert.ok((await redis.ttl(key)) > day - 10 && (await redis.ttl(key)) <= day);
      const fields = await redis.hkeys(key);

      await redis.expire(key, 100); // every save renews it, S0-D4
      const second = await returnTo(t, name, tab);
      assert.ok((await redis.ttl(key)) > day - 10);
      second.close();
      await redis.expire(key, 100);
      tab.close();
      await heardGone(watcher, tab.userID);
      await until('offline in the store', async () => (await redis.hget(key, 'connected')) === 'false');
      assert.ok((await redis.ttl(key)) > day - 10);
      seen.push({ fields, encoding: await redis.object('ENCODING', key) });
    }
    assert.deepEqual(seen[0], seen[1]);
  });

  it('S0-E1, S0-E2, S0-E3: messages have the same keys, types and bytes', async (t) => {
    const contents = ['plain', 'é 😀 "quoted" \\ / \u0000 \u001f \u007f \u2028 \b\f\n\r\t', '', '<script>', '{"content":"x"}'];
    const seen = [];
    for (const name of oneOfEach) {
      const [alice, bob] = [await login(t, name, 'alice'), await login(t, 'ours2', 'bob')];
      for (const content of contents) await alice.send(content, bob.userID);
      await alice.send('note', alice.userID);
      const lists = [];
      for (const { userID } of [alice, bob]) {
        const key = `messages:${userID}`;
        assert.equal(await redis.type(key), 'list');
        assert.ok((await redis.ttl(key)) > day - 10 && (await redis.ttl(key)) <= day);
        lists.push((await redis.lrange(key, 0, -1)).map((text) => text.replaceAll(alice.userID, 'ALICE').replaceAll(bob.userID, 'BOB')));
      }
      assert.deepEqual(lists[1], contents.map((content) => JSON.stringify({ content, from: 'ALICE', to: 'BOB' })));
      assert.deepEqual(lists[0], [...lists[1], '{"content":"note","from":"ALICE","to":"ALICE"}']);
      seen.push(lists);
    }
    assert.deepEqual(seen[0], seen[1]);
  });

  it('S0-D3, S0-D5, S0-D6, S0-E2, S0-E3, S0-E4: the commands are the same, each save in one transaction', async (t) => {
    const watcher = await login(t, 'ours2', 'watcher');
    const runs = [];
    const writes = /^(hset|rpush|ltrim|expire) /;
    for (const name of oneOfEach) {
      const ids = {};
      const log = await commandsDuring(t, async () => {
        const tab = await open(t, name, { username: 'same' });
        const again = await returnTo(t, name, tab);
        Object.assign(ids, { [tab.sessionID]: 'SESSION', [tab.userID]: 'USER', [watcher.userID]: 'WATCHER' });
        await again.send('to another', watcher.userID);
        await again.send('to oneself', tab.userID);
        again.close();
        await settled(t, name, watcher);
        tab.close();
        await heardGone(watcher, tab.userID);
        await until('offline in the store', async () => (await stored(tab)).connected === 'false');
      });
      // Only what concerns this user: the sessions of others that happen to be there come in any order.
      const own = (text) => Object.entries(ids).reduce((all, [id, word]) => all.replaceAll(id, word), text);
      const texts = log.map(([source, args]) => [source, own(args.join(' ').replace(/^\w+/, (command) => command.toLowerCase()))]);
      const store = texts.find(([, text]) => text.startsWith('hset session:SESSION'))[0];
      const relevant = /SESSION|USER|WATCHER|^scan|^multi/;
      runs.push(texts.filter(([source, text]) => source === store && relevant.test(text)).map(([, text]) => text));
    }
    for (const run of runs) {
      const transactions = [];
      for (const text of run) {
        if (text === 'multi') transactions.push([]);
        else if (writes.test(text)) transactions.at(-1).push(text);
      }
      const written = transactions.filter((one) => one.length);
      const session = (connected) => [`hset session:SESSION userID USER username same connected ${connected}`, `expire session:SESSION ${day}`];
      assert.deepEqual(written[0], session(true));
      assert.deepEqual(written[1], session(true));
      assert.deepEqual(written.at(-1), session(false));
      assert.deepEqual(written[2], [
        'rpush messages:USER {"content":"to another","from":"USER","to":"WATCHER"}',
        'rpush messages:WATCHER {"content":"to another","from":"USER","to":"WATCHER"}',
        'ltrim messages:USER -10000 -1', 'ltrim messages:WATCHER -10000 -1', `expire messages:USER ${day}`, `expire messages:WATCHER ${day}`,
      ]);
      assert.deepEqual(written[3], [
        'rpush messages:USER {"content":"to oneself","from":"USER","to":"USER"}', 'ltrim messages:USER -10000 -1', `expire messages:USER ${day}`,
      ]);
      for (const text of ['hmget session:SESSION userID username connected', 'scan 0 MATCH session:* COUNT 100', 'lrange messages:USER 0 -1'])
        assert.ok(run.some((one) => one.toLowerCase() === text.toLowerCase()), `${text} is not in\n${run.join('\n')}`);
    }
    assert.deepEqual(...runs.map((run) => run.filter((text) => writes.test(text))));
  });

  it('S0-D6: several hundred sessions are all found once; what is no session is left out', async (t) => {
    const ids = Array.from({ length: 350 }, (_, i) => i.toString(16).padStart(16, '0'));
    const odd = ['session:text', 'session:list', 'session:nobody'];
    const made = redis.multi();
    for (const id of ids) made.hset(`session:${id}`, 'userID', `user ${id}`, 'username', `name ${id}`, 'connected', id.endsWith('1') ? 'true' : 'TRUE');
    made.set(odd[0], 'x').rpush(odd[1], 'x').hset(odd[2], 'username', 'nobody');
    await made.exec();
    t.after(() => redis.del(...odd, ...ids.map((id) => `session:${id}`)));
    for (const name of oneOfEach) {
      const { list } = await login(t, name, 'reader');
      assert.equal(new Set(list.map(({ userID }) => userID)).size, list.length);
      for (const id of ids) {
        const entry = list.find(({ userID }) => userID === `user ${id}`);
        assert.deepEqual(entry, { userID: `user ${id}`, username: `name ${id}`, connected: id.endsWith('1'), messages: [] });
      }
      assert.ok(!list.some(({ username }) => username === 'nobody'));
    }
  });

  it('S0-D5: a hash without userID, or another kind of key, is no session', async (t) => {
    await redis.hset('session:headless', 'username', 'x', 'connected', 'true');
    t.after(() => redis.del('session:headless'));
    for (const name of oneOfEach) {
      const tab = await open(t, name, { sessionID: 'headless', username: freshName('fresh') });
      assert.notEqual(tab.sessionID, 'headless');
    }
  });

  it('S0-E4: an element that is no message is skipped, the others keep their order', async (t) => {
    const [alice, bob] = [await login(t, 'ours1', 'alice'), await login(t, 'node1', 'bob')];
    await alice.send('before', bob.userID);
    await redis.rpush(`messages:${bob.userID}`, 'rubbish', '{"content":', '');
    await alice.send('after', bob.userID);
    for (const name of names) assert.deepEqual((await returnTo(t, name, bob)).historyWith(alice.userID), ['before', 'after']);
  });

  it('S0-E6: --history is how long the list gets', async (t) => {
    const server = await startServer('chat', { args: ['--redis', all.redis.url, '--history', '3'] });
    t.after(() => server.stop());
    const alice = await new Tab(t, server, { username: freshName('alice') }).open();
    for (const content of ['1', '2', '3', '4', '5']) await alice.send(content, alice.userID);
    const texts = await redis.lrange(`messages:${alice.userID}`, 0, -1);
    assert.deepEqual(texts.map((text) => JSON.parse(text).content), ['3', '4', '5']);
  });

  it('S0-C13: the ack says that the message is in Redis', async (t) => {
    for (const name of names) {
      const alice = await login(t, name, 'alice');
      for (let i = 1; i <= 20; i++) {
        await alice.send(`${i}`, alice.userID);
        assert.equal(await redis.llen(`messages:${alice.userID}`), i);
      }
    }
  });
});

describe('What the servers say to one another', ours, () => {
  /** Everything on the adapter's channels, as [channel, bytes]. */
  async function listen(t) {
    const heard = new Inbox();
    const listener = all.redis.client(t);
    listener.on('pmessageBuffer', (_, channel, bytes) => heard.push([String(channel), bytes]));
    await listener.psubscribe('socket.io*');
    return heard;
  }

  const broadcastWith = async (heard, word) => {
    for (;;) {
      const [channel, bytes] = await heard.next(`a message with ${word}`);
      if (channel.startsWith('socket.io#') && bytes.includes(word)) return [channel, bytes];
    }
  };

  it('S0-G2, S0-G3, S0-G4: a private message goes to two rooms on socket.io#/#, in the same bytes from both kinds', async (t) => {
    const heard = await listen(t);
    const bob = await login(t, 'ours2', 'bob');
    const alice = await login(t, 'ours1', 'alice');
    const seen = [];
    for (const name of oneOfEach) {
      const tab = await returnTo(t, name, alice);
      await tab.send('look at me', bob.userID);
      const [channel, bytes] = await broadcastWith(heard, 'look at me');
      assert.equal(channel, 'socket.io#/#');
      assert.equal(bytes.subarray(0, 2).toString('hex'), '93a6'); // an array of 3 that begins with a text of 6
      assert.match(bytes.subarray(2, 8).toString(), /^[A-Za-z0-9_-]{6}$/); // the sender's uid
      assert.equal(bytes[8], 0x83); // { type, data, nsp }
      assert.equal(bytes[9], 0xa4);
      assert.equal(bytes.subarray(10, 14).toString(), 'type');
      // But for the uid and the id of the socket that is left out they are the same.
      const text = bytes.toString('latin1').replace(bytes.subarray(2, 8).toString('latin1'), 'UIDUID').replace(tab.client.id, 'I'.repeat(20));
      assert.ok(!text.includes(tab.client.id));
      seen.push(text);
    }
    assert.equal(seen[0], seen[1]);
  });

  it('S0-G4: a note to oneself goes to one room, on the channel of that room', async (t) => {
    const heard = await listen(t);
    for (const name of oneOfEach) {
      const alice = await login(t, name, 'alice');
      await alice.send('note to me', alice.userID);
      assert.equal((await broadcastWith(heard, 'note to me'))[0], `socket.io#/#${alice.userID}#`);
    }
  });

  it('S0-G2, S0-C8: comings and goings go to everybody on socket.io#/#', async (t) => {
    const heard = await listen(t);
    for (const name of oneOfEach) {
      const alice = await login(t, name, 'alice');
      assert.equal((await broadcastWith(heard, 'user connected'))[0], 'socket.io#/#');
      alice.close();
      assert.equal((await broadcastWith(heard, 'user disconnected'))[0], 'socket.io#/#');
    }
  });

  it('S0-G5: the last-tab check asks all servers for the sockets of the room, and each of the others answers', async (t) => {
    const heard = await listen(t);
    for (const name of oneOfEach) {
      const alice = await login(t, name, 'alice');
      alice.close();
      let question;
      for (let answers = 0; answers < names.length - 1;) {
        const [channel, bytes] = await heard.next('a question or an answer');
        if (channel.startsWith('socket.io#') || bytes.toString().startsWith('roomcast-probe')) continue;
        const message = JSON.parse(bytes);
        if (channel === 'socket.io-request#/#' && message.opts?.rooms[0] === alice.userID) question ??= message;
        if (channel === 'socket.io-response#/#' && question && message.requestId === question.requestId) {
          assert.deepEqual(message.sockets, []);
          answers += 1;
        }
      }
      assert.equal(question.type, 5);
      assert.deepEqual(question.opts, { rooms: [alice.userID], except: [] });
    }
  });
});

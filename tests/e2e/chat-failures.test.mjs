// The chat on several servers when one of them dies or stands still, when Redis goes away, and when pages are reloaded: who is
// shown as online is right in the end, and nobody hears a thing twice. The ids are rows of the chat's specification (S0-H).
// Each test has servers of its own, and they run side by side: most of their time is a server's silence.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Tab, freshName, heardAllGone, heardGone, heardOf, startChatCluster } from './support/chat.mjs';
import { monitor } from './support/redis.mjs';
import { notOnNode } from './support/target.mjs';
import { pause, soon, until } from './support/wait.mjs';

const ours = notOnNode('these tests start both kinds of servers themselves');

// A server is taken for dead after 10 s of silence, which is looked at every 2.5 s. Then the others are asked, and servers that
// stand still without being dead are waited for once more. The rest is for a busy machine.
const untilLost = 25_000;
const doubt = 3_000; // within which a second announcement by another server would come

const open = (t, server, auth) => new Tab(t, server, auth).open();
const login = (t, server, base) => open(t, server, { username: freshName(base) });
const returnTo = (t, server, { sessionID }) => open(t, server, { sessionID });
const ready = async ({ url }) => (await fetch(`${url}/readyz`)).status;

/** Whether a user is online, as the store says: 'true' or 'false'. */
const inStore = (redis, { sessionID }) => redis.hget(`session:${sessionID}`, 'connected');

const onThree = { ours1: 'chat', ours2: 'chat', ours3: 'chat', node1: 'chat_node' };

describe('Chat when servers fail', { ...ours, concurrency: true }, () => {
  it('S0-H1, S0-C9: the users of a killed server go offline, once for everybody, unless they are elsewhere', async (t) => {
    const all = await startChatCluster(t, onThree, { acquainted: true });
    const redis = all.redis.client(t);
    const watchers = [await login(t, all.ours2, 'watcher'), await login(t, all.ours3, 'watcher'), await login(t, all.node1, 'watcher')];
    const alone = await login(t, all.ours1, 'alone');
    const twice = await login(t, all.ours1, 'twice on it');
    await returnTo(t, all.ours1, twice);
    const elsewhere = await login(t, all.ours1, 'also elsewhere');
    await returnTo(t, all.node1, elsewhere);
    const elsewhere2 = await login(t, all.ours1, 'also elsewhere');
    const tab2 = await returnTo(t, all.ours2, elsewhere2);
    const moved = await login(t, all.ours1, 'moved');

    const killed = Date.now();
    all.ours1.signal('SIGKILL');
    await all.ours1.ended;
    await returnTo(t, all.ours3, moved);
    for (const watcher of watchers) await heardAllGone(watcher, [alone, twice], untilLost);
    assert.ok(Date.now() - killed > 7000, 'a server that was silent for less than its timeout was taken for dead');
    for (const user of [alone, twice]) await until('offline in the store', async () => (await inStore(redis, user)) === 'false');
    await pause(doubt);
    for (const watcher of watchers) {
      for (const user of [alone, twice]) assert.equal(watcher.count('user disconnected', user.userID), 1);
      for (const user of [elsewhere, elsewhere2, moved]) assert.equal(watcher.count('user disconnected', user.userID), 0);
    }
    for (const user of [elsewhere, elsewhere2, moved]) assert.equal(await inStore(redis, user), 'true');

    // Life goes on: the dead are not waited for, and who comes back is announced.
    tab2.close();
    for (const watcher of watchers) await heardGone(watcher, elsewhere2.userID);
    const back = await returnTo(t, all.ours2, alone);
    for (const watcher of watchers) assert.equal((await heardOf(watcher, alone.userID)).connected, true);
    assert.deepEqual(await back.send('I am back', watchers[2].userID), { ok: true });
    assert.equal((await watchers[2]['private message'].next()).content, 'I am back');
  });

  it('S0-C8: a server that is told to stop takes its users off the list, once for everybody, unless they are elsewhere', async (t) => {
    const all = await startChatCluster(t, onThree, { acquainted: true });
    const redis = all.redis.client(t);
    const watchers = [await login(t, all.ours2, 'watcher'), await login(t, all.node1, 'watcher')];
    const alone = await login(t, all.ours1, 'alone');
    const twice = await login(t, all.ours1, 'twice on it');
    await returnTo(t, all.ours1, twice);
    const elsewhere = await login(t, all.ours1, 'also elsewhere');
    await returnTo(t, all.ours3, elsewhere);
    await all.ours1.stop();
    for (const watcher of watchers) await heardAllGone(watcher, [alone, twice]);
    for (const user of [alone, twice]) await until('offline in the store', async () => (await inStore(redis, user)) === 'false');
    await pause(doubt);
    for (const watcher of watchers) {
      for (const user of [alone, twice]) assert.equal(watcher.count('user disconnected', user.userID), 1);
      assert.equal(watcher.count('user disconnected', elsewhere.userID), 0);
    }
    assert.equal(await inStore(redis, elsewhere), 'true');
  });

  it('S0-H1, S0-D7: when there are no sessions, no empty transaction is sent', async (t) => {
    const all = await startChatCluster(t, { ours1: 'chat', ours2: 'chat' }, { acquainted: true });
    const seen = await monitor(t, all.redis.port);
    all.ours1.signal('SIGKILL');
    const isScan = ([, [name]]) => name.toLowerCase() === 'scan';
    await until('the look at all sessions', () => seen.some(isScan), { ms: untilLost });
    const [source] = seen.find(isScan);
    const tab = await login(t, all.ours2, 'first');
    assert.equal(tab.list.length, 1);
    // What the monitor tells comes when it likes.
    const store = await until('the transaction of the login', () => {
      const texts = seen.filter(([from]) => from === source).map(([, args]) => args.join(' ').toLowerCase());
      return texts.slice(texts.findIndex((text) => text.startsWith('scan'))).includes('exec') && texts;
    });
    assert.ok(!store.some((text, i) => text === 'multi' && store[i + 1] === 'exec'), store.join('\n'));
    assert.doesNotMatch(all.ours2.stderr, /may be shown as online/);
  });

  it('S0-H2: without Redis people on one server go on, and afterwards everybody does, and nothing acknowledged is lost', async (t) => {
    const all = await startChatCluster(t, { ours1: 'chat', ours2: 'chat', node1: 'chat_node' }, { durable: true });
    assert.deepEqual([await ready(all.ours1), await ready(all.ours2)], [200, 200]);
    const [alice, bob] = [await login(t, all.ours1, 'alice'), await login(t, all.ours1, 'bob')];
    const erin = await login(t, all.ours2, 'leaves meanwhile');
    const [carol, dave] = [await login(t, all.ours2, 'carol'), await login(t, all.node1, 'dave')];
    const acknowledged = [];
    const sent = [];
    let number = 0;
    const say = (to) => {
      const content = `${++number}`;
      sent.push(content);
      alice.client.emit('private message', { content, to: to.userID }, () => acknowledged.push(content));
      return content;
    };
    for (let i = 0; i < 50; i++) say(bob); // some of these are on their way when Redis dies
    await bob['private message'].next();
    await all.redis.kill();
    await until('not ready', async () => (await ready(all.ours1)) === 503 && (await ready(all.ours2)) === 503);

    for (let i = 0; i < 20; i++) say(bob);
    for (let i = 1; i < 70; i++) assert.equal((await bob['private message'].next()).content, `${i + 1}`);
    bob.client.emit('private message', { content: 'I hear you', to: alice.userID });
    assert.equal((await alice['private message'].next()).content, 'I hear you');
    const again = await returnTo(t, all.ours1, bob); // a reload finds the server it knows
    assert.equal(again.entry(alice.userID).connected, true);
    again.close();
    const frank = await login(t, all.ours1, 'comes meanwhile');
    await heardOf(alice, frank.userID);
    erin.close();

    await all.redis.start();
    for (const server of [all.ours1, all.ours2]) await until('ready again', async () => (await ready(server)) === 200, { ms: 20_000 });
    for (const other of [carol, dave]) {
      // Node's server announces by nothing that it listens again.
      await until('a message that crosses', async () => {
        say(other);
        return other['private message'].next('a message', 250).catch(() => null);
      }, { ms: 20_000 });
    }
    assert.deepEqual(await carol.send('from another server', alice.userID), { ok: true });
    assert.equal((await alice['private message'].next()).content, 'from another server');

    // Who came and went meanwhile has, for everybody.
    await heardGone(alice, erin.userID, 20_000);
    const redis = all.redis.client(t);
    await until('in the store', async () => (await inStore(redis, erin)) === 'false' && (await inStore(redis, frank)) === 'true');
    const late = await login(t, all.node1, 'late');
    assert.deepEqual([late.entry(erin.userID).connected, late.entry(frank.userID).connected], [false, true]);

    // All the messages that waited are acknowledged now, but for those that Redis may or may not have taken when it died.
    const last = say(bob);
    await until('the last ack', () => acknowledged.includes(last));
    const kept = (await returnTo(t, all.ours2, bob)).historyWith(alice.userID);
    const told = new Set(kept);
    assert.equal(told.size, kept.length, 'something was stored twice');
    for (const content of acknowledged) assert.ok(told.has(content) || Number(content) > 70, `${content} was acknowledged and lost`);
    for (let i = 51; i <= 70; i++) assert.ok(acknowledged.includes(`${i}`), `${i} was sent while Redis was away and is not acknowledged`);
    assert.deepEqual((await returnTo(t, all.node1, bob)).historyWith(alice.userID), kept);
    assert.equal((await returnTo(t, all.node1, bob)).entry(alice.userID).connected, true);
    assert.equal(alice.count('user disconnected', erin.userID), 1);
  });

  it('S0-H3: while a server does not answer nobody is called offline, and when it does those who have left are, once', async (t) => {
    const all = await startChatCluster(t, onThree, { acquainted: true });
    const redis = all.redis.client(t);
    const watchers = [await login(t, all.ours2, 'watcher'), await login(t, all.ours3, 'watcher'), await login(t, all.node1, 'watcher')];
    const alone = await login(t, all.ours1, 'alone');
    const twice = await login(t, all.ours1, 'also on the silent one');
    const twice2 = await returnTo(t, all.ours2, twice);
    const onNode = await login(t, all.node1, 'alone on Node');
    // Only those who watch on other servers can hear anything.
    all.ours2.signal('SIGSTOP');
    for (const tab of [alone, twice, onNode]) tab.close();
    await pause(6000); // the question has timed out
    for (const watcher of watchers.slice(1))
      for (const user of [alone, twice, onNode]) assert.equal(watcher.count('user disconnected', user.userID), 0);
    for (const user of [alone, twice, onNode]) assert.equal(await inStore(redis, user), 'true');
    all.ours2.signal('SIGCONT');
    for (const watcher of watchers) await heardAllGone(watcher, [alone, onNode], untilLost);
    await pause(doubt);
    for (const watcher of watchers) {
      for (const user of [alone, onNode]) assert.equal(watcher.count('user disconnected', user.userID), 1);
      assert.equal(watcher.count('user disconnected', twice.userID), 0);
    }
    for (const user of [alone, onNode]) assert.equal(await inStore(redis, user), 'false');
    assert.equal(await inStore(redis, twice), 'true');
    twice2.close();
    for (const watcher of watchers) await heardGone(watcher, twice.userID);
  });

  it('S0-H3: once a silent server is taken for dead, those who left and those who were on it are offline, once', async (t) => {
    const all = await startChatCluster(t, onThree, { acquainted: true });
    const redis = all.redis.client(t);
    const watchers = [await login(t, all.ours3, 'watcher'), await login(t, all.node1, 'watcher')];
    const left = await login(t, all.ours1, 'left meanwhile');
    const onNode = await login(t, all.node1, 'left Node meanwhile');
    const onIt = await login(t, all.ours2, 'on the silent one');
    const both = await login(t, all.ours2, 'on it and on another');
    await returnTo(t, all.ours1, both);
    const stopped = Date.now();
    all.ours2.signal('SIGSTOP');
    left.close();
    onNode.close();
    for (const watcher of watchers) await heardAllGone(watcher, [left, onNode, onIt], untilLost);
    assert.ok(Date.now() - stopped > 7000, 'it was taken for dead too early');
    await pause(doubt + 7000); // the checks that were unanswered have been made again
    for (const watcher of watchers) {
      for (const user of [left, onNode, onIt]) assert.equal(watcher.count('user disconnected', user.userID), 1);
      assert.equal(watcher.count('user disconnected', both.userID), 0);
    }
    for (const user of [left, onNode, onIt]) assert.equal(await inStore(redis, user), 'false');
    assert.equal(await inStore(redis, both), 'true');
  });

  it('a server that only stood still shows its users as online again, unless they have left', async (t) => {
    const all = await startChatCluster(t, onThree, { acquainted: true });
    const redis = all.redis.client(t);
    const watcher = await login(t, all.ours3, 'watcher');
    const stays = await login(t, all.ours2, 'stays on it');
    const leaves = await login(t, all.ours2, 'leaves meanwhile');
    all.ours2.signal('SIGSTOP');
    await heardAllGone(watcher, [stays, leaves], untilLost);
    leaves.close();
    all.ours2.signal('SIGCONT');
    await until('the return', () => watcher.count('user connected', stays.userID) >= 2, { ms: 10000 });
    await until('online in the store', async () => await inStore(redis, stays) === 'true');
    // A check that another server did not answer while this one came back is made again.
    await until('the other to be offline in the store', async () => await inStore(redis, leaves) === 'false', { ms: 15000 });
    await pause(doubt);
    assert.equal(watcher.count('user disconnected', stays.userID), 1);
    assert.equal(await inStore(redis, leaves), 'false');
    stays.close();
    await until('the end', () => watcher.count('user disconnected', stays.userID) === 2, { ms: 10000 });
  });

  it('S0-H4: who reloads the page, also onto another server, is online in the end, for everybody and in the store', async (t) => {
    const kinds = { ours1: 'chat', ours2: 'chat', node1: 'chat_node' };
    const all = await startChatCluster(t, kinds);
    const redis = all.redis.client(t);
    const watchers = await Promise.all(Object.keys(kinds).map((name) => login(t, all[name], 'watcher')));
    const reloaded = [];
    for (const from of Object.keys(kinds)) for (const to of Object.keys(kinds)) for (const wait of [0, 1, 3, 10, 200, 900]) reloaded.push({ from, to, wait });
    await Promise.all(reloaded.map(async (one) => {
      one.tab = await login(t, all[one.from], 'reloads');
      one.tab.close();
      await pause(one.wait); // how long a reload takes
      one.again = await returnTo(t, all[one.to], one.tab);
      assert.equal(one.again.userID, one.tab.userID);
    }));
    await pause(doubt); // the last check that the closed tabs caused is over
    for (const { from, to, wait, tab } of reloaded) {
      const what = `reloaded from ${from} to ${to} within ${wait} ms`;
      assert.equal(await inStore(redis, tab), 'true', what);
      for (const watcher of watchers) {
        assert.equal(watcher.page.get(tab.userID), true, what);
      }
    }
    const late = await login(t, all.node1, 'late');
    for (const { tab } of reloaded) assert.equal(late.entry(tab.userID).connected, true);
    assert.equal(late.list.length, new Set(late.list.map(({ userID }) => userID)).size);
  });
});

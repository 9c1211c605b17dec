// `roomcast chat` as its clients see it. The ids are rows of the chat's specification (S0-B identity, S0-C events).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Tab, announced, freshName, hexId, nobody } from './support/chat.mjs';
import { RawConnection, request } from './support/http.mjs';
import { sharedServer } from './support/server.mjs';
import { RawClient, transportChoices } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { next, soon, within } from './support/wait.mjs';
import { upgradeHead } from './support/websocket.mjs';

for (const threads of [1, 2, 4]) {
  for (const [name, transport] of Object.entries(transportChoices)) {
    describe(`Chat with ${threads} thread(s), clients by ${name}`, () => {
      const server = sharedServer('chat', { threads });
      const open = (t, auth) => new Tab(t, server, auth, transport).open();
      const login = (t, base) => open(t, { username: freshName(base) });

      /** What the server had to say to this tab on its own account has arrived: an ack comes behind it. */
      const settle = (tab) => tab.send('settled', nobody);

      async function refusal(t, auth) {
        const tab = new Tab(t, server, auth, transport);
        const refused = next(tab.client, 'connect_error', { what: `the refusal of ${JSON.stringify(auth)}` });
        tab.client.connect();
        const [error] = await refused;
        assert.deepEqual(tab.log, []);
        assert.equal(tab.client.connected, false);
        return error;
      }

      it('S0-B1 S0-B5 S0-C2: a name yields two independent ids of 16 hex characters', async (t) => {
        const alice = await login(t, 'alice');
        assert.match(alice.sessionID, hexId);
        assert.match(alice.userID, hexId);
        assert.notEqual(alice.sessionID, alice.userID);
        const bob = await login(t, 'bob');
        assert.equal(new Set([alice.sessionID, alice.userID, bob.sessionID, bob.userID]).size, 4);
      });

      it('S0-C2: the event session has exactly the two ids', async (t) => {
        const tab = new Tab(t, server, { username: freshName('keys') }, transport);
        tab.client.connect();
        assert.deepEqual(Object.keys(await tab.session.next()).sort(), ['sessionID', 'userID']);
      });

      it('S0-C2 S0-C5: session comes before users, and both come once', async (t) => {
        const alice = await login(t, 'alice');
        await settle(alice);
        const greeting = alice.log.map(([event]) => event).filter((event) => event === 'session' || event === 'users');
        assert.deepEqual(greeting, ['session', 'users']);
      });

      it('S0-B2: a known sessionID restores the identity, whatever name comes with it', async (t) => {
        const username = freshName('alice');
        const first = await open(t, { username });
        first.close();
        const again = await open(t, { sessionID: first.sessionID, username: 'somebody else' });
        assert.deepEqual([again.sessionID, again.userID], [first.sessionID, first.userID]);
        assert.equal(again.entry(first.userID).username, username);
      });

      for (const auth of [{}, { username: '' }, { username: null }, { sessionID: 'ffffffffffffffff' }, { sessionID: '' }]) {
        it(`S0-B3 S0-B4: ${JSON.stringify(auth)} is refused with "invalid username"`, async (t) => {
          assert.equal((await refusal(t, auth)).message, 'invalid username');
        });
      }

      for (const [what, auth] of [
        ['a number as name', { username: 5 }], ['an object as name', { username: { a: 1 } }], ['a list as name', { username: ['x'] }],
        ['true as name', { username: true }], ['a name of 65 characters', { username: 'x'.repeat(65) }],
        ['a number as sessionID', { sessionID: 5, username: 'fine' }], ['an object as sessionID', { sessionID: {}, username: 'fine' }],
        ['a huge name', { username: 'x'.repeat(200_000) }], ['a name named like a built-in', { __proto__: { username: 'x' } }],
      ]) {
        it(`S0-B8: ${what} is refused with "invalid username"`, async (t) => {
          assert.equal((await refusal(t, auth)).message, 'invalid username');
        });
      }

      it('S0-B8: auth that is no object never reaches the chat, and harms nobody', async (t) => {
        const alice = await login(t, 'alice');
        for (const payload of ['"text"', '[]', '5', 'null', '[{"username":"x"}]']) {
          const raw = await RawClient.open(server);
          await raw.send(`0${payload}`);
          const answer = await raw.next().catch(() => 'closed');
          assert.ok(answer === 'closed' || answer === '4{"message":"invalid username"}', `${payload} was answered ${answer}`);
          raw.destroy();
        }
        await settle(alice);
      });

      it('S0-B4: a stale sessionID with a name yields a new session under a new id', async (t) => {
        const stale = 'eeeeeeeeeeeeeeee';
        const tab = await open(t, { sessionID: stale, username: freshName('stale') });
        assert.match(tab.sessionID, hexId);
        assert.notEqual(tab.sessionID, stale);
      });

      it('S0-B6: one character, 64 characters, spaces and equal names are all accepted', async (t) => {
        for (const username of ['x', 'é'.repeat(64), '  ', '<b>"\'&', '__proto__']) {
          const one = await open(t, { username });
          const two = await open(t, { username });
          assert.notEqual(one.userID, two.userID);
          assert.equal(two.entry(one.userID).username, username);
          one.close();
          two.close();
        }
      });

      it('S0-B7: a userID does not authenticate, neither as sessionID nor as a claim', async (t) => {
        const alice = await login(t, 'alice');
        assert.equal((await refusal(t, { sessionID: alice.userID })).message, 'invalid username');
        const mallory = await open(t, { username: freshName('mallory'), userID: alice.userID });
        assert.notEqual(mallory.userID, alice.userID);
        const bob = await login(t, 'bob');
        await within(soon, 'the ack', mallory.client.emitWithAck('private message', { content: 'hi', to: bob.userID, from: alice.userID }));
        assert.deepEqual(await bob['private message'].next(), { content: 'hi', from: mallory.userID, to: bob.userID });
      });

      it('S0-C5: users lists everybody once, oneself and those offline included, with empty messages', async (t) => {
        const gone = await login(t, 'gone');
        const here = await login(t, 'here');
        gone.close();
        await announced(here, 'user disconnected', (userID) => userID === gone.userID);
        const me = await open(t, { username: freshName('me') });
        assert.deepEqual(Object.keys(me.entry(me.userID)).sort(), ['connected', 'messages', 'userID', 'username']);
        assert.deepEqual([me.userID, here.userID, gone.userID].map((userID) => me.entry(userID).connected), [true, true, false]);
        assert.deepEqual(me.entry(gone.userID).messages, []);
        assert.equal(new Set(me.list.map(({ userID }) => userID)).size, me.list.length);
        assert.ok(!JSON.stringify(me.list).includes(here.sessionID), 'a private sessionID was published');
      });

      it('S0-C6: the others learn of a new user, the user does not', async (t) => {
        const alice = await login(t, 'alice');
        const username = freshName('bob');
        const bob = await open(t, { username });
        assert.deepEqual(await announced(alice, 'user connected', ({ userID }) => userID === bob.userID), {
          userID: bob.userID, username, connected: true, messages: [],
        });
        await settle(bob);
        assert.equal(bob.count('user connected', bob.userID), 0);
      });

      it('S0-C7: a private message reaches all tabs of both but the sending one, each once', async (t) => {
        const [alice, bob, carol] = [await login(t, 'alice'), await login(t, 'bob'), await login(t, 'carol')];
        const alice2 = await open(t, { sessionID: alice.sessionID });
        const bob2 = await open(t, { sessionID: bob.sessionID });
        const message = { content: 'hello é 😀', from: alice.userID, to: bob.userID };
        await alice.send(message.content, bob.userID);
        for (const tab of [bob, bob2, alice2]) assert.deepEqual(await tab['private message'].next(), message);
        await alice2.send('2', bob.userID);
        await alice.send('3', bob.userID);
        await alice.send('4', carol.userID);
        await bob.send('5', alice.userID);
        const contents = async (tab, count) => {
          const all = [];
          while (all.length < count) all.push((await tab['private message'].next()).content);
          return all;
        };
        assert.deepEqual((await contents(alice, 2)).sort(), ['2', '5']);
        assert.deepEqual((await contents(alice2, 3)).sort(), ['3', '4', '5']);
        assert.deepEqual((await contents(bob, 2)).sort(), ['2', '3']);
        assert.deepEqual((await contents(bob2, 3)).sort(), ['2', '3', '5']);
        assert.deepEqual(await contents(carol, 1), ['4']);
        for (const tab of [carol, bob2, alice2, bob, alice]) {
          assert.equal(tab['private message'].size, 0);
        }
      });

      it('S0-C7: a note to oneself reaches the other tabs once, and is stored once', async (t) => {
        const alice = await login(t, 'alice');
        const alice2 = await open(t, { sessionID: alice.sessionID });
        await alice.send('note', alice.userID);
        await alice.send('end', alice.userID);
        assert.equal((await alice2['private message'].next()).content, 'note');
        assert.equal((await alice2['private message'].next()).content, 'end');
        assert.equal(alice['private message'].size, 0);
        const alice3 = await open(t, { sessionID: alice.sessionID });
        assert.deepEqual(alice3.entry(alice.userID).messages.map(({ content }) => content), ['note', 'end']);
      });

      it('S0-C7: messages of one sender arrive in the order sent', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        for (let i = 0; i < 100; i++) alice.client.emit('private message', { content: `${i}`, to: bob.userID });
        for (let i = 0; i < 100; i++) assert.equal((await bob['private message'].next()).content, `${i}`);
      });

      it('S0-C4 S0-C5: at the next connect each conversation is under the other party, in order, for both', async (t) => {
        const [alice, bob, carol] = [await login(t, 'alice'), await login(t, 'bob'), await login(t, 'carol')];
        await alice.send('1', bob.userID);
        await bob.send('2', alice.userID);
        await carol.send('3', alice.userID);
        await alice.send('4', bob.userID);
        const again = await open(t, { sessionID: alice.sessionID });
        assert.deepEqual(again.entry(bob.userID).messages, [
          { content: '1', from: alice.userID, to: bob.userID },
          { content: '2', from: bob.userID, to: alice.userID },
          { content: '4', from: alice.userID, to: bob.userID },
        ]);
        assert.deepEqual(again.entry(carol.userID).messages.map(({ content }) => content), ['3']);
        assert.deepEqual(again.entry(alice.userID).messages, []);
        const bobAgain = await open(t, { sessionID: bob.sessionID });
        assert.deepEqual(bobAgain.entry(alice.userID).messages.map(({ content }) => content), ['1', '2', '4']);
        assert.deepEqual(bobAgain.entry(carol.userID).messages, []);
      });

      it('S0-C4 S0-E5: what was sent to somebody offline is there at the return', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        bob.close();
        await announced(alice, 'user disconnected', (userID) => userID === bob.userID);
        assert.deepEqual(await alice.send('are you there?', bob.userID), { ok: true });
        const returned = await open(t, { sessionID: bob.sessionID });
        assert.deepEqual(returned.entry(alice.userID).messages, [{ content: 'are you there?', from: alice.userID, to: bob.userID }]);
      });

      it('S0-C8: when the only tab closes, the others get the bare userID once', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        bob.close();
        assert.equal(await announced(alice, 'user disconnected', (about) => about === bob.userID), bob.userID);
        const later = await login(t, 'later');
        assert.equal(later.entry(bob.userID).connected, false);
        await settle(alice);
        assert.equal(alice.count('user disconnected', bob.userID), 1);
      });

      it('S0-C8 S0-C9: closing one of two tabs says nothing, closing the last says it once', async (t) => {
        const [watcher, bob] = [await login(t, 'watcher'), await login(t, 'bob')];
        const bob2 = await open(t, { sessionID: bob.sessionID });
        bob.close();
        const visitor = await login(t, 'visitor');
        assert.equal(visitor.entry(bob.userID).connected, true);
        bob2.close();
        await announced(watcher, 'user disconnected', (userID) => userID === bob.userID);
        await login(t, 'later');
        await settle(watcher);
        assert.equal(watcher.count('user disconnected', bob.userID), 1);
      });

      it('S0-C8: a tab whose connection breaks counts as closed', async (t) => {
        const [watcher, bob] = [await login(t, 'watcher'), await login(t, 'bob')];
        bob.client.io.engine.close();
        await announced(watcher, 'user disconnected', (userID) => userID === bob.userID);
      });

      it('S0-C10: a return is announced with the same userID, and the list does not grow', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        await announced(alice, 'user connected', ({ userID }) => userID === bob.userID);
        const identity = bob.userID;
        for (let i = 0; i < 3; i++) {
          bob.close();
          await announced(alice, 'user disconnected', (userID) => userID === identity);
          await bob.open();
          assert.equal(bob.userID, identity);
          const { connected } = await announced(alice, 'user connected', ({ userID }) => userID === bob.userID);
          assert.equal(connected, true);
        }
        const carol = await login(t, 'carol');
        assert.equal(carol.list.filter(({ userID }) => userID === bob.userID).length, 1);
        assert.equal(carol.entry(bob.userID).connected, true);
      });

      it('S0-C11: a message sent inside the connect callback is delivered and stored', async (t) => {
        const alice = await login(t, 'alice');
        const hasty = new Tab(t, server, { username: freshName('hasty') }, transport);
        const acknowledged = new Promise((resolve) => {
          hasty.client.on('connect', () => hasty.client.emit('private message', { content: 'first!', to: alice.userID }, resolve));
        });
        await hasty.open();
        assert.equal((await alice['private message'].next()).content, 'first!');
        assert.deepEqual(await within(soon, 'the ack', acknowledged), { ok: true });
        const again = await open(t, { sessionID: alice.sessionID });
        assert.deepEqual(again.entry(hasty.userID).messages.map(({ content }) => content), ['first!']);
      });

      it('S0-C12: malformed messages are ignored and the socket stays', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        const to = bob.userID;
        for (const args of [
          [], [null], ['text'], [5], [true], [[]], [{}], [{ to }], [{ content: 'x' }], [{ content: 5, to }], [{ content: null, to }],
          [{ content: { a: 1 }, to }], [{ content: ['x'], to }], [{ content: 'x', to: 5 }], [{ content: 'x', to: null }], [{ content: 'x', to: [to] }],
          [{ content: Buffer.from('x'), to }], [Buffer.from('x')], [{ content: 'x'.repeat(64 * 1024 + 1), to }],
        ]) {
          alice.client.emit('private message', ...args);
        }
        assert.deepEqual(await alice.send('good', to), { ok: true });
        assert.equal((await bob['private message'].next()).content, 'good');
        const again = await open(t, { sessionID: bob.sessionID });
        assert.deepEqual(again.entry(alice.userID).messages.map(({ content }) => content), ['good']);
      });

      it('S0-C12: content of exactly 64 KiB is delivered', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        const content = 'x'.repeat(64 * 1024);
        await alice.send(content, bob.userID);
        assert.ok((await bob['private message'].next()).content === content);
      });

      it('S0-C12: unknown events and further arguments do no harm', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        alice.client.emit('nonsense', 1, 2, 3);
        alice.client.emit('private message', { content: 'one', to: bob.userID, more: 'members' }, 'more', 'arguments');
        assert.deepEqual(await bob['private message'].next(), { content: 'one', from: alice.userID, to: bob.userID });
      });

      it('S0-C13: an ack is called with {ok:true} once the message is stored', async (t) => {
        const [alice, bob] = [await login(t, 'alice'), await login(t, 'bob')];
        assert.deepEqual(await alice.send('stored', bob.userID), { ok: true });
        const again = await open(t, { sessionID: bob.sessionID });
        assert.deepEqual(again.entry(alice.userID).messages.map(({ content }) => content), ['stored']);
      });

      it('a crowd sees itself: everybody is announced to everybody, and all can talk', async (t) => {
        const crowd = await Promise.all(Array.from({ length: 12 }, () => login(t, 'crowd')));
        const last = await login(t, 'last');
        for (const tab of crowd) {
          assert.equal(last.entry(tab.userID).connected, true);
          await announced(tab, 'user connected', ({ userID }) => userID === last.userID);
        }
        await Promise.all(crowd.map((tab, i) => tab.send(`to ${i + 1}`, crowd[(i + 1) % crowd.length].userID)));
        await Promise.all(crowd.map(async (tab, i) => {
          const before = (i + crowd.length - 1) % crowd.length;
          assert.deepEqual(await tab['private message'].next(), { content: `to ${before + 1}`, from: crowd[before].userID, to: tab.userID });
        }));
      });
    });
  }
}

describe('Chat on the wire', () => {
  const server = sharedServer('chat');

  it('S0-B3: a refusal is the CONNECT_ERROR packet 44{"message":"invalid username"}', async () => {
    const raw = await RawClient.open(server);
    await raw.send('0{}');
    assert.equal(await raw.next(), '4{"message":"invalid username"}');
    raw.destroy();
  });

  it('S0-C2 S0-C5: after the answer to CONNECT come session and users', async () => {
    const raw = await RawClient.open(server);
    await raw.send('0{"username":"wire"}');
    assert.match(await raw.next(), /^0\{"sid":"[A-Za-z0-9_-]{20}"\}$/);
    const { args: [session, { sessionID, userID }] } = await raw.nextEvent();
    assert.equal(session, 'session');
    assert.match(sessionID, hexId);
    const { args: [users, list] } = await raw.nextEvent();
    assert.equal(users, 'users');
    assert.deepEqual(list.find((user) => user.userID === userID), { userID, username: 'wire', connected: true, messages: [] });
    raw.destroy();
  });

  it('S0-A8: replies carry no CORS headers unless an origin was configured', async () => {
    const response = await request(server, '/socket.io/?EIO=4&transport=polling');
    assert.equal(response.headers['access-control-allow-origin'], undefined);
  });
});

describe('Origins', notOnNode('it accepts any origin (CORS only hides the answer from pages)'), () => {
  const target = '/socket.io/?EIO=4&transport=polling';
  const websocket = '/socket.io/?EIO=4&transport=websocket';
  const page = 'http://localhost:8080';

  async function upgradeStatus(server, origin) {
    const connection = await RawConnection.open(server);
    await connection.write(upgradeHead(websocket, { lines: [`Origin: ${origin}`] }).replace('Host: localhost', `Host: ${server.host}:${server.port}`));
    const response = await connection.readResponse();
    connection.destroy();
    return response;
  }

  function assertNamesRule(text, origin) {
    assert.ok(text.includes(origin), `the origin is not named: ${text}`);
    assert.match(text, /cors/i, 'the option to set is not named');
  }

  describe('by default', () => {
    const server = sharedServer('chat');

    it('a request without Origin and one of the same origin are accepted', async () => {
      assert.equal((await request(server, target)).status, 200);
      for (const scheme of ['http', 'https']) {
        const headers = { Origin: `${scheme}://${server.host}:${server.port}` };
        assert.equal((await request(server, target, { headers })).status, 200);
      }
      assert.equal((await upgradeStatus(server, server.url)).status, 101);
    });

    it('another origin is refused with 403, code 4, and a message that names it and the option', async () => {
      const response = await request(server, target, { headers: { Origin: page } });
      assert.equal(response.status, 403);
      assert.equal(response.headers['content-type'], 'application/json');
      const { code, message } = JSON.parse(response.body);
      assert.equal(code, 4);
      assertNamesRule(message, page);
    });

    it('an upgrade of another origin is refused with the raw 400', async () => {
      const response = await upgradeStatus(server, page);
      assert.equal(response.status, 400);
      assert.equal(response.headers['content-type'], 'text/html');
      assertNamesRule(response.body, page);
    });

    it('a request with a sid is held to the same rule', async () => {
      const { body } = await request(server, target);
      const { sid } = JSON.parse(body.slice(1));
      const response = await request(server, `${target}&sid=${sid}`, { method: 'POST', body: '40', headers: { Origin: page } });
      assert.equal(response.status, 403);
    });
  });

  describe(`with --cors-origin ${page}`, () => {
    const server = sharedServer('chat', { args: ['--cors-origin', page] });

    it('S0-A8: exactly this origin is allowed, and told so', async () => {
      const response = await request(server, target, { headers: { Origin: page } });
      assert.equal(response.status, 200);
      assert.equal(response.headers['access-control-allow-origin'], page);
      assert.equal((await upgradeStatus(server, page)).status, 101);
      for (const other of ['http://localhost:8081', 'https://localhost', 'http://elsewhere.example']) {
        assert.equal((await request(server, target, { headers: { Origin: other } })).status, 403);
      }
    });
  });
});

// Every operator of the API, asked for by official clients; see tests/conformance/operators_server.cpp.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sharedServer } from './support/server.mjs';
import { connectClient, makeClient, transportChoices, whenConnected } from './support/socketio.mjs';
import { onNode } from './support/target.mjs';
import { Inbox, next, soon, until, within } from './support/wait.mjs';

const ask = (client, ...args) => within(soon, `the ack of ${args[0]}`, client.emitWithAck(...args));

function inbox(client, event) {
  const received = new Inbox();
  client.on(event, (...args) => received.push(args));
  return received;
}

// What a client has been sent before this is there.
const settled = (clients) => Promise.all(clients.map((client) => ask(client, 'rooms')));

for (const threads of onNode ? [] : [1, 4]) {
  describe(`Operators on ${threads} thread(s)`, () => {
    // Handed out in turn, so that with several loops the clients are spread over them.
    const server = sharedServer('operators', { threads, args: ['--round-robin'] });
    const connect = (t, count, transport = transportChoices.websocket) =>
      Promise.all(Array.from({ length: count }, () => connectClient(t, server, transport)));

    it('several rooms reach each member once, but for those in an excepted room', async (t) => {
      const [a, b, c, sender] = await connect(t, 4);
      await Promise.all([ask(a, 'join', 'r1'), ask(b, 'join', 'r1'), ask(c, 'join', 'r2')]);
      await Promise.all([ask(a, 'join', 'r2'), ask(b, 'join', 'not these')]);
      const inboxes = [a, b, c, sender].map((client) => inbox(client, 'news'));
      sender.emit('to rooms', ['r1', 'r2'], ['not these'], { n: 1 });
      assert.deepEqual(await inboxes[0].next(), [{ n: 1 }]);
      assert.deepEqual(await inboxes[2].next(), [{ n: 1 }]);
      await settled([a, b, c, sender]);
      assert.deepEqual(inboxes.map(({ size }) => size), [0, 0, 0, 0]);
    });

    it('local reaches every client of this server, compress is accepted', async (t) => {
      const clients = await connect(t, 3);
      const inboxes = clients.map((client) => inbox(client, 'news'));
      clients[0].emit('local', 'here');
      for (const received of inboxes) assert.deepEqual(await received.next(), ['here']);
      clients[1].emit('compressed', 'small');
      assert.deepEqual(await inboxes[1].next(), ['small']);
    });

    it('an emit behind sockets_join finds everybody in the room, behind sockets_leave nobody', async (t) => {
      const clients = await connect(t, 6);
      const inboxes = clients.map((client) => inbox(client, 'welcome'));
      for (let i = 0; i < 20; i++) {
        clients[0].emit('everybody joins', `room ${i}`);
        for (const received of inboxes) assert.deepEqual(await received.next(), [`room ${i}`]);
        await ask(clients[0], 'everybody leaves', `room ${i}`);
      }
      await settled(clients);
      assert.deepEqual(inboxes.map(({ size }) => size), clients.map(() => 0));
    });

    it('disconnect_sockets makes the members of a room leave, with their connection if asked', async (t) => {
      const [a, b, other] = await connect(t, 3);
      await ask(a, 'join', 'out');
      await ask(b, 'join', 'closed');
      const gone = (client) => within(soon, 'the disconnect', new Promise((resolve) => client.once('disconnect', resolve)));
      const [first, second] = [gone(a), gone(b)];
      other.emit('disconnect room', 'out', false);
      other.emit('disconnect room', 'closed', true);
      assert.equal(await first, 'io server disconnect');
      assert.equal(await second, 'io server disconnect');
      await settled([other]);
    });

    for (const call of ['ask room', 'ask room and wait']) {
      it(`${call}: every member's answer is gathered`, async (t) => {
        const [asker, ...members] = await connect(t, 5);
        await Promise.all(members.map((member) => ask(member, 'join', 'asked')));
        members.forEach((member, i) => member.on('question', (text, answer) => answer(i, 'ignored')));
        const reply = await within(soon, `the ack of ${call}`, new Promise((resolve) => {
          asker.emit(call, 'asked', 5000, (...args) => resolve(args));
        }));
        const answers = reply.pop();
        assert.deepEqual(answers.sort(), [0, 1, 2, 3]);
        assert.deepEqual(reply, call === 'ask room' ? [''] : [true, 4]);
      });
    }

    it('answers that come in time are kept when others do not', async (t) => {
      const [asker, one, silent] = await connect(t, 3);
      await Promise.all([ask(one, 'join', 'half'), ask(silent, 'join', 'half')]);
      one.on('question', (text, answer) => answer('yes'));
      const reply = await new Promise((resolve) => asker.emit('ask room', 'half', 200, (...args) => resolve(args)));
      assert.deepEqual(reply, ['operation has timed out', ['yes']]);
      const waited = await new Promise((resolve) => asker.emit('ask room and wait', 'half', 200, (...args) => resolve(args)));
      assert.deepEqual(waited, [false, 2, ['yes']]);
    });

    it('a room with nobody in it is answered at once, with nothing', async (t) => {
      const [asker] = await connect(t, 1);
      const reply = await new Promise((resolve) => asker.emit('ask room', 'nobody', 60_000, (...args) => resolve(args)));
      assert.deepEqual(reply, ['', []]);
    });

    it('members who leave do not keep the answer waiting', async (t) => {
      const [asker, leaver] = await connect(t, 2);
      await ask(leaver, 'join', 'leaving');
      leaver.on('question', () => leaver.disconnect());
      const reply = await within(soon, 'the answer', new Promise((resolve) => {
        asker.emit('ask room', 'leaving', 60_000, (...args) => resolve(args));
      }));
      assert.deepEqual(reply, ['operation has timed out', []]);
    });

    it('a single socket is asked by callback and by co_await, with a time limit', async (t) => {
      const [client] = await connect(t, 1);
      assert.equal((await ask(client, 'ask me', 50)), 'operation has timed out');
      client.on('question', (text, answer) => answer(42));
      const reply = await new Promise((resolve) => client.emit('ask me', 5000, (...args) => resolve(args)));
      assert.deepEqual(reply, ['', 42]);
      assert.equal(await ask(client, 'ask me and wait'), 42);
    });

    it('a packet middleware refuses an event, at once or later; the client hears only what the server tells it', async (t) => {
      const [client] = await connect(t, 1);
      const [refused, reached] = [inbox(client, 'refused'), inbox(client, 'reached')];
      client.emit('forbidden', 1);
      assert.deepEqual(await refused.next(), ['not you']);
      client.emit('forbidden later', 1);
      assert.deepEqual(await refused.next(), ['not you either']);
      await settled([client]);
      assert.equal(reached.size, 0);
    });

    it('catch-all listeners see every event before its handler, and go when told', async (t) => {
      const [client] = await connect(t, 1);
      client.emit('nobody handles this', 1, 2, 3);
      const seen = await ask(client, 'seen');
      assert.deepEqual(seen, ['first nobody handles this', 'nobody handles this/3', 'first seen', 'seen/0']);
      await ask(client, 'stop listening');
      const before = (await ask(client, 'seen')).length;
      client.emit('unseen');
      assert.equal((await ask(client, 'seen')).length, before);
    });

    it('outgoing listeners see what is sent to their client, broadcasts too', async (t) => {
      const [client, other] = await connect(t, 2);
      const news = inbox(client, 'news');
      other.emit('local', { to: 'all' });
      client.emit('compressed', 'to me');
      await news.next();
      await news.next();
      const sent = await ask(client, 'sent');
      assert.deepEqual([...sent].sort(), ['news/1/"to me"', 'news/1/{"to":"all"}']);
    });

    it('events overlap at their waits, unless they are taken in turn', async (t) => {
      const [client] = await connect(t, 1);
      const order = [];
      client.on('begun', (n) => order.push(`begun ${n}`));
      client.on('done', (n) => order.push(`done ${n}`));
      const done = inbox(client, 'done');
      client.emit('slow', 1, 60);
      client.emit('slow', 2, 1);
      await done.next();
      await done.next();
      assert.deepEqual(order, ['begun 1', 'begun 2', 'done 2', 'done 1']);
      order.length = 0;
      await ask(client, 'in turn', true);
      client.emit('slow', 3, 40);
      client.emit('slow', 4, 1);
      client.emit('slow', 5, 1);
      for (let i = 0; i < 3; i++) await done.next();
      assert.deepEqual(order, ['begun 3', 'done 3', 'begun 4', 'done 4', 'begun 5', 'done 5']);
    });

    it('once is called once', async (t) => {
      const [client] = await connect(t, 1);
      const received = inbox(client, 'was once');
      client.emit('only once');
      client.emit('only once');
      await received.next();
      await settled([client]);
      assert.equal(received.size, 0);
    });

    it('disconnecting still has its rooms, disconnect has none, each once', async (t) => {
      const [client, witness] = await connect(t, 2);
      const { id } = client;
      await ask(client, 'join', 'a room');
      client.disconnect();
      const mine = async () => (await ask(witness, 'journal')).filter((line) => line.includes(`${id} `));
      await within(soon, 'the disconnect in the journal', (async () => {
        while (!(await mine()).some((line) => line.startsWith('disconnect '))) { /* ask again */ }
      })());
      assert.deepEqual((await mine()).filter((line) => /^disconnect/.test(line)), [
        `disconnecting ${id} client namespace disconnect rooms 2`,
        `disconnect ${id} client namespace disconnect rooms 0`,
      ]);
    });

    it('room events tell of creation, members and the end of a room', async (t) => {
      const [a, b] = await connect(t, 2);
      const room = `watched by ${threads}`;
      await ask(a, 'join', room);
      await ask(b, 'join', room);
      await ask(a, 'leave', room);
      await ask(b, 'leave', room);
      const about = async () => (await ask(a, 'journal')).filter((line) => line.includes(room));
      await within(soon, 'the end of the room in the journal', (async () => {
        while (!(await about()).includes(`delete ${room}`)) { /* ask again */ }
      })());
      const lines = await about();
      assert.deepEqual(lines.filter((line) => !/^(join|leave)/.test(line)), [`create ${room}`, `delete ${room}`]);
      assert.deepEqual(lines.filter((line) => line.startsWith('join')).sort(), [`join ${room} ${a.id}`, `join ${room} ${b.id}`].sort());
      assert.deepEqual(lines.filter((line) => line.startsWith('leave')).sort(), [`leave ${room} ${a.id}`, `leave ${room} ${b.id}`].sort());
    });

    it('all_sockets names everybody, and remote sockets show their data and rooms', async (t) => {
      const clients = await connect(t, 3);
      await Promise.all(clients.map((client, i) => ask(client, 'keep', { i, list: [null, 'é'] })));
      const ids = await ask(clients[0], 'all sockets');
      for (const { id } of clients) assert.ok(ids.includes(id));
      await ask(clients[1], 'join', 'looked at');
      assert.deepEqual(await ask(clients[0], 'look at', 'looked at'), [
        { id: clients[1].id, data: { i: 1, list: [null, 'é'] }, rooms: 2 },
      ]);
    });

    it('a remote socket is asked, and moved into several rooms and out of them', async (t) => {
      const [asker, asked] = await connect(t, 2);
      asked.on('question', (text, answer) => answer(text.length));
      assert.equal(await ask(asker, 'ask one', asked.id), 'how many?'.length);
      const news = inbox(asked, 'news');
      await ask(asker, 'move to', asked.id, ['one', 'two']);
      assert.deepEqual(await news.next(), [['one', 'two']]);
      asker.emit('to rooms', ['one', 'two'], [], 'never');
      await settled([asker, asked]);
      assert.equal(news.size, 0);
    });

    it('the handshake has everything that Node gives', async (t) => {
      const auth = { user: 'anna', list: [1] };
      const before = Date.now();
      const client = await connectClient(t, server, {
        ...transportChoices.polling, auth, query: { room: 'a b&c' }, extraHeaders: { 'X-Token': 'secret' },
      });
      const handshake = await ask(client, 'handshake');
      assert.deepEqual(handshake.auth, auth);
      assert.equal(handshake.query.room, 'a b&c');
      assert.equal(handshake.query.EIO, '4');
      assert.equal(handshake.query.transport, 'polling');
      assert.equal(handshake.headers['x-token'], 'secret');
      assert.match(handshake.address, /127\.0\.0\.1$/);
      assert.equal(handshake.secure, Boolean(server.ca));
      assert.equal(handshake.xdomain, false);
      assert.match(handshake.url, /^\/socket\.io\/\?/);
      assert.ok(handshake.issued >= before && handshake.issued <= Date.now());
      assert.ok(Math.abs(Date.parse(handshake.time) - handshake.issued) < 1000);
    });

    for (const [name, transport] of Object.entries(transportChoices)) {
      it(`the server knows the transport: ${name}`, async (t) => {
        const client = await connectClient(t, server, transport);
        const known = () => within(soon, 'the ack of connection',
          new Promise((resolve) => client.emit('connection', (...args) => resolve(args))));
        if (name === 'polling') assert.deepEqual(await known(), ['polling', false]);
        else if (name === 'websocket') assert.deepEqual(await known(), ['websocket', false]);
        else await until('the upgrade', async () => String(await known()) === 'websocket,true');
      });
    }

    it('alone in its cluster, a server has the answers of all others at once', async (t) => {
      const [client] = await connect(t, 1);
      const reply = await within(soon, 'the ack', new Promise((resolve) => client.emit('other servers', (...args) => resolve(args))));
      assert.deepEqual(reply, ['', []]);
    });

    it('dynamic namespaces exist for the names that a pattern is found in, with the parent\'s handlers', async (t) => {
      const [one, two] = await Promise.all(['/dynamic-1', '/dynamic-2'].map(async (namespace) => {
        const client = makeClient(t, server, { ...transportChoices.websocket, namespace });
        const welcome = inbox(client, 'welcome to');
        client.connect();
        assert.deepEqual(await welcome.next(), [namespace]);
        return client;
      }));
      assert.equal(await ask(one, 'children'), 2);
      const inboxes = [one, two].map((client) => inbox(client, 'news'));
      one.emit('to all children', { n: 1 });
      for (const received of inboxes) assert.deepEqual(await received.next(), [{ n: 1 }]);
      two.disconnect();
      await until('the empty child is cleaned up', async () => (await ask(one, 'children')) === 1);
      for (const [namespace, message] of [['/dynamic-x', 'Invalid namespace'], ['/dynamic-3', 'not here']]) {
        const refused = makeClient(t, server, { ...transportChoices.websocket, namespace, auth: { refuse: true } });
        const error = next(refused, 'connect_error');
        refused.connect();
        assert.equal((await error)[0].message, message);
      }
      assert.equal(await ask(one, 'children'), 1);
    });

    it('a coroutine may decide on a namespace by its name and the client\'s auth', async (t) => {
      const client = makeClient(t, server, { ...transportChoices.websocket, namespace: '/user/anna', auth: { user: 'anna' } });
      const welcome = inbox(client, 'welcome to');
      client.connect();
      assert.deepEqual(await welcome.next(), ['/user/anna']);
      const other = makeClient(t, server, { ...transportChoices.websocket, namespace: '/user/anna', auth: { user: 'bert' } });
      // The name exists by now, so that nobody is asked any more: as in Node, a middleware has to look.
      await whenConnected((other.connect(), other));
      const refused = makeClient(t, server, { ...transportChoices.websocket, namespace: '/user/carl', auth: { user: 'bert' } });
      const error = next(refused, 'connect_error');
      refused.connect();
      assert.equal((await error)[0].message, 'Invalid namespace');
    });
  });
}

// The bench target: its four events, on one loop and across two.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sharedServer } from './support/server.mjs';
import { connectClient, transportChoices } from './support/socketio.mjs';
import { Inbox, soon, within } from './support/wait.mjs';

const emitWithAck = (client, ...args) => within(soon, `the ack of ${args[0]}`, client.emitWithAck(...args));

function inbox(client, event) {
  const received = new Inbox();
  client.on(event, (...args) => received.push(args));
  return received;
}

for (const threads of [1, 2]) {
  for (const [name, transport] of Object.entries(transportChoices)) {
    describe(`bench_server with ${threads} thread(s), clients by ${name}`, () => {
      const server = sharedServer('bench', { threads });
      const connect = (t, count) => Promise.all(Array.from({ length: count }, () => connectClient(t, server, transport)));

      it('echo acknowledges with its payload, whatever it is', async (t) => {
        const [client] = await connect(t, 1);
        for (const payload of ['text', 5, null, { a: [1, { b: 'é' }] }, Buffer.from([1, 2, 3]), 'x'.repeat(100_000)]) {
          assert.deepEqual(await emitWithAck(client, 'echo', payload), payload);
        }
      });

      it('many echoes may be under way at once', async (t) => {
        const [client] = await connect(t, 1);
        const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => emitWithAck(client, 'echo', i)));
        assert.deepEqual(answers, Array.from({ length: 300 }, (_, i) => i));
      });

      it('bcast reaches every client once, the sender too, in the order sent', async (t) => {
        const clients = await connect(t, 8);
        const inboxes = clients.map((client) => inbox(client, 'bcast'));
        for (let i = 0; i < 20; i++) clients[0].emit('bcast', { i, text: 'hello' });
        for (const received of inboxes) {
          for (let i = 0; i < 20; i++) assert.deepEqual(await received.next(), [{ i, text: 'hello' }]);
        }
        // An echo of each client comes behind any second copy.
        await Promise.all(clients.map((client) => emitWithAck(client, 'echo', 'end')));
        for (const received of inboxes) assert.equal(received.size, 0);
      });

      it('join acknowledges if asked, and private reaches the members of the room only', async (t) => {
        const [a, b, c] = await connect(t, 3);
        await emitWithAck(a, 'join', 'room');
        b.emit('join', 'room');
        await emitWithAck(b, 'echo', 'joined before this');
        const inboxes = [a, b, c].map((client) => inbox(client, 'private'));
        const message = { to: 'room', text: 'hi', bytes: Buffer.from([1, 2]) };
        c.emit('private', message);
        assert.deepEqual(await inboxes[0].next(), [message]);
        assert.deepEqual(await inboxes[1].next(), [message]);
        await Promise.all([a, b, c].map((client) => emitWithAck(client, 'echo', 'end')));
        assert.deepEqual(inboxes.map(({ size }) => size), [0, 0, 0]);
      });

      it('private reaches a single socket by its id', async (t) => {
        const [a, b] = await connect(t, 2);
        const inboxes = [a, b].map((client) => inbox(client, 'private'));
        a.emit('private', { to: b.id, n: 1 });
        assert.deepEqual(await inboxes[1].next(), [{ to: b.id, n: 1 }]);
        await emitWithAck(a, 'echo', 'end');
        assert.equal(inboxes[0].size, 0);
      });

      it('events with missing or odd arguments do no harm', async (t) => {
        const [client] = await connect(t, 1);
        for (const args of [['echo'], ['bcast'], ['join'], ['join', 5], ['private'], ['private', null], ['private', {}], ['private', 'x'], ['nobody']]) {
          client.emit(...args);
        }
        assert.equal(await emitWithAck(client, 'echo', 'alive'), 'alive');
      });
    });
  }
}

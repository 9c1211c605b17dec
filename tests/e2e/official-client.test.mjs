// The official JavaScript client over each transport, against servers of 1, 2 and 4 threads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sharedServer, startServer } from './support/server.mjs';
import { connectClient, makeClient, transportChoices, whenConnected } from './support/socketio.mjs';
import { onNode } from './support/target.mjs';
import { Inbox, next, pause, quickly, soon, within } from './support/wait.mjs';

const emitWithAck = (client, ...args) => within(soon, `the ack of ${args[0]}`, client.emitWithAck(...args));

/** Everything the client receives under a name, in order. */
function inbox(client, event) {
  const received = new Inbox();
  client.on(event, (...args) => received.push(args));
  return received;
}

const kinds = [1, 2, 4].flatMap((threads) => (onNode ? [false] : [false, true]).map((tls) => ({ threads, tls })));

for (const { threads, tls } of kinds) {
  for (const [name, transport] of Object.entries(transportChoices)) {
    describe(`socket.io-client by ${name}${tls ? ' over TLS' : ''}, server with ${threads} thread(s)`, () => {
      const server = sharedServer('conformance', { threads, tls, calm: true });
      // For loads that may keep this process from answering a ping in 200 ms.
      const patient = sharedServer('bench', { threads, tls });

      it('connects, on the transport that was asked for', async (t) => {
        const client = await connectClient(t, server, transport);
        assert.match(client.id, /^[A-Za-z0-9_-]{20}$/);
        assert.equal(client.io.engine.transport.name, name === 'polling' ? 'polling' : 'websocket');
      });

      it('the auth object arrives', async (t) => {
        const auth = { token: 'été 😀', list: [1, { a: null }] };
        const client = makeClient(t, server, { ...transport, auth });
        const greeting = next(client, 'auth');
        client.connect();
        assert.deepEqual(await greeting, [auth]);
      });

      it('events come back with every kind of argument', async (t) => {
        const client = await connectClient(t, server, transport);
        const args = [1, -0.5, 'text', '', null, true, [], {}, [[{ a: [1] }]], '€ 😀 \u2028 \u0000 \ud83d', 'x'.repeat(10000)];
        const back = next(client, 'message-back');
        client.emit('message', ...args);
        assert.deepEqual(await back, args);
      });

      it('acknowledgements come back with binary at any depth', async (t) => {
        const client = await connectClient(t, patient, transport);
        const payload = { text: 'é', list: [Buffer.from([1, 2, 3]), { deep: [Buffer.alloc(0), Buffer.alloc(70000, 7)] }] };
        assert.deepEqual(await emitWithAck(client, 'echo', payload), payload);
      });

      it('binary events come back, also mixed with text in a row', async (t) => {
        const client = await connectClient(t, server, transport);
        const back = inbox(client, 'message-back');
        for (let i = 0; i < 50; i++) client.emit('message', i, i % 3 === 0 ? Buffer.from([i]) : `text ${i}`);
        for (let i = 0; i < 50; i++) assert.deepEqual(await back.next(), [i, i % 3 === 0 ? Buffer.from([i]) : `text ${i}`]);
      });

      it('900 KB of text come back', async (t) => {
        const client = await connectClient(t, patient, transport);
        const text = 'é'.repeat(450_000);
        assert.ok((await emitWithAck(client, 'echo', text)) === text);
      });

      it('a large attachment comes back', async (t) => {
        const client = await connectClient(t, patient, transport);
        // By polling it travels as base64, which must stay below 1,000,000 bytes.
        const attachment = Buffer.alloc(name === 'polling' ? 700_000 : 900_000, 'roomcast');
        assert.ok(attachment.equals(await emitWithAck(client, 'echo', attachment)));
      });

      it('1,000 messages come back in order', async (t) => {
        const client = await connectClient(t, patient, transport);
        const back = new Inbox();
        for (let i = 0; i < 1000; i++) client.emit('echo', i, (echoed) => back.push(echoed));
        for (let i = 0; i < 1000; i++) assert.equal(await back.next(), i);
      });

      it('messages sent while the connection is upgraded come back in order', async (t) => {
        const client = makeClient(t, server, transport);
        const back = inbox(client, 'message-back');
        client.connect();
        await next(client, 'connect');
        for (let i = 0; i < 100; i++) {
          client.emit('message', i);
          if (i % 10 === 0) await new Promise(setImmediate);
        }
        for (let i = 0; i < 100; i++) assert.deepEqual(await back.next(), [i]);
        await whenConnected(client);
        client.emit('message', 'after');
        assert.deepEqual(await back.next(), ['after']);
      });

      it('namespaces share one connection and stay apart', async (t) => {
        const main = await connectClient(t, server, transport);
        const custom = main.io.socket('/custom', { auth: { who: 'custom' } });
        const greeting = next(custom, 'auth');
        custom.connect();
        assert.deepEqual(await greeting, [{ who: 'custom' }]);
        assert.notEqual(custom.id, main.id);
        // The target listens in the main namespace only, and must not mistake the other's events for its own.
        const back = inbox(main, 'message-back');
        custom.onAny((event) => assert.fail(`${event} in another namespace`));
        custom.emit('message', 'to custom');
        main.emit('message', 'to main');
        assert.deepEqual(await back.next(), ['to main']);
        custom.disconnect();
        assert.equal(await emitWithAck(main, 'message-with-ack', 'still here'), 'still here');
        assert.equal(back.size, 0);
      });

      it('an unknown namespace is refused with "Invalid namespace"', async (t) => {
        const client = makeClient(t, server, { ...transport, namespace: '/nope' });
        const refused = next(client, 'connect_error');
        client.connect();
        const [error] = await refused;
        assert.equal(error.message, 'Invalid namespace');
        assert.equal(client.connected, false);
      });

      it('disconnect() ends with the reason "io client disconnect", and the client may come back', async (t) => {
        const client = await connectClient(t, server, transport);
        const first = client.id;
        const reason = next(client, 'disconnect');
        client.disconnect();
        assert.equal((await reason)[0], 'io client disconnect');
        client.connect();
        await whenConnected(client);
        assert.notEqual(client.id, first);
        assert.equal(await emitWithAck(client, 'message-with-ack', 1), 1);
      });

      it('many clients at once are each answered', async (t) => {
        const clients = await Promise.all(Array.from({ length: 30 }, () => connectClient(t, patient, transport)));
        assert.equal(new Set(clients.map(({ id }) => id)).size, clients.length);
        await Promise.all(clients.map(async (client, i) => {
          for (let round = 0; round < 5; round++) assert.equal(await emitWithAck(client, 'echo', `${i}/${round}`), `${i}/${round}`);
        }));
      });
    });
  }
}

for (const [name, transport] of Object.entries(transportChoices)) {
  describe(`socket.io-client by ${name} and the end of its server`, () => {
    it('a server that stops is seen as "transport close", and its successor on the same port is found again', async (t) => {
      const server = await startServer('conformance', { calm: true });
      const client = await connectClient(t, server, { ...transport, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
      const first = client.id;
      const reason = next(client, 'disconnect');
      await pause(50); // so that a GET is pending, which carries the news; nothing announces it
      await server.stop();
      assert.equal((await reason)[0], 'transport close');
      const successor = await startServer('conformance', { calm: true, port: server.port });
      t.after(() => successor.stop());
      // Attempts before the successor was there have failed, which is no error here.
      if (!client.connected) await next(client, 'connect', { ms: 10_000 });
      assert.notEqual(client.id, first);
      assert.equal(await emitWithAck(client, 'message-with-ack', 'back'), 'back');
    });

    it('a killed server is noticed at once', async (t) => {
      const server = await startServer('conformance', { calm: true });
      const client = await connectClient(t, server, transport);
      const reason = next(client, 'disconnect');
      await server.stop('SIGKILL');
      assert.equal((await reason)[0], name === 'polling' ? 'transport error' : 'transport close');
    });

    it('a server that falls silent is left with "ping timeout"', quickly(async (t) => {
      const server = await startServer('conformance');
      try {
        const client = await connectClient(t, server, transport);
        const reason = next(client, 'disconnect');
        server.signal('SIGSTOP');
        assert.equal((await reason)[0], 'ping timeout');
      } finally {
        server.signal('SIGCONT');
        await server.stop();
      }
    }));

    it('heartbeats keep a quiet client connected', quickly(async (t) => {
      const server = await startServer('conformance');
      try {
        const client = await connectClient(t, server, transport);
        for (let i = 0; i < 4; i++) await next(client.io.engine, 'heartbeat');
        assert.equal(client.connected, true);
      } finally {
        await server.stop();
      }
    }));
  });
}

// Every official client that there is use for (socket.io-client 4 and 2) over every way to a server: one table.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { io as version4 } from 'socket.io-client';
import version2 from 'socket.io-client-v2';

import { startServer } from './support/server.mjs';
import { transportChoices, whenConnected } from './support/socketio.mjs';
import { onNode } from './support/target.mjs';
import { next, soon, within } from './support/wait.mjs';

const clients = { 4: version4, 2: version2 };
// Quick heartbeats, patiently waited for.
const timings = { ROOMCAST_PING_INTERVAL: '300', ROOMCAST_PING_TIMEOUT: '20000', ROOMCAST_CONNECT_TIMEOUT: '20000' };

const called = (emit) => within(soon, 'an acknowledgement', new Promise((resolve) => emit((...answers) => resolve(answers))));

// What a user would try, in order; each is given what `connect` made.
const steps = {
  async connects({ client, transport, version, deflates }) {
    const greeting = next(client, 'auth');
    client.open();
    assert.deepEqual(await greeting, [{}]);
    await whenConnected(client);
    const { engine } = client.io;
    assert.equal(engine.transport.name, transport === 'polling' ? 'polling' : 'websocket');
    // The websocket of the `ws` package knows what was agreed upon.
    if (transport !== 'polling') assert.equal(/permessage-deflate/.test(engine.transport.ws.extensions), deflates);
    // Only the ids of version 2 follow from the session's.
    assert.equal(client.id === engine.id, version === '2');
  },
  async events({ client }) {
    const args = ['été 😀 \u2028', { list: [1, null, true] }, 'x'.repeat(5000)];
    const back = next(client, 'message-back');
    client.emit('message', ...args);
    assert.deepEqual(await back, args);
  },
  async binary({ client }) {
    const args = [{ deep: [Buffer.from([1, 2, 255]), Buffer.alloc(0)] }, Buffer.alloc(70_000, 7), 'text'];
    const back = next(client, 'message-back');
    client.emit('message', ...args);
    assert.deepEqual(await back, args);
  },
  async acks({ client }) {
    const answers = await called((ack) => client.emit('message-with-ack', 'é', Buffer.from('b'), ack));
    assert.deepEqual(answers, ['é', Buffer.from('b')]);
  },
  async order({ client }) {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => called((ack) => client.emit('message-with-ack', i, ack))));
    assert.deepEqual(answers, Array.from({ length: 200 }, (_, i) => [i]));
  },
  async namespaces({ client, version }) {
    const [options, auth] = version === '2' ? [{ query: 'token=a b&x=1' }, { token: 'a b', x: '1' }] : [{ auth: { token: 1 } }, { token: 1 }];
    const custom = client.io.socket('/custom', options);
    const greeting = next(custom, 'auth');
    custom.open();
    assert.deepEqual(await greeting, [auth]);
    if (version === '2') assert.equal(custom.id, `/custom#${client.io.engine.id}`);
    custom.close();
    const nowhere = client.io.socket('/nowhere');
    const refused = next(nowhere, version === '2' ? 'error' : 'connect_error');
    nowhere.open();
    assert.equal((await refused)[0].message, 'Invalid namespace');
  },
  async heartbeats({ client, version }) {
    for (let i = 0; i < 3; i++) await next(client.io.engine, version === '2' ? 'pong' : 'heartbeat');
    assert.equal(client.connected, true);
  },
  async 'the end'({ client }) {
    const reason = next(client, 'disconnect');
    client.close();
    assert.deepEqual((await reason)[0], 'io client disconnect');
  },
};

/** The rows of the table, by what the server was told. */
const deflate = { args: ['--per-message-deflate'], deflates: true };
const ways = [
  { name: 'http' },
  { name: 'http, deflate', ...deflate },
  ...(onNode ? [] : [{ name: 'https', tls: true }, { name: 'https, deflate', tls: true, ...deflate }]),
];

const table = [];
for (const { name: way, args = [], tls = false, deflates = false } of ways) {
  describe(`Official clients, ${way}`, () => {
    let server;
    const start = async () => (server ??= await startServer('conformance', { args: ['--allow-eio3', ...args], env: timings, tls }));
    after(() => server?.stop());
    for (const version of Object.keys(clients)) {
      for (const [transport, choice] of Object.entries(transportChoices)) {
        it(`socket.io-client ${version} by ${transport}`, async (t) => {
          const { url, ca } = await start();
          const row = { client: `socket.io-client ${version}`, way, transport };
          table.push(row);
          const client = clients[version](url, { autoConnect: false, forceNew: true, reconnection: false, ...choice, ca });
          t.after(() => client.io.engine?.close());
          for (const [step, run] of Object.entries(steps)) {
            row[step] = 'FAILED';
            await run({ client, transport, version, deflates });
            row[step] = 'ok';
          }
        });
      }
    }
  });
}

after(() => console.table(table));

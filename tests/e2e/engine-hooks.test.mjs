// What applications may do about clients' requests: middlewares of the engine, headers, and errors of connections.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RawConnection, request } from './support/http.mjs';
import { PollingSession } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { connectClient, makeClient, transportChoices } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { next, soon, until, within } from './support/wait.mjs';
import { RawWebSocket, upgradeHead } from './support/websocket.mjs';

const handshake = '/socket.io/?EIO=4&transport=polling';
const echo = (client, word) => within(soon, `the echo of ${word}`, client.emitWithAck('echo', word));

for (const threads of [1, 2]) {
  describe(`Functions about requests, with ${threads} thread(s)`, () => {
    const server = sharedServer('hooks', { threads });
    /** The connection errors that `attempt` causes. */
    const errorsOf = async (attempt) => {
      const all = async () => JSON.parse((await request(server, '/errors')).body);
      const before = await all();
      await attempt();
      return (await all()).slice(before.length);
    };

    for (const [name, transport] of Object.entries(transportChoices)) {
      it(`a client by ${name} that they let pass notices nothing`, async (t) => {
        const errors = await errorsOf(async () => {
          const client = await connectClient(t, server, transport);
          assert.equal(await echo(client, 'hello'), 'hello');
        });
        assert.deepEqual(errors, []);
      });
    }

    it('a client by polling is refused with the status that a middleware answers', async (t) => {
      const client = makeClient(t, server, { transports: ['polling'], extraHeaders: { 'x-answer': '401' } });
      const failed = next(client, 'connect_error');
      const errors = await errorsOf(async () => {
        client.connect();
        assert.equal((await failed)[0].description, 401);
        assert.equal((await request(server, handshake, { headers: { 'x-answer': '401' } })).body, 'not today');
      });
      assert.deepEqual(errors, [], 'an answer is no error');
    });

    it('a client by websocket is refused too', async (t) => {
      const client = makeClient(t, server, { transports: ['websocket'], extraHeaders: { 'x-answer': '401' } });
      const failed = next(client, 'connect_error');
      client.connect();
      assert.equal((await failed)[0].message, 'websocket error');
    });

    it('an upgrade gets the answer of the middleware', notOnNode('it closes without an answer'), async () => {
      const connection = await RawConnection.open(server);
      await connection.write(upgradeHead('/socket.io/?EIO=4&transport=websocket', { lines: ['x-answer: 429'] }));
      const response = await connection.readResponse();
      assert.equal(response.status, 429);
      assert.equal(response.body, 'not today');
      await within(soon, 'the end of the connection', connection.ended);
    });

    it('a middleware that fails refuses that request, and the session that it was for goes on', async () => {
      const session = await PollingSession.open(server);
      const errors = await errorsOf(async () => {
        const refused = await request(server, session.target, { method: 'POST', body: '40', headers: { 'x-fail': 'middleware' } });
        assert.equal(refused.status, 400);
        assert.deepEqual(JSON.parse(refused.body), { code: 3, message: 'Bad request' });
      });
      assert.deepEqual(errors, [{ code: 3, message: 'Bad request', context: { name: 'MIDDLEWARE_FAILURE' }, method: 'POST', url: session.target }]);
      await session.send('40');
      assert.match(await session.next(), /^40\{"sid":/);
    });

    it('headers are those of the function that came last, and the first answer has its own', async () => {
      const first = await request(server, handshake);
      assert.equal(first.headers['x-test'], 'first');
      assert.equal(first.headers['x-initial'], 'GET');
      assert.deepEqual(first.headers['set-cookie'], ['visit=1']);
      const { sid } = JSON.parse(first.body.slice(1));
      for (const [method, body] of [['POST', '40'], ['GET', undefined]]) {
        const later = await request(server, `${handshake}&sid=${sid}`, { method, body });
        assert.equal(later.headers['x-test'], 'later', method);
        assert.equal(later.headers['x-initial'], undefined);
        assert.equal(later.headers['set-cookie'], undefined);
      }
      const refused = await request(server, `${handshake}&sid=unknown`);
      assert.equal(refused.headers['x-test'], undefined);
    });

    it('headers stand in the 101 of websockets and of upgrades', async () => {
      const websocket = await RawWebSocket.open(server);
      assert.equal(websocket.response.headers['x-test'], 'first');
      assert.equal(websocket.response.headers['x-initial'], 'GET');
      const session = await PollingSession.open(server);
      const upgrade = await RawWebSocket.open(server, `EIO=4&transport=websocket&sid=${session.sid}`);
      assert.equal(upgrade.response.headers['x-test'], 'later');
      assert.equal(upgrade.response.headers['x-initial'], undefined);
      websocket.destroy();
      upgrade.destroy();
    });

    it('each refusal is told with its code, words, context and request', async () => {
      const session = await PollingSession.open(server);
      const attempts = [
        ['GET', '/socket.io/?EIO=4&transport=tcp', 0, 'Transport unknown', { transport: 'tcp' }],
        ['GET', `${handshake}&sid=unknown`, 1, 'Session ID unknown', { sid: 'unknown' }],
        ['POST', handshake, 2, 'Bad handshake method', { method: 'POST' }],
        ['GET', '/socket.io/?EIO=4&transport=websocket', 3, 'Bad request', { name: 'TRANSPORT_HANDSHAKE_ERROR' }],
        ['GET', `/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`, 3, 'Bad request',
          { name: 'TRANSPORT_MISMATCH', transport: 'websocket', previousTransport: 'polling' }],
        ['GET', `/socket.io/?EIO=3&transport=polling&sid=${session.sid}`, 3, 'Bad request',
          { name: 'PROTOCOL_MISMATCH', protocol: 3, previousProtocol: 4 }],
        ['GET', '/socket.io/?EIO=3&transport=polling', 5, 'Unsupported protocol version', { protocol: 3 }],
      ];
      for (const [method, url, code, message, context] of attempts) {
        const errors = await errorsOf(() => request(server, url, { method }));
        assert.deepEqual(errors, [{ code, message, context, method, url }]);
      }
    });

    it('a refused upgrade is told', async () => {
      const url = '/socket.io/?EIO=4&transport=websocket&sid=unknown';
      const errors = await errorsOf(async () => {
        const connection = await RawConnection.open(server);
        await connection.write(upgradeHead(url));
        assert.equal((await connection.readResponse()).status, 400);
      });
      assert.deepEqual(errors, [{ code: 1, message: 'Session ID unknown', context: { sid: 'unknown' }, method: 'GET', url }]);
    });

    it('functions that throw cost their client nothing', notOnNode('an exception ends the process'), async (t) => {
      for (const [name, transport] of Object.entries(transportChoices)) {
        const client = await connectClient(t, server, { ...transport, extraHeaders: { 'x-fail': 'headers' } });
        assert.equal(await echo(client, name), name);
      }
      const refused = await request(server, `${handshake}&sid=unknown`, { headers: { 'x-fail': 'error' } });
      assert.deepEqual(JSON.parse(refused.body), { code: 1, message: 'Session ID unknown' });
      for (const kind of ['on_headers', 'on_connection_error'])
        await until(`the log to name ${kind}`, () => server.stderr.includes(`error a function of ${kind} threw: as the client asks`));
    });
  });
}

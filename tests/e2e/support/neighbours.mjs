// Healthy clients beside whatever a test does to their server.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { RawConnection } from './http.mjs';
import { leanSanitizer, sharedServer } from './server.mjs';
import { makeClient, transportChoices, whenConnected } from './socketio.mjs';
import { soon, until, within } from './wait.mjs';

/**
 * A server of usual timings (the bench target) with two healthy clients beside every test: they must stay connected throughout and answer when
 * the test is over, and the descriptors that the test opened in the server must be closed again.
 */
export function serverWithNeighbours() {
  const server = sharedServer('bench', { threads: 2, env: leanSanitizer });
  const neighbours = [];
  let descriptors;

  before(async () => {
    for (const transport of [transportChoices.polling, transportChoices.websocket]) {
      const client = makeClient({ after() {} }, server, transport);
      client.connect();
      await whenConnected(client);
      neighbours.push(client);
    }
    await neighboursAnswer();
    descriptors = server.descriptors();
  });

  async function neighboursAnswer() {
    for (const client of neighbours) {
      assert.equal(client.connected, true, 'a neighbour lost its connection');
      const answer = client.emitWithAck('echo', 'still here');
      assert.equal(await within(soon, 'the answer to a neighbour', answer), 'still here');
    }
  }

  /** Runs `attack`, then looks around. */
  server.survives = (attack) => async (t) => {
    await attack(t);
    await neighboursAnswer();
    // Neighbours that poll use up to two connections each, which come and go.
    await until('the descriptors of the attack to be closed', () => server.descriptors() <= descriptors + 4, { ms: 10_000 });
  };

  after(() => neighbours.forEach((client) => client.disconnect()));
  return server;
}

/** Sends bytes on a connection of their own; resolves with what was answered before the server closed or `ms` passed. */
export async function answerTo(server, bytes, ms = 1000) {
  const connection = await RawConnection.open(server);
  await connection.write(bytes);
  const response = await connection.readResponse({ ms }).catch(() => undefined);
  connection.destroy();
  return response;
}

// An Engine.IO session over HTTP long-polling, request by request.
import assert from 'node:assert/strict';

import { request } from './http.mjs';
import { soon, until } from './wait.mjs';

export const separator = '\x1e';

/** The JSON of an open packet (Engine.IO v4 §3). */
export function parseOpen(packet) {
  assert.equal(packet[0], '0', `not an open packet: ${packet.slice(0, 60)}`);
  return JSON.parse(packet.slice(1));
}

/** Requests go out on a TCP connection each, unless an agent that keeps connections is given. */
export class PollingSession {
  #received = [];

  static async open(server, { path = server.path, agent = false, headers } = {}) {
    const target = `${path}?EIO=4&transport=polling`;
    const response = await request(server, target, { agent, headers });
    assert.equal(response.status, 200, `the handshake was refused: ${response.status} ${response.body}`);
    return new PollingSession(server, `${target}&sid=${parseOpen(response.body).sid}`, agent);
  }

  constructor(server, target, agent) {
    this.server = server;
    this.target = target;
    this.agent = agent;
    this.sid = new URLSearchParams(target.slice(target.indexOf('?'))).get('sid');
  }

  get(options) {
    return request(this.server, this.target, { agent: this.agent, ...options });
  }

  post(body, options) {
    return request(this.server, this.target, { agent: this.agent, method: 'POST', body, ...options });
  }

  /** Sends packets in one payload; anything but `ok` fails. */
  async send(...packets) {
    const response = await this.post(packets.join(separator));
    assert.deepEqual([response.status, response.body], [200, 'ok'], `POST ${packets.join(separator).slice(0, 60)}`);
  }

  /** The next packet that is not a heartbeat; polls as often as needed and answers pings. */
  async next(ms = soon) {
    const end = Date.now() + ms;
    while (this.#received.length === 0) {
      const response = await this.get({ ms: Math.max(1, end - Date.now()) });
      assert.equal(response.status, 200, `GET answered ${response.status} ${response.body}`);
      for (const packet of response.body.split(separator)) {
        if (packet === '2') await this.send('3');
        else this.#received.push(packet);
      }
    }
    return this.#received.shift();
  }

  /** A GET whose answer, pings aside, is wanted as it is: the packets that are not pings. */
  async poll({ ms = soon } = {}) {
    const end = Date.now() + ms;
    for (;;) {
      const response = await this.get({ ms: Math.max(1, end - Date.now()) });
      if (response.body === '2') {
        await this.send('3');
        continue;
      }
      return response;
    }
  }

  /** Proves that the session lives, by an echo of the Engine.IO target. */
  async expectEcho(text = 'alive') {
    await this.send(`4${text}`);
    assert.equal(await this.next(), `4${text}`);
  }

  /** For an end that the server has yet to notice. */
  untilGone() {
    return until('the session to be unknown', async () => (await this.post('6')).body === '{"code":1,"message":"Session ID unknown"}');
  }

  /** Proves that the server no longer knows the session. */
  async expectGone() {
    const response = await this.post('6');
    assert.deepEqual([response.status, response.body], [400, '{"code":1,"message":"Session ID unknown"}']);
  }
}

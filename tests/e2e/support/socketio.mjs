// Socket.IO packets on a raw connection, and official clients that are cleaned up when their test ends.
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';

import { parseOpen } from './polling.mjs';
import { next, soon } from './wait.mjs';
import { RawWebSocket } from './websocket.mjs';

/** A Socket.IO connection without any Socket.IO library: packets are strings, attachments buffers. */
export class RawClient {
  static async open(server, options) {
    const socket = await RawWebSocket.open(server, undefined, options);
    const { sid } = parseOpen(await socket.next('the open packet'));
    return new RawClient(socket, sid);
  }

  constructor(socket, engineId) {
    this.socket = socket;
    this.engineId = engineId;
    this.closed = socket.closed;
  }

  /** Sends a packet, its text without the Engine.IO type, and its attachments. */
  async send(packet, ...attachments) {
    await this.socket.send(`4${packet}`);
    for (const attachment of attachments) await this.socket.sendBinary(attachment);
  }

  /** The next packet, text without the Engine.IO type, or attachment. */
  async next(what = 'a packet', ms = soon) {
    const message = await this.socket.next(what, ms);
    if (typeof message !== 'string') return message;
    assert.equal(message[0], '4', `not a message: ${message}`);
    return message.slice(1);
  }

  /** Joins a namespace of the conformance target, which greets with `auth`; returns the socket's id. */
  async join(namespace = '/', auth) {
    const prefix = namespace === '/' ? '' : `${namespace},`;
    await this.send(`0${prefix}${auth === undefined ? '' : JSON.stringify(auth)}`);
    const answer = await this.next('the answer to CONNECT');
    assert.ok(answer.startsWith(`0${prefix}{"sid":"`), answer);
    assert.equal(await this.next('the event auth'), `2${prefix}["auth",${JSON.stringify(auth ?? {})}]`);
    return JSON.parse(answer.slice(1 + prefix.length)).sid;
  }

  /** An event, binary or not, with its placeholders replaced: { type, id, namespace, args }. */
  async nextEvent(what = 'an event') {
    const packet = await this.next(what);
    const [, type, count, namespace, id, json] = /^(\d)(?:(\d+)-)?(?:(\/[^,]*),)?(\d*)(.*)$/s.exec(packet);
    const attachments = [];
    for (let i = 0; i < Number(count ?? 0); i++) attachments.push(await this.next(`attachment ${i}`));
    const fill = (value) => {
      if (value === null || typeof value !== 'object') return value;
      if (value._placeholder === true && count !== undefined) return attachments[value.num];
      for (const key of Object.keys(value)) value[key] = fill(value[key]);
      return value;
    };
    return { type: Number(type), namespace: namespace ?? '/', id: id === '' ? null : Number(id), args: fill(JSON.parse(json)) };
  }

  /** Proves that this connection is alive and in order, by an echo of the conformance target in the main namespace. */
  async expectEcho(word = 'alive') {
    await this.send(`2["message","${word}"]`);
    assert.equal(await this.next(), `2["message-back","${word}"]`);
  }

  /** Proves that all packets up to here were handled and answered nothing; needs no namespace. */
  async settle() {
    await this.send('0/settle,');
    assert.equal(await this.next(), '4/settle,{"message":"Invalid namespace"}');
  }

  destroy() {
    this.socket.destroy();
  }
}

/** The three ways in which an official client may connect. */
export const transportChoices = {
  polling: { transports: ['polling'] },
  websocket: { transports: ['websocket'] },
  upgrade: { transports: ['polling', 'websocket'] },
};

/** An official client that is not connected yet, and will be disconnected when test `t` ends. */
export function makeClient(t, server, { namespace = '', ...options } = {}) {
  const client = io(`${server.url}${namespace}`, { autoConnect: false, forceNew: true, reconnection: false, ca: server.ca, ...options });
  t.after(() => {
    client.io.reconnection(false);
    client.disconnect();
    client.io.engine?.close(); // other namespaces may still hold it open
  });
  return client;
}

/** An official client, connected, and upgraded if it is one that upgrades. */
export async function connectClient(t, server, options) {
  const client = makeClient(t, server, options);
  client.connect();
  await whenConnected(client);
  return client;
}

export async function whenConnected(client) {
  if (!client.connected) {
    const failed = next(client, 'connect_error').then(([error]) => { throw error; });
    failed.catch(() => {});
    await Promise.race([next(client, 'connect', { what: 'the official client to connect' }), failed]);
  }
  const { engine, opts } = client.io;
  if (opts.transports?.length === 2 && engine.transport.name === 'polling') {
    await next(engine, 'upgrade', { what: 'the upgrade to websocket' });
  }
}

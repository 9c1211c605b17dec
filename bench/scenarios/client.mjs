// A Socket.IO client over WebSocket with what the scenarios need and nothing else: node:http upgrades, and frames are read
// here. Servers are trusted to send whole messages.
import { EventEmitter, once } from 'node:events';
import http from 'node:http';

import { frame, opcode } from './frame.mjs';

/** Emits `ping` when the server has pinged it, and `lost` when the connection has ended without `leave`. */
export class Client extends EventEmitter {
  #socket;
  #unread = Buffer.alloc(0);
  #echoes = new Map(); // what waits for an answer, by its number
  #next = 0;
  #pongs = 0;
  /** The longest time without a ping so far, in ms. */
  longestSilence = 0;
  #pinged = performance.now();
  isOpen = true;
  /** Whether pongs wait for `release`. */
  holdsPongs = false;

  /** Connects to the main namespace. */
  static async connect(url) {
    const request = http.get(`${url}/socket.io/?EIO=4&transport=websocket`, {
      agent: false,
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'cm9vbWNhc3QgYmVuY2ghIQ==' },
    });
    const [, socket, first] = await once(request, 'upgrade');
    const client = new Client(socket);
    const connected = once(client, 'connected');
    client.#read(first);
    client.#send('40');
    await connected;
    return client;
  }

  constructor(socket) {
    super();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#read(bytes)).on('error', () => {}).on('close', () => this.#ended());
  }

  /** Sends an event, and asks for no answer. */
  emitEvent(...args) {
    this.#send(`42${JSON.stringify(args)}`);
  }

  /** Resolves when the server has answered the event `echo`, with false when the connection has ended first. */
  echo() {
    if (!this.isOpen) return Promise.resolve(false);
    const number = this.#next++;
    this.#send(`42${number}["echo",${number}]`);
    return new Promise((resolve) => this.#echoes.set(number, resolve));
  }

  /** Answers the pings that were held back, and holds back none any more. */
  release() {
    this.holdsPongs = false;
    for (; this.#pongs > 0; this.#pongs--) this.#send('3');
  }

  /** How long there has been no ping, at the most, in ms. */
  silence() {
    return Math.max(this.longestSilence, performance.now() - this.#pinged);
  }

  leave() {
    this.removeAllListeners('lost');
    this.#socket.destroy();
  }

  #send(packet) {
    if (this.isOpen) this.#socket.write(frame(opcode.text, packet));
  }

  #ended() {
    this.isOpen = false;
    for (const resolve of this.#echoes.values()) resolve(false);
    this.#echoes.clear();
    this.emit('lost');
  }

  #read(bytes) {
    this.#unread = this.#unread.length ? Buffer.concat([this.#unread, bytes]) : bytes;
    while (this.#unread.length >= 2) {
      let length = this.#unread[1], begin = 2;
      if (length > 126) throw new Error('a frame of more than 64 KiB');
      if (length === 126) {
        if (this.#unread.length < 4) return;
        [length, begin] = [this.#unread.readUInt16BE(2), 4];
      }
      if (this.#unread.length < begin + length) return;
      const type = this.#unread[0] & 0x0f;
      const payload = this.#unread.subarray(begin, begin + length);
      this.#unread = this.#unread.subarray(begin + length);
      if (type === opcode.text) this.#onPacket(payload.toString());
      else if (type === opcode.ping) this.#socket.write(frame(opcode.pong, payload));
      else if (type === opcode.close) this.#socket.end(frame(opcode.close, payload));
    }
  }

  #onPacket(packet) {
    if (packet === '2') {
      const now = performance.now();
      this.longestSilence = Math.max(this.longestSilence, now - this.#pinged);
      this.#pinged = now;
      this.#pongs++;
      if (!this.holdsPongs) this.release();
      this.emit('ping');
    } else if (packet.startsWith('40')) {
      this.emit('connected');
    } else if (packet.startsWith('43')) {
      const number = parseInt(packet.slice(2), 10);
      this.#echoes.get(number)?.(true);
      this.#echoes.delete(number);
    } else if (packet.startsWith('41') || packet === '1') {
      this.#socket.end();
    }
  }
}

// A TCP connection on which an attacker writes what it likes, and which tells what the server says to it in words: answers of
// HTTP, texts of a websocket. It never ends its own half, so that only the server's limits end it.
import { once } from 'node:events';
import net from 'node:net';

import { frame, opcode } from './frame.mjs';

export class Peer {
  #socket;
  #unread = Buffer.alloc(0);
  #words = [];
  #waiting = []; // for words
  #isWebSocket = false;
  #last; // what the server said at last that may have been meant as the end
  /** Whether the server has ended its half, or the connection. */
  isOpen = true;
  /** Resolves when it has. */
  ended;
  /** How it came to that: an HTTP status, `close` with its code, `closed` without a word, or `reset`; undefined while it is open. */
  fate;
  /** Whether Engine.IO's pings are answered. */
  pongs = false;

  static async open({ hostname, port }) {
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new Peer(socket);
  }

  constructor(socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      const end = (fate) => {
        if (!this.isOpen) return;
        this.isOpen = false;
        this.fate = this.#last ?? fate;
        for (const wake of this.#waiting.splice(0)) wake(undefined);
        resolve();
      };
      socket.on('data', (bytes) => this.#read(bytes)).on('end', () => end('closed')).on('error', () => end('reset')).on('close', () => end('closed'));
    });
  }

  /** Resolves when the kernel has taken the bytes, or there is nobody to send them to. */
  write(bytes) {
    if (!this.isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Writes a text frame with an Engine.IO packet. */
  say(packet) {
    return this.write(frame(opcode.text, packet));
  }

  /** Sends a request, and resolves with its answer. */
  ask(method, target, { lines = [], body = '' } = {}) {
    this.write(Buffer.concat([Buffer.from(headOf(method, target, method === 'GET' ? lines : [...lines, `Content-Length: ${body.length}`])), Buffer.from(body)]));
    return this.next();
  }

  /** The next thing that the server says, { status, body } or { text }; undefined when it has ended. */
  next() {
    if (this.#words.length) return Promise.resolve(this.#words.shift());
    if (!this.isOpen) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  reset() {
    this.#socket.resetAndDestroy();
  }

  leave() {
    this.#socket.destroy();
  }

  #tell(word) {
    const wake = this.#waiting.shift();
    if (wake) wake(word);
    else this.#words.push(word);
  }

  #read(bytes) {
    this.#unread = this.#unread.length ? Buffer.concat([this.#unread, bytes]) : bytes;
    while (this.#isWebSocket ? this.#readFrame() : this.#readAnswer());
  }

  #readAnswer() {
    const end = this.#unread.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.#unread.toString('latin1', 0, end);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#unread.length < end + 4 + length) return false;
    const status = Number(head.split(' ', 2)[1]);
    const body = this.#unread.toString('utf8', end + 4, end + 4 + length);
    this.#unread = this.#unread.subarray(end + 4 + length);
    this.#isWebSocket = status === 101;
    if (!this.#isWebSocket) this.#last = String(status);
    this.#tell({ status, body });
    return true;
  }

  #readFrame() {
    if (this.#unread.length < 2) return false;
    let length = this.#unread[1], begin = 2;
    if (length > 126) throw new Error('a frame of more than 64 KiB');
    if (length === 126) {
      if (this.#unread.length < 4) return false;
      [length, begin] = [this.#unread.readUInt16BE(2), 4];
    }
    if (this.#unread.length < begin + length) return false;
    const type = this.#unread[0] & 0x0f;
    const payload = this.#unread.subarray(begin, begin + length);
    this.#unread = this.#unread.subarray(begin + length);
    if (type === opcode.close) this.#last = length < 2 ? 'close' : `close ${payload.readUInt16BE(0)}`;
    if (type === opcode.text) this.#onText(payload.toString());
    return true;
  }

  #onText(text) {
    if (text !== '2') return this.#tell({ text });
    if (this.pongs) this.say('3');
  }
}

/** The head of a request. */
export const headOf = (method, target, lines = []) => [`${method} ${target} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n');

// HTTP from both ends of the scale: well-formed requests by node:http, and bytes of our own choosing on a bare socket.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

import { Inbox, soon, within } from './wait.mjs';

/**
 * One request, by default on a TCP connection of its own.
 * Resolves with { status, headers, rawHeaders, bytes, body }, body being the bytes as UTF-8.
 */
export function request(server, target, { method = 'GET', headers = {}, body, agent = false, ms = soon } = {}) {
  let outgoing;
  const answered = new Promise((resolve, reject) => {
    const { host, port, ca } = server;
    outgoing = (ca ? https : http).request({ host, port, ca, path: target, method, headers, agent }, (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode,
          headers: incoming.headers,
          rawHeaders: incoming.rawHeaders,
          bytes,
          body: bytes.toString('utf8'),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  return within(ms, `an answer to ${method} ${target.slice(0, 80)}`, answered).finally(() => outgoing.destroy());
}

/** The names of a reply's header lines that the protocol reference speaks of, lower case, in the order received. */
export const headerOrder = (response) =>
  response.rawHeaders
    .filter((_, i) => i % 2 === 0)
    .map((name) => name.toLowerCase())
    .filter((name) => ['content-type', 'content-length', 'cache-control', 'set-cookie', 'etag'].includes(name));

/** A TCP connection on which the test writes what it wants and reads what comes. */
export class RawConnection {
  #pieces = new Inbox();
  #buffer = Buffer.alloc(0);
  #closed = false;

  static async open(server) {
    const { host, port, ca } = server;
    const connection = new RawConnection(ca ? tls.connect({ host, port, ca }) : net.connect({ host, port }));
    await within(soon, 'a connection', new Promise((resolve, reject) => {
      connection.socket.once(ca ? 'secureConnect' : 'connect', resolve).once('error', reject);
    }));
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    // A reset is one of the ways in which a server may end a connection; readers see the end of the stream.
    socket.on('error', () => {});
    socket.on('data', (bytes) => this.#pieces.push(bytes));
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#closed = true;
        this.#pieces.push(null);
        resolve();
      };
      socket.once('end', end).once('close', end);
    });
  }

  get closed() {
    return this.#closed;
  }

  /** Resolves when the bytes are handed to the kernel. */
  write(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  end() {
    this.socket.end();
  }

  destroy() {
    this.socket.destroy();
  }

  /** Ends the connection with a TCP reset; under TLS, where Node.js has none, at once. */
  reset() {
    if (this.socket.encrypted) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** At least `count` bytes, or null when the connection ended before. They stay unread until `take`. */
  async peek(count, ms = soon) {
    while (this.#buffer.length < count) {
      const piece = await this.#pieces.next(`${count} bytes from the server`, ms);
      if (piece === null) {
        this.#pieces.push(null);
        return null;
      }
      this.#buffer = Buffer.concat([this.#buffer, piece]);
    }
    return this.#buffer;
  }

  take(count) {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  /** Reads until `mark` and returns everything up to and including it as latin1, or null at the end of the stream. */
  async readUntil(mark, ms = soon) {
    for (let need = 1; ; ) {
      const bytes = await this.peek(need, ms);
      if (bytes === null) return null;
      const at = bytes.indexOf(mark);
      if (at >= 0) return this.take(at + mark.length).toString('latin1');
      need = bytes.length + 1;
    }
  }

  /** Everything until the server ends the connection. */
  async readToEnd(ms = soon) {
    for (;;) {
      if ((await this.peek(this.#buffer.length + 1, ms)) === null) return this.take(this.#buffer.length);
    }
  }

  /** One HTTP response: { status, head, headers, bytes, body }, body being the bytes as UTF-8; null when the connection ended without one. */
  async readResponse({ ms = soon, headOnly = false } = {}) {
    const head = await this.readUntil('\r\n\r\n', ms);
    if (head === null) return null;
    const [statusLine, ...lines] = head.trimEnd().split('\r\n');
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const status = Number(statusLine.split(' ')[1]);
    const pieces = [];
    if (headOnly || status === 101 || status === 204 || status === 304) {
      // no body by definition
    } else if (headers['transfer-encoding'] === 'chunked') {
      for (;;) {
        const size = parseInt(await this.readUntil('\r\n', ms), 16);
        await this.peek(size + 2, ms);
        pieces.push(this.take(size));
        this.take(2);
        if (size === 0) break;
      }
    } else if (headers['content-length'] !== undefined) {
      const length = Number(headers['content-length']);
      if (length > 0) await this.peek(length, ms);
      pieces.push(this.take(length));
    } else {
      pieces.push(await this.readToEnd(ms));
    }
    const bytes = Buffer.concat(pieces);
    return { status, statusLine, head, headers, bytes, body: bytes.toString('utf8') };
  }
}

/** A request head as text, with Host and any further header lines. */
export const head = (method, target, ...lines) =>
  [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

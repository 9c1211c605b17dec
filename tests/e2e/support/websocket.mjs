// A WebSocket client that can break every rule: it writes frames as the test asks and shows those that arrive.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import zlib from 'node:zlib';

import { RawConnection, head } from './http.mjs';
import { Inbox, soon, within } from './wait.mjs';

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

// The key of RFC6455§1.3, whose answer is printed there.
export const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ==';
export const sampleAccept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

export const upgradeHead = (target, { version = 13, key = sampleKey, upgrade = 'websocket', lines = [] } = {}) =>
  head(
    'GET', target, 'Connection: Upgrade', `Upgrade: ${upgrade}`,
    `Sec-WebSocket-Version: ${version}`, `Sec-WebSocket-Key: ${key}`, ...lines,
  );

/** The bytes of one frame. `length` lies about the payload's length, `rsv` sets reserved bits. */
export function frame(code, payload = '', { fin = true, mask = true, rsv = 0, length, key = crypto.randomBytes(4) } = {}) {
  const data = Buffer.isBuffer(payload) ? payload : Buffer.from(payload, 'utf8');
  const declared = length ?? data.length;
  const extra = declared < 126 ? 0 : declared < 65536 ? 2 : 8;
  const header = Buffer.alloc(2 + extra);
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | code;
  header[1] = (mask ? 0x80 : 0) | (extra === 0 ? declared : extra === 2 ? 126 : 127);
  if (extra === 2) header.writeUInt16BE(declared, 2);
  if (extra === 8) header.writeBigUInt64BE(BigInt(declared), 2);
  if (!mask) return Buffer.concat([header, data]);
  const masked = Buffer.from(data);
  for (let i = 0; i < masked.length; i++) masked[i] ^= key[i & 3];
  return Buffer.concat([header, key, masked]);
}

export const closePayload = (code, reason = '') => {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
};

// What a sender leaves out at the end of each compressed message (RFC7692§7.2.1).
const tail = Buffer.from([0, 0, 0xff, 0xff]);
const flush = { finishFlush: zlib.constants.Z_SYNC_FLUSH };

/** The payload of a compressed message, each message by itself. */
export const deflated = (message, options) => zlib.deflateRawSync(Buffer.from(message), { ...flush, ...options }).subarray(0, -tail.length);

export const inflated = (payload) => zlib.inflateRawSync(Buffer.concat([payload, tail]), flush);

/** Reserved bits as `frame` has them: the one of compressed messages. */
export const rsv1 = 4;

/**
 * After the handshake, frames are read in the background. Text and binary ones go to `messages` (strings and buffers),
 * Engine.IO pings being answered unless `pong: false`; the close frame is answered and ends the stream of messages.
 * Compressed messages are inflated, if the server has agreed to permessage-deflate; `compressed` has how many there were.
 * An inbox `arrivals` gets messages, pings and the close frame alike, in their order and in the form of the recordings.
 */
export class RawWebSocket {
  messages = new Inbox();
  controls = new Inbox();
  compressed = 0;
  /** Resolves with { code, reason } of the server's close frame, code null when it has none; with null when TCP ended without one. */
  closed;

  /** Opens and expects 101. Bytes in `early` are written together with the request. */
  static async open(server, query = 'EIO=4&transport=websocket', { pong = true, early, path = server.path, ...request } = {}) {
    const connection = await RawConnection.open(server);
    const bytes = Buffer.from(upgradeHead(`${path}?${query}`, request), 'latin1');
    await connection.write(early ? Buffer.concat([bytes, early]) : bytes);
    const response = await connection.readResponse();
    assert.equal(response?.status, 101, `the upgrade was refused: ${response?.status} ${response?.body}`);
    return new RawWebSocket(connection, response, pong);
  }

  constructor(connection, response, pong, arrivals = null) {
    this.arrivals = arrivals;
    this.connection = connection;
    this.response = response;
    this.deflates = /permessage-deflate/.test(response.headers['sec-websocket-extensions']);
    this.pong = pong;
    this.pings = new Inbox();
    this.closed = this.#read().catch(() => null);
    this.closed.then((how) => {
      const error = new Error(`the websocket was closed (${how ? `code ${how.code}` : 'no close frame'})`);
      this.messages.fail(error);
      this.controls.fail(error);
      this.pings.fail(error);
    });
  }

  async #read() {
    let pieces = [];
    let kind = 0;
    let compressed = false;
    for (;;) {
      const received = await this.#readFrame();
      if (received === null) return null;
      const { fin, code, reserved, payload } = received;
      const mayCompress = this.deflates && (code === opcode.text || code === opcode.binary);
      assert.equal(reserved & (mayCompress ? 3 : 7), 0, 'no reserved bits but those agreed (RFC6455§5.2)');
      if (code === opcode.close) {
        // Answering is the client's duty (RFC6455§5.5.1); then the server ends TCP.
        this.sendFrame(opcode.close, payload);
        const how = payload.length < 2
          ? { code: null, reason: '' }
          : { code: payload.readUInt16BE(), reason: payload.subarray(2).toString('utf8') };
        this.arrivals?.push({ frame: 'close', ...how });
        return how;
      }
      if (code >= 8) {
        this.controls.push({ code, payload });
        continue;
      }
      if (code !== opcode.continuation) {
        kind = code;
        compressed = reserved === rsv1;
      }
      pieces.push(payload);
      if (!fin) continue;
      const whole = compressed ? inflated(Buffer.concat(pieces)) : Buffer.concat(pieces);
      if (compressed) this.compressed++;
      pieces = [];
      this.#deliver(kind === opcode.text ? whole.toString('utf8') : whole, compressed);
    }
  }

  #deliver(message, compressed) {
    this.arrivals?.push({
      ...(typeof message === 'string' ? { frame: 'text', data: message } : { frame: 'binary', b64: message.toString('base64') }),
      ...(compressed && { rsv1_compressed: true }),
    });
    if (message !== '2') return this.messages.push(message);
    this.pings.push(message);
    if (this.pong) this.send('3');
  }

  async #readFrame() {
    const never = 600_000; // the reader of `messages` has the deadline
    const start = await this.connection.peek(2, never);
    if (start === null) return null;
    const fin = (start[0] & 0x80) !== 0;
    const code = start[0] & 0x0f;
    const reserved = (start[0] & 0x70) >> 4;
    assert.equal(start[1] & 0x80, 0, 'a server must not mask (RFC6455§5.1)');
    let length = start[1] & 0x7f;
    let size = 2;
    if (length === 126) {
      length = (await this.connection.peek(4, never))?.readUInt16BE(2);
      size = 4;
    } else if (length === 127) {
      length = Number((await this.connection.peek(10, never))?.readBigUInt64BE(2));
      size = 10;
    }
    if ((await this.connection.peek(size + length, never)) === null) return null;
    this.connection.take(size);
    return { fin, code, reserved, payload: Buffer.from(this.connection.take(length)) };
  }

  send(text) {
    return this.connection.write(frame(opcode.text, text));
  }

  sendBinary(bytes) {
    return this.connection.write(frame(opcode.binary, bytes));
  }

  sendFrame(code, payload, options) {
    return this.connection.write(frame(code, payload, options));
  }

  write(bytes) {
    return this.connection.write(bytes);
  }

  /** The next text or binary message. */
  next(what = 'a websocket message', ms = soon) {
    return this.messages.next(what, ms);
  }

  close(code) {
    return this.sendFrame(opcode.close, code === undefined ? '' : closePayload(code));
  }

  destroy() {
    this.connection.destroy();
  }
}

/** The server's close frame must have this status code (null: none), and TCP must end. */
export async function expectClosed(socket, code) {
  const how = await within(soon, `a close frame with code ${code}`, socket.closed);
  assert.ok(how, 'TCP ended without a close frame');
  assert.equal(how.code, code);
  await within(soon, 'the end of the TCP connection', socket.connection.ended);
}

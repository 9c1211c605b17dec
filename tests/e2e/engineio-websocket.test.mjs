// Engine.IO v4 over WebSocket, frame by frame; the paragraphs are those of the protocol reference or of RFC 6455.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import WebSocket from 'ws';

import { RawConnection, head } from './support/http.mjs';
import { PollingSession, parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { later } from './support/target.mjs';
import { next, soon, within } from './support/wait.mjs';
import { RawWebSocket, closePayload, frame, opcode, sampleAccept, upgradeHead } from './support/websocket.mjs';

const direct = 'EIO=4&transport=websocket';
const limit = 1_000_000;

/** Opens a session and reads its open packet. */
async function openSession(server, options) {
  const socket = await RawWebSocket.open(server, direct, options);
  parseOpen(await socket.next('the open packet'));
  return socket;
}

async function expectEcho(socket, text = 'alive') {
  await socket.send(`4${text}`);
  assert.equal(await socket.next(), `4${text}`);
}

/** The server's close frame must have this status code (null: none), and TCP must end. */
async function expectClosed(socket, code) {
  const how = await within(soon, `a close frame with code ${code}`, socket.closed);
  assert.ok(how, 'TCP ended without a close frame');
  assert.equal(how.code, code);
  await within(soon, 'the end of the TCP connection', socket.connection.ended);
}

describe('WebSocket handshake (Engine.IO v4 §3, §6)', () => {
  const server = sharedServer('engine');

  it('answers 101 with exactly the documented header lines', async () => {
    const socket = await RawWebSocket.open(server);
    const { response } = socket;
    assert.equal(response.statusLine, 'HTTP/1.1 101 Switching Protocols');
    const lines = response.head.trimEnd().split('\r\n').slice(1)
      .filter((line) => !/^(access-control-allow-origin|date):/i.test(line));
    assert.deepEqual(lines, ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${sampleAccept}`]);
    socket.destroy();
  });

  it('sends the open packet first, with no upgrades', async () => {
    const socket = await RawWebSocket.open(server);
    assert.match(
      await socket.next(),
      /^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\[\],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000\}$/,
    );
    socket.destroy();
  });

  it('header names and values are taken in any case, Connection may list more', async () => {
    const connection = await RawConnection.open(server);
    await connection.write(
      upgradeHead(`/engine.io/?${direct}`).replace('Connection: Upgrade', 'connection: keep-alive, uPGRADE')
        .replace('Upgrade: websocket', 'UPGRADE: WebSocket'),
    );
    assert.equal((await connection.readResponse()).status, 101);
    connection.destroy();
  });

  it('ignores an offer of permessage-deflate', async () => {
    const socket = await RawWebSocket.open(server, direct, {
      lines: ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'],
    });
    assert.equal(socket.response.headers['sec-websocket-extensions'], undefined);
    socket.destroy();
  });

  it('echoes the first subprotocol that was offered', async () => {
    const socket = await RawWebSocket.open(server, direct, { lines: ['Sec-WebSocket-Protocol: a, b'] });
    assert.equal(socket.response.headers['sec-websocket-protocol'], 'a');
    socket.destroy();
  });

  it('frames in the same segment as the request are not lost', async () => {
    const early = Buffer.concat([frame(opcode.text, '4one'), frame(opcode.text, '4two')]);
    const socket = await RawWebSocket.open(server, direct, { early });
    parseOpen(await socket.next());
    assert.deepEqual([await socket.next(), await socket.next()], ['4one', '4two']);
    socket.destroy();
  });

  it('the request may arrive byte by byte', async () => {
    const connection = await RawConnection.open(server);
    for (const byte of upgradeHead(`/engine.io/?${direct}`)) await connection.write(byte);
    assert.equal((await connection.readResponse()).status, 101);
    connection.destroy();
  });

  it('the ws package is served as well', async () => {
    const socket = new WebSocket(`ws://${server.host}:${server.port}/engine.io/?${direct}`);
    const [opening] = await next(socket, 'message');
    parseOpen(opening.toString());
    socket.send('4hi');
    assert.equal((await next(socket, 'message'))[0].toString(), '4hi');
    socket.close();
    await within(soon, 'the close event', once(socket, 'close'));
  });
});

describe('Refused upgrades (Engine.IO v4 §4)', () => {
  const server = sharedServer('engine', { calm: true });

  /** Sends a request and returns all the bytes that come before the server ends the connection. */
  async function everything(bytes) {
    const connection = await RawConnection.open(server);
    await connection.write(bytes);
    const answer = (await connection.readToEnd()).toString('latin1');
    connection.destroy();
    return answer;
  }

  const raw = (message, contentType = 'Content-type', more = '') =>
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\n${contentType}: text/html\r\nContent-Length: ${message.length}\r\n${more}\r\n${message}`;

  for (const [cause, query, message] of [
    ['an unknown sid', `${direct}&sid=abcdefghijklmnopqrst`, 'Session ID unknown'],
    ['an unknown transport', 'EIO=4&transport=abc', 'Transport unknown'],
    ['no transport', 'EIO=4', 'Transport unknown'],
  ]) {
    it(`${cause} is answered by a raw 400 with the text ${message}, then the connection ends`, async () => {
      assert.equal(await everything(upgradeHead(`/engine.io/?${query}`)), raw(message));
    });
  }

  it('an upgrade by POST is answered by a raw 400 with the text Bad handshake method', async () => {
    const request = upgradeHead(`/engine.io/?${direct}`, { lines: ['Content-Length: 0'] }).replace('GET', 'POST');
    assert.equal(await everything(request), raw('Bad handshake method'));
  });

  for (const [cause, options, message, more] of [
    ['a wrong version', { version: 12 }, 'Missing or invalid Sec-WebSocket-Version header', 'Sec-WebSocket-Version: 13, 8\r\n'],
    ['a short key', { key: 'short' }, 'Missing or invalid Sec-WebSocket-Key header', ''],
    ['another protocol', { upgrade: 'h2c' }, 'Invalid Upgrade header', ''],
  ]) {
    it(`${cause} is refused by the websocket layer: ${message}`, async () => {
      const answer = await everything(upgradeHead(`/engine.io/?${direct}`, options));
      assert.equal(answer.replace('Content-type', 'Content-Type'), raw(message, 'Content-Type', more));
    });
  }

  it('transport=polling in an upgrade is answered 101 and a close frame', async () => {
    const socket = await RawWebSocket.open(server, 'EIO=4&transport=polling');
    await expectClosed(socket, null);
  });

  it('EIO=3 in an upgrade ends abnormally and without an open packet', async () => {
    const answer = await everything(upgradeHead('/engine.io/?EIO=3&transport=websocket'));
    assert.ok(!answer.includes('"sid"'), answer);
  });

  it('an upgrade on another path is closed without a response', async () => {
    assert.equal(await everything(upgradeHead(`/other/?${direct}`)), '');
  });
});

describe('WebSocket traffic (Engine.IO v4 §2, §6)', () => {
  const server = sharedServer('engine', { calm: true });

  it('text comes back as text and binary as binary', async () => {
    const socket = await openSession(server);
    await socket.send('4hello');
    await socket.sendBinary(Buffer.from([1, 2, 3, 4]));
    await socket.send('4€ 😀');
    assert.equal(await socket.next(), '4hello');
    assert.deepEqual(await socket.next(), Buffer.from([1, 2, 3, 4]));
    assert.equal(await socket.next(), '4€ 😀');
    socket.destroy();
  });

  it('messages may be empty, text and binary', async () => {
    const socket = await openSession(server);
    await socket.send('4');
    assert.equal(await socket.next(), '4');
    await socket.sendBinary(Buffer.alloc(0));
    assert.deepEqual(await socket.next(), Buffer.alloc(0));
    socket.destroy();
  });

  it('a text frame with b and base64 is taken as binary', async () => {
    const socket = await openSession(server);
    await socket.send('bAQIDBA==');
    assert.deepEqual(await socket.next(), Buffer.from([1, 2, 3, 4]));
    socket.destroy();
  });

  it('with b64=1 the server sends binary as base64 text', later('clients without binary support'), async () => {
    const socket = await RawWebSocket.open(server, `${direct}&b64=1`);
    parseOpen(await socket.next());
    await socket.sendBinary(Buffer.from([1, 2, 3, 4]));
    assert.equal(await socket.next(), 'bAQIDBA==');
    socket.destroy();
  });

  it('open, close, upgrade, noop and spare pongs from a client are ignored', async () => {
    const socket = await openSession(server);
    for (const packet of ['0', '1', '5', '6', '3', '3probe']) await socket.send(packet);
    await expectEcho(socket);
    socket.destroy();
  });

  for (const [what, text] of [
    ['a ping', '2'], ['a probe outside an upgrade', '2probe'], ['an unknown type', '7'], ['garbage', 'abc'], ['an empty text frame', ''],
  ]) {
    it(`${what} closes the session with a close frame that has no status code`, async () => {
      const socket = await openSession(server);
      await socket.send(text);
      await expectClosed(socket, null);
    });
  }

  it('a polling request for the session is answered 400 code 3 and does no harm', async () => {
    const socket = await RawWebSocket.open(server, direct);
    const { sid } = parseOpen(await socket.next());
    const session = new PollingSession(server, `/engine.io/?EIO=4&transport=polling&sid=${sid}`, false);
    for (const response of [await session.get(), await session.post('4x')]) {
      assert.deepEqual([response.status, response.body], [400, '{"code":3,"message":"Bad request"}']);
    }
    await expectEcho(socket);
    socket.destroy();
  });

  it('a close frame from the client is answered with a close frame and the end of TCP', async () => {
    const socket = await openSession(server);
    await socket.close(1000);
    const how = await within(soon, 'a close frame', socket.closed);
    assert.equal(how?.code, 1000);
    await within(soon, 'the end of TCP', socket.connection.ended);
  });

  it('a session whose websocket was closed is unknown afterwards', async () => {
    const socket = await RawWebSocket.open(server, direct);
    const { sid } = parseOpen(await socket.next());
    await socket.close();
    await within(soon, 'a close frame', socket.closed);
    await new PollingSession(server, `/engine.io/?EIO=4&transport=polling&sid=${sid}`, false).untilGone();
  });
});

describe('Frames (RFC 6455)', () => {
  const server = sharedServer('engine', { calm: true });

  it('a fragmented message is put together (RFC6455§5.4)', async () => {
    const socket = await openSession(server);
    await socket.sendFrame(opcode.text, '4he', { fin: false });
    await socket.sendFrame(opcode.continuation, 'l', { fin: false });
    await socket.sendFrame(opcode.continuation, '', { fin: false });
    await socket.sendFrame(opcode.continuation, 'lo');
    assert.equal(await socket.next(), '4hello');
    socket.destroy();
  });

  it('a character may be cut by a fragment border (RFC6455§5.6)', async () => {
    const socket = await openSession(server);
    const bytes = Buffer.from('4😀');
    await socket.sendFrame(opcode.text, bytes.subarray(0, 3), { fin: false });
    await socket.sendFrame(opcode.continuation, bytes.subarray(3));
    assert.equal(await socket.next(), '4😀');
    socket.destroy();
  });

  it('a ping between fragments is answered at once with its payload (RFC6455§5.5.2)', async () => {
    const socket = await openSession(server);
    await socket.sendFrame(opcode.text, '4a', { fin: false });
    await socket.sendFrame(opcode.ping, 'payload');
    const pong = await socket.controls.next('a pong');
    assert.deepEqual([pong.code, pong.payload.toString()], [opcode.pong, 'payload']);
    await socket.sendFrame(opcode.continuation, 'b');
    assert.equal(await socket.next(), '4ab');
    socket.destroy();
  });

  it('an unsolicited pong frame is ignored (RFC6455§5.5.3)', async () => {
    const socket = await openSession(server);
    await socket.sendFrame(opcode.pong, 'unasked');
    await expectEcho(socket);
    socket.destroy();
  });

  it('frames may arrive byte by byte and several at once', async () => {
    const socket = await openSession(server);
    for (const byte of frame(opcode.text, '4bytes')) await socket.write(Buffer.from([byte]));
    await socket.write(Buffer.concat([frame(opcode.text, '4a'), frame(opcode.text, '4b'), frame(opcode.text, '4c').subarray(0, 3)]));
    assert.deepEqual([await socket.next(), await socket.next(), await socket.next()], ['4bytes', '4a', '4b']);
    socket.destroy();
  });

  for (const size of [125, 126, 65_535, 65_536, limit]) {
    it(`a message of ${size} bytes is taken and sent back`, async () => {
      const socket = await openSession(server);
      const text = '4'.padEnd(size, 'x');
      await socket.send(text);
      assert.ok((await socket.next()) === text);
      socket.destroy();
    });
  }

  it('a message above maxHttpBufferSize is refused with 1009', async () => {
    const socket = await openSession(server);
    await socket.send('4'.padEnd(limit + 1, 'x'));
    await expectClosed(socket, 1009);
  });

  it('a frame that declares more than maxHttpBufferSize is refused from its header alone, with 1009', async () => {
    const socket = await openSession(server);
    await socket.write(frame(opcode.binary, '', { length: 2 ** 40 }));
    await expectClosed(socket, 1009);
  });

  it('fragments that together exceed maxHttpBufferSize are refused with 1009', async () => {
    const socket = await openSession(server);
    await socket.sendFrame(opcode.text, '4'.padEnd(600_000, 'x'), { fin: false });
    await socket.sendFrame(opcode.continuation, 'y'.repeat(600_000));
    await expectClosed(socket, 1009);
  });

  for (const [what, bytes] of [
    ['an impossible byte', Buffer.from([0x34, 0xff])],
    ['an overlong form', Buffer.from([0x34, 0xc0, 0xaf])],
    ['a surrogate', Buffer.from([0x34, 0xed, 0xa0, 0x80])],
    ['a code point above U+10FFFF', Buffer.from([0x34, 0xf4, 0x90, 0x80, 0x80])],
    ['a cut character', Buffer.from([0x34, 0xe2, 0x82])],
  ]) {
    it(`text with ${what} is refused with 1007 (RFC6455§8.1)`, async () => {
      const socket = await openSession(server);
      await socket.sendFrame(opcode.text, bytes);
      await expectClosed(socket, 1007);
    });
  }

  for (const [what, bytes] of [
    ['an unmasked frame (RFC6455§5.1)', () => frame(opcode.text, '4x', { mask: false })],
    ['a reserved bit (RFC6455§5.2)', () => frame(opcode.text, '4x', { rsv: 4 })],
    ['an unknown data opcode (RFC6455§5.2)', () => frame(3, 'x')],
    ['an unknown control opcode (RFC6455§5.2)', () => frame(11, 'x')],
    ['a fragmented ping (RFC6455§5.5)', () => frame(opcode.ping, 'x', { fin: false })],
    ['a control frame of 126 bytes (RFC6455§5.5)', () => frame(opcode.ping, 'x'.repeat(126))],
    ['a continuation of nothing (RFC6455§5.4)', () => frame(opcode.continuation, 'x')],
    [
      'a new message between fragments (RFC6455§5.4)',
      () => Buffer.concat([frame(opcode.text, '4a', { fin: false }), frame(opcode.text, '4b')]),
    ],
    ['a close frame of one byte (RFC6455§5.5.1)', () => frame(opcode.close, 'x')],
    ['a close frame with a forbidden code (RFC6455§7.4.1)', () => frame(opcode.close, closePayload(1005))],
  ]) {
    it(`${what} is refused with 1002`, async () => {
      const socket = await openSession(server);
      await socket.write(bytes());
      await expectClosed(socket, 1002);
    });
  }

  it('a close reason that is not UTF-8 is refused with 1007 (RFC6455§5.5.1)', async () => {
    const socket = await openSession(server);
    await socket.sendFrame(opcode.close, Buffer.from([0x03, 0xe8, 0xff]));
    await expectClosed(socket, 1007);
  });

  it('an ordinary GET on the websocket transport leaves the connection usable', async () => {
    const connection = await RawConnection.open(server);
    await connection.write(head('GET', `/engine.io/?${direct}`));
    assert.equal((await connection.readResponse()).status, 400);
    await connection.write(upgradeHead(`/engine.io/?${direct}`));
    assert.equal((await connection.readResponse()).status, 101);
    connection.destroy();
  });
});

// RFC 6455, the server's side, paragraph by paragraph: what stands there with MUST, from a raw client. Engine.IO is in the
// way as little as can be: its messages are a `4` and any text, or any bytes, and come back as they went.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { describe, it } from 'node:test';

import { RawConnection, head } from './support/http.mjs';
import { parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { notOnNode } from './support/target.mjs';
import { soon, until, within } from './support/wait.mjs';
import { RawWebSocket, closePayload, expectClosed, frame, opcode, sampleAccept, upgradeHead } from './support/websocket.mjs';

const limit = 1_000_000;
const direct = 'EIO=4&transport=websocket';
const target = `/engine.io/?${direct}`;

/** A table of tests: [paragraph, what it demands, and what the test needs]. */
const table = (rows, run) => {
  for (const [paragraph, demand, ...rest] of rows) it(`RFC6455§${paragraph}: ${demand}`, (t) => run(t, ...rest));
};

describe('Opening handshake', () => {
  const server = sharedServer('engine', { calm: true });

  /** The first answer to these bytes, or null when the connection ends without one. */
  async function answerTo(t, bytes) {
    const connection = await RawConnection.open(server);
    t.after(() => connection.destroy());
    await connection.write(bytes);
    return connection.readResponse();
  }
  const request = upgradeHead(target);
  const without = (name) => request.replace(new RegExp(`^${name}: .*\r\n`, 'm'), '');

  table([
    ['4.2.1', 'a GET of HTTP/1.1 with the six headers is answered 101', request],
    ['4.2.1', 'the headers may come in any order', head('GET', target, ...request.trimEnd().split('\r\n').slice(2).reverse())],
    ['4.2.1', 'names of headers are taken in any case', request.replace('Sec-WebSocket-Key', 'SEC-websocket-KEY')],
    ['4.2.1', 'the value of Upgrade is taken in any case', request.replace('Upgrade: websocket', 'Upgrade: WebSocket')],
    ['4.2.1', 'Connection may list more than Upgrade, in any case', request.replace('Connection: Upgrade', 'Connection: keep-alive, uPGRADE')],
    ['4.2.1', 'Connection may be split over several lines', request.replace('Connection: Upgrade', 'Connection: keep-alive\r\nConnection: Upgrade')],
    ['4.2.1', 'further headers are ignored', upgradeHead(target, { lines: ['Cookie: a=b', 'X-Unknown: 1', 'User-Agent: raw'] })],
    ['9.1', 'Sec-WebSocket-Extensions may be split over several lines', upgradeHead(target, { lines: ['Sec-WebSocket-Extensions: foo', 'Sec-WebSocket-Extensions: bar; baz=2'] })],
    ['11.3.4', 'Sec-WebSocket-Protocol may be split over several lines', upgradeHead(target, { lines: ['Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: b'] })],
  ], async (t, bytes) => {
    const answer = await answerTo(t, bytes);
    assert.equal(answer?.statusLine, 'HTTP/1.1 101 Switching Protocols');
    assert.equal(answer.headers['sec-websocket-accept'], sampleAccept);
  });

  table([
    ['4.2.1', 'a request without a key is refused', without('Sec-WebSocket-Key'), 400],
    ['4.2.1', 'a key that is not 16 bytes in base64 is refused', upgradeHead(target, { key: 'dGhlIHNhbXBsZSBub25jZQ' }), 400],
    ['4.2.1', 'a request without a version is refused', without('Sec-WebSocket-Version'), 400],
    ['4.4', 'another version is refused', upgradeHead(target, { version: 14 }), 400],
    ['11.3.1', 'a key that is there twice is refused', request.replace(/(Sec-WebSocket-Key: .*\r\n)/, '$1$1'), 400],
    ['11.3.5', 'a version that is there twice is refused', request.replace(/(Sec-WebSocket-Version: .*\r\n)/, '$1$1'), 400],
    ['4.2.1', 'another protocol in Upgrade is no websocket', upgradeHead(target, { upgrade: 'h2c' }), 400],
    ['4.2.1', 'without Upgrade the request is none for a websocket', without('Upgrade'), 400],
    ['4.2.1', 'without Connection the request is none for a websocket', without('Connection'), 400],
    ['4.2.1', 'another method than GET is refused', upgradeHead(target, { lines: ['Content-Length: 0'] }).replace('GET', 'POST'), 400],
  ], async (t, bytes, status) => {
    const answer = await answerTo(t, bytes);
    assert.ok(answer === null || answer.status === status, `${answer?.status}`);
  });

  it('RFC6455§4.2.1: a request without Host is refused', notOnNode('needs none for an upgrade'), async (t) => {
    assert.equal((await answerTo(t, without('Host'))).status, 400);
  });

  it('RFC6455§4.2.1: the request may name the whole URI', notOnNode('takes it for a path'), async (t) => {
    const answer = await answerTo(t, request.replace(target, `http://localhost${target}`));
    assert.equal(answer.status, 101);
  });

  it('RFC6455§4.2.1: HTTP/1.0 is not upgraded', notOnNode('upgrades HTTP/1.0 as well'), async (t) => {
    const answer = await answerTo(t, request.replace('HTTP/1.1', 'HTTP/1.0'));
    assert.notEqual(answer?.status, 101);
  });

  it('RFC6455§4.2.2: the answer has Upgrade, Connection and the key signed, and nothing that was not asked for', async (t) => {
    const answer = await answerTo(t, request);
    assert.equal(answer.headers.upgrade.toLowerCase(), 'websocket');
    assert.equal(answer.headers.connection.toLowerCase(), 'upgrade');
    assert.equal(answer.headers['sec-websocket-accept'], sampleAccept);
    assert.equal(answer.headers['sec-websocket-protocol'], undefined);
    assert.equal(answer.headers['sec-websocket-extensions'], undefined);
  });

  it('RFC6455§4.2.2: of the protocols offered one is named', async (t) => {
    const answer = await answerTo(t, upgradeHead(target, { lines: ['Sec-WebSocket-Protocol: a, b'] }));
    assert.equal(answer.headers['sec-websocket-protocol'], 'a');
  });

  it('RFC6455§4.2.2: another version is answered with those that are known', async (t) => {
    const answer = await answerTo(t, upgradeHead(target, { version: 14 }));
    assert.match(answer.headers['sec-websocket-version'], /\b13\b/);
  });

  it('RFC6455§9.1: an extension that nobody knows is not agreed', async (t) => {
    const answer = await answerTo(t, upgradeHead(target, { lines: ['Sec-WebSocket-Extensions: foo; bar=1, permessage-deflate'] }));
    assert.equal(answer.status, 101);
    assert.equal(answer.headers['sec-websocket-extensions'], undefined);
  });

  for (const [what, name, value] of [
    ['9.1: malformed extensions are', 'Sec-WebSocket-Extensions', 'foo;;'],
    ['9.1: a quoted value that is no token is malformed, and', 'Sec-WebSocket-Extensions', 'foo; a="b c"'],
    ['4.2.1: a malformed list of protocols is', 'Sec-WebSocket-Protocol', 'a b'],
    ['4.1: a protocol that is named twice is', 'Sec-WebSocket-Protocol', 'a, a'],
  ]) {
    it(`RFC6455§${what} refused`, /Extensions/.test(name) ? notOnNode('looks at extensions only when it has any') : {}, async (t) => {
      const answer = await answerTo(t, upgradeHead(target, { lines: [`${name}: ${value}`] }));
      assert.equal(answer.status, 400);
      assert.equal(answer.body, name === 'Sec-WebSocket-Protocol' ? 'Invalid Sec-WebSocket-Protocol header' : 'Invalid or unacceptable Sec-WebSocket-Extensions header');
    });
  }

  it('RFC6455§4.2.1: frames may follow the request at once', async () => {
    const early = Buffer.concat([frame(opcode.text, '4one'), frame(opcode.text, '4two')]);
    const socket = await RawWebSocket.open(server, direct, { early });
    parseOpen(await socket.next());
    assert.deepEqual([await socket.next(), await socket.next()], ['4one', '4two']);
    socket.destroy();
  });

  it('RFC6455§4.2.2: it is the key of this request that is signed', async (t) => {
    const key = 'AQIDBAUGBwgJCgsMDQ4PEA==';
    const answer = await answerTo(t, upgradeHead(target, { key }));
    const signed = crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    assert.equal(answer.headers['sec-websocket-accept'], signed);
  });
});

/** A session whose open packet has been read. */
async function openSession(t, server) {
  const socket = await RawWebSocket.open(server, direct);
  t.after(() => socket.destroy());
  parseOpen(await socket.next('the open packet'));
  return socket;
}

describe('Frames and messages', () => {
  const server = sharedServer('engine', { calm: true });

  const open = (t) => openSession(t, server);
  const text = (payload, options) => frame(opcode.text, payload, options);
  const more = (payload, options) => frame(opcode.continuation, payload, options);
  const begun = (payload) => text(payload, { fin: false });
  const ping = (payload, options) => frame(opcode.ping, payload, options);
  const emoji = Buffer.from('4😀');

  // [paragraph, demand, the frames, what comes back]
  table([
    ['5.2', 'a payload of 125 bytes', text('4'.padEnd(125, 'x')), '4'.padEnd(125, 'x')],
    ['5.2', 'one of 126, with 16 bits of length', text('4'.padEnd(126, 'x')), '4'.padEnd(126, 'x')],
    ['5.2', 'one of 65,535', text('4'.padEnd(65_535, 'x')), '4'.padEnd(65_535, 'x')],
    ['5.2', 'one of 65,536, with 64 bits of length', text('4'.padEnd(65_536, 'x')), '4'.padEnd(65_536, 'x')],
    ['5.2', 'one of a million', text('4'.padEnd(limit, 'x')), '4'.padEnd(limit, 'x')],
    ['5.3', 'a mask of zeros', text('4zero', { key: Buffer.alloc(4) }), '4zero'],
    ['5.3', 'every byte under every byte of the mask', frame(opcode.binary, Buffer.from([...Array(1024).keys()].map((i) => i & 255))), Buffer.from([...Array(1024).keys()].map((i) => i & 255))],
    ['5.4', 'a message in fragments, some of them empty', Buffer.concat([begun('4he'), more('l', { fin: false }), more('', { fin: false }), more('lo')]), '4hello'],
    ['5.4', 'a binary message in fragments', Buffer.concat([frame(opcode.binary, 'a', { fin: false }), more('b')]), Buffer.from('ab')],
    ['5.4', 'a message whose fragments are all empty but one', Buffer.concat([begun(''), more('', { fin: false }), more('4', { fin: false }), more('')]), '4'],
    ['5.4', 'as many fragments as bytes', Buffer.concat([begun('4'), ...Array(2000).fill(more('x', { fin: false })), more('')]), `4${'x'.repeat(2000)}`],
    ['5.6', 'an empty binary message', frame(opcode.binary, ''), Buffer.alloc(0)],
    ['5.6', 'a character that is cut by a fragment border', Buffer.concat([begun(emoji.subarray(0, 3)), more(emoji.subarray(3))]), '4😀'],
    ['5.7', 'several frames in one piece', Buffer.concat([text('4a'), frame(opcode.pong, 'p'), text('4b')]), '4a', '4b'],
    ['8.1', 'every length of character, and the ends of its range', text('4\u0000\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}'), '4\u0000\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}'],
    ['5.5.3', 'a message behind an unsolicited pong', Buffer.concat([frame(opcode.pong, 'unasked'), text('4x')]), '4x'],
  ].map(([paragraph, demand, ...rest]) => [paragraph, `${demand} is taken`, ...rest]), async (t, bytes, ...messages) => {
    const socket = await open(t);
    await socket.write(bytes);
    for (const message of messages) assert.deepEqual(await socket.next(), message);
  });

  it('RFC6455§5.2: frames may arrive byte by byte', async (t) => {
    const socket = await open(t);
    for (const byte of Buffer.concat([begun('4by'), ping('between'), more('tes')])) await socket.write(Buffer.from([byte]));
    assert.equal(await socket.next(), '4bytes');
    assert.equal((await socket.controls.next('a pong')).payload.toString(), 'between');
  });

  // [paragraph, demand, the frames, the pongs' payloads]
  table([
    ['5.5.2', 'a ping is answered', ping(''), ''],
    ['5.5.2', 'a ping is answered with its payload, whatever bytes', ping(Buffer.alloc(125, 0xfe)), Buffer.alloc(125, 0xfe)],
    ['5.4', 'a ping between fragments is answered before the message is whole', Buffer.concat([begun('4a'), ping('between')]), 'between'],
    ['5.5.3', 'each of several pings is answered, or the last one', Buffer.concat([ping('1'), ping('2')]), '1', '2'],
  ], async (t, bytes, ...payloads) => {
    const socket = await open(t);
    await socket.write(bytes);
    for (const payload of payloads) {
      const pong = await socket.controls.next('a pong');
      assert.deepEqual([pong.code, pong.payload], [opcode.pong, Buffer.from(payload)]);
    }
  });

  it('RFC6455§5.5.2: a ping is answered behind fragments, and the message goes on', async (t) => {
    const socket = await open(t);
    await socket.write(Buffer.concat([begun('4a'), ping('between'), more('b')]));
    assert.equal((await socket.controls.next('a pong')).payload.toString(), 'between');
    assert.equal(await socket.next(), '4ab');
  });

  // [paragraph, demand, the code that is closed with, the frames]
  table([
    ['5.1', 'a frame that is not masked', 1002, text('4x', { mask: false })],
    ['5.1', 'a ping that is not masked', 1002, ping('x', { mask: false })],
    ['5.1', 'a close frame that is not masked', 1002, frame(opcode.close, closePayload(1000), { mask: false })],
    ...[1, 2, 4, 7].map((rsv) => ['5.2', `the reserved bits ${rsv} on a message`, 1002, text('4x', { rsv })]),
    ['5.2', 'a reserved bit on a ping', 1002, ping('x', { rsv: 4 })],
    ['5.2', 'a reserved bit on a continuation', 1002, Buffer.concat([begun('4a'), more('b', { rsv: 4 })])],
    ...[3, 4, 5, 6, 7].map((code) => ['5.2', `the reserved data opcode ${code}`, 1002, frame(code, 'x')]),
    ...[11, 12, 13, 14, 15].map((code) => ['5.2', `the reserved control opcode ${code}`, 1002, frame(code, 'x')]),
    ['5.4', 'a continuation without a beginning', 1002, more('x')],
    ['5.4', 'a continuation without a beginning, not the last', 1002, more('x', { fin: false })],
    ['5.4', 'a text message between fragments', 1002, Buffer.concat([begun('4a'), text('4b')])],
    ['5.4', 'a binary message between fragments', 1002, Buffer.concat([begun('4a'), frame(opcode.binary, 'b')])],
    ['5.5', 'a ping of 126 bytes', 1002, ping('x'.repeat(126))],
    ['5.5', 'a pong of 126 bytes', 1002, frame(opcode.pong, 'x'.repeat(126))],
    ['5.5', 'a close frame of 126 bytes', 1002, frame(opcode.close, closePayload(1000, 'x'.repeat(124)))],
    ['5.5', 'a ping in fragments', 1002, ping('x', { fin: false })],
    ['5.5', 'a close frame in fragments', 1002, frame(opcode.close, closePayload(1000), { fin: false })],
    ['5.5.1', 'a close frame of one byte', 1002, frame(opcode.close, 'x')],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map((code) =>
      ['7.4', `a close frame with the code ${code}`, 1002, frame(opcode.close, closePayload(code))]),
    ['5.5.1', 'a close frame whose reason is not UTF-8', 1007, frame(opcode.close, Buffer.from([0x03, 0xe8, 0xff]))],
    ['5.5.1', 'a close frame whose reason ends inside a character', 1007, frame(opcode.close, Buffer.from([0x03, 0xe8, 0xe2, 0x82]))],
    ...[
      ['an impossible byte', [0xff]], ['an overlong form', [0xc0, 0xaf]], ['an overlong form of three bytes', [0xe0, 0x80, 0xaf]],
      ['a surrogate', [0xed, 0xa0, 0x80]], ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
      ['a cut character', [0xe2, 0x82]], ['a continuation byte by itself', [0x80]],
    ].map(([what, bytes]) => ['8.1', `text with ${what}`, 1007, text(Buffer.from([0x34, ...bytes]))]),
    ['8.1', 'text that is invalid over a fragment border', 1007, Buffer.concat([begun(Buffer.from([0x34, 0xe2])), more(Buffer.from([0x28]))])],
    ['10.4', 'a message above the limit', 1009, text('4'.padEnd(limit + 1, 'x'))],
    ['10.4', 'a header that announces more than the limit, by itself', 1009, frame(opcode.binary, '', { length: 2 ** 40 })],
    ['10.4', 'fragments that exceed the limit together', 1009, Buffer.concat([begun('4'.padEnd(600_000, 'x')), more('y'.repeat(600_000))])],
  ].map(([paragraph, what, code, bytes]) => [paragraph, `${what} fails with ${code}`, code, bytes]), async (t, code, bytes) => {
    const socket = await open(t);
    await socket.write(Buffer.concat([text('4before'), bytes, text('4behind')]));
    assert.equal(await socket.next(), '4before', 'what came before counts');
    await expectClosed(socket, code);
    assert.deepEqual(socket.messages.drain(), [], 'what comes behind does not');
  });

  for (const [what, bytes] of [
    ['16 bits for 125 bytes', Buffer.from([0x81, 0x80 | 126, 0, 125])],
    ['64 bits for 65,535 bytes', Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff])],
    ['a length with the top bit set', Buffer.from([0x82, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 0])],
  ]) {
    it(`RFC6455§5.2: ${what} fails with 1002`, notOnNode('takes lengths in any form, and more than 2^53 for too much'), async (t) => {
      const socket = await open(t);
      await socket.write(bytes);
      await expectClosed(socket, 1002);
    });
  }

  it('RFC6455§8.1: an invalid byte is noticed before the message is whole', notOnNode('checks whole messages'), async (t) => {
    const socket = await open(t);
    await socket.write(begun(Buffer.from([0x34, 0xff])));
    await expectClosed(socket, 1007);
  });

  it('RFC6455§5.1: the server does not mask, and §5.2: sends no reserved bits and the shortest form of length', async (t) => {
    // RawWebSocket insists on the first two for every frame of every test.
    const connection = await RawConnection.open(server);
    t.after(() => connection.destroy());
    await connection.write(upgradeHead(target));
    await connection.readResponse();
    for (const size of [0, 125, 126, 65_535, 65_536]) {
      await connection.write(frame(opcode.binary, Buffer.alloc(size, 7)));
    }
    const skip = async () => {
      const start = await connection.peek(2);
      const short = start[1];
      const width = short === 126 ? 2 : short === 127 ? 8 : 0;
      const header = await connection.peek(2 + width);
      const size = width === 0 ? short : width === 2 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
      await connection.peek(2 + width + size);
      connection.take(2 + width + size);
      return [width, size];
    };
    await skip(); // the open packet
    const seen = [];
    for (let i = 0; i < 5; i++) seen.push(await skip());
    assert.deepEqual(seen, [[0, 0], [0, 125], [2, 126], [2, 65_535], [8, 65_536]]);
  });
});

describe('Closing', () => {
  const server = sharedServer('engine', { calm: true });

  const open = (t) => openSession(t, server);

  // [paragraph, demand, the payload, the code that comes back]
  table([
    ['5.5.1', 'a close frame is answered by one', closePayload(1000), 1000],
    ['5.5.1', 'the answer repeats the code', closePayload(1001, 'going away'), 1001],
    ['7.1.5', 'a close frame without a code is answered', Buffer.alloc(0), null],
    ['5.5.1', 'the reason may fill the frame', closePayload(1000, 'é'.repeat(61)), 1000],
    ...[1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) => ['7.4', `the code ${code} may be sent`, closePayload(code), code]),
  ], async (t, payload, code) => {
    const socket = await open(t);
    await socket.sendFrame(opcode.close, payload);
    await expectClosed(socket, code);
  });

  it('RFC6455§5.5.1: nothing is sent behind a close frame, and nothing read', async (t) => {
    const socket = await open(t);
    await socket.write(Buffer.concat([frame(opcode.text, '4a'), frame(opcode.close, closePayload(1000)), frame(opcode.text, '4b'), frame(15, 'bad')]));
    assert.equal(await socket.next(), '4a');
    await expectClosed(socket, 1000);
    assert.deepEqual(socket.messages.drain(), []);
  });

  it('RFC6455§5.4: a close frame may come between fragments', async (t) => {
    const socket = await open(t);
    await socket.sendFrame(opcode.text, '4a', { fin: false });
    await socket.close(1000);
    await expectClosed(socket, 1000);
  });

  it('RFC6455§7.1.1: the server ends TCP first', async (t) => {
    const socket = await open(t);
    await socket.close(1000);
    await within(soon, 'the end of TCP', socket.connection.ended);
  });

  it('RFC6455§7.2.1: a connection that is cut is no concern of the others', async (t) => {
    const [cut, other] = [await open(t), await open(t)];
    await cut.write(frame(opcode.text, '4half').subarray(0, 5));
    cut.connection.reset();
    await other.send('4alive');
    assert.equal(await other.next(), '4alive');
    await until('the server to run on', () => server.running);
  });
});

// RFC 7692, the server's side, paragraph by paragraph, from a raw client; and what it is for: the official client, and npm's
// ws, with compression on and off.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';
import WebSocket from 'ws';

import { RawConnection } from './support/http.mjs';
import { parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { connectClient } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { Inbox, next, soon, within } from './support/wait.mjs';
import { RawWebSocket, closePayload, deflated, expectClosed, frame, inflated, opcode, rsv1, upgradeHead } from './support/websocket.mjs';

const limit = 1_000_000;
const direct = 'EIO=4&transport=websocket';
const target = `/engine.io/?${direct}`;
const offering = (offers) => ({ lines: [`Sec-WebSocket-Extensions: ${offers}`] });
const agreed = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

describe('Negotiation (RFC7692§5, §7.1)', () => {
  const server = sharedServer('engine', { args: ['--per-message-deflate'], calm: true });

  async function answerTo(t, offers) {
    const connection = await RawConnection.open(server);
    t.after(() => connection.destroy());
    await connection.write(upgradeHead(target, offering(offers)));
    const { status, headers } = await connection.readResponse();
    return status === 101 ? headers['sec-websocket-extensions'] : status;
  }
  const ours = notOnNode('keeps context over messages, and takes smaller windows');

  // Every kind of offer, whole: tests/unit/protocol/websocket/extensions_test.cpp.
  for (const [paragraph, demand, offers, answer, options = {}] of [
    ['7.1', 'an offer without parameters is accepted', 'permessage-deflate', agreed, ours],
    ['7.1.1.1', 'server_no_context_takeover is agreed', 'permessage-deflate; server_no_context_takeover', agreed, ours],
    ['7.1.1.2', 'client_no_context_takeover is agreed', 'permessage-deflate; client_no_context_takeover', agreed, ours],
    ['7.1.2.1', 'the whole window of the server is agreed by repeating it', 'permessage-deflate; server_max_window_bits=15', `${agreed}; server_max_window_bits=15`, ours],
    ['7.1.2.1', 'a smaller window of the server is declined', 'permessage-deflate; server_max_window_bits=10', undefined, ours],
    ['7.1.2.2', 'client_max_window_bits may stand without a value', 'permessage-deflate; client_max_window_bits', agreed, ours],
    ['7.1.2.2', 'client_max_window_bits may have a value', 'permessage-deflate; client_max_window_bits=10', agreed, ours],
    ['5', 'of several offers the first that can be accepted is', 'permessage-deflate; server_max_window_bits=10, permessage-deflate', agreed, ours],
    ['5', 'others beside it are declined', 'foo, permessage-deflate', agreed, ours],
    ['7', 'an unknown parameter is refused', 'permessage-deflate; foo', 400],
    ['7', 'a parameter with a bad value is refused', 'permessage-deflate; server_max_window_bits=16', 400],
    ['7.1.2.1', 'server_max_window_bits without a value is refused', 'permessage-deflate; server_max_window_bits', 400],
    ['7', 'a parameter that is there twice is refused', 'permessage-deflate; client_max_window_bits; client_max_window_bits=9', 400],
    ['7.1.1.1', 'server_no_context_takeover with a value is refused', 'permessage-deflate; server_no_context_takeover=1', 400],
    ['7.1.2.1', 'a value with a leading zero is refused', 'permessage-deflate; server_max_window_bits=015', 400, notOnNode('reads it as Number() does')],
    ['9.1', 'what breaks the grammar is refused', 'permessage-deflate;', 400],
  ]) {
    it(`RFC7692§${paragraph}: ${demand}`, options, async (t) => assert.equal(await answerTo(t, offers), answer));
  }

  it('RFC7692§5: nothing is agreed that was not offered', async (t) => {
    const connection = await RawConnection.open(server);
    t.after(() => connection.destroy());
    await connection.write(upgradeHead(target));
    assert.equal((await connection.readResponse()).headers['sec-websocket-extensions'], undefined);
  });
});

describe('Messages (RFC7692§6, §7.2)', () => {
  const server = sharedServer('engine', { args: ['--per-message-deflate'], calm: true });

  async function open(t, offers = agreed) {
    const socket = await RawWebSocket.open(server, direct, offers ? offering(offers) : {});
    t.after(() => socket.destroy());
    parseOpen(await socket.next('the open packet'));
    socket.compressed = 0; // Node's open packet is none of ours
    return socket;
  }
  const bytes = (...hex) => Buffer.from(hex.join(''), 'hex');
  const text = (payload, options) => frame(opcode.text, payload, { rsv: rsv1, ...options });
  const more = (payload, options) => frame(opcode.continuation, payload, options);
  const hello = deflated('4Hello');
  const long = `4${'round and '.repeat(1000)}`;
  const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255));

  // [paragraph, demand, the frames, what comes back]
  for (const [paragraph, demand, sent, ...messages] of [
    ['6', 'a compressed message is inflated', text(hello), '4Hello'],
    ['6.1', 'a compressed message in fragments has the bit on the first only', Buffer.concat([text(hello.subarray(0, 3), { fin: false }), more(hello.subarray(3, 5), { fin: false }), more(hello.subarray(5))]), '4Hello'],
    ['6.1', 'fragments may be empty', Buffer.concat([text('', { fin: false }), more(hello, { fin: false }), more('')]), '4Hello'],
    ['6', 'messages that are not compressed may come between', Buffer.concat([text(hello), frame(opcode.text, '4plain'), text(hello)]), '4Hello', '4plain', '4Hello'],
    ['6', 'a binary message may be compressed', frame(opcode.binary, deflated(noise), { rsv: rsv1 }), noise],
    ['7.2.1', 'any level, a window of 9 bits', text(deflated(long, { level: 9, windowBits: 9 })), long],
    ['7.2.1', 'fixed codes only', text(deflated(long, { strategy: zlib.constants.Z_FIXED })), long],
    ['7.2.3.3', 'a block without compression is taken', text(bytes('00', '0600f9ff', '3448656c6c6f', '00')), '4Hello'],
    ['7.2.3.4', 'a block with BFINAL set is taken', text(Buffer.concat([zlib.deflateRawSync('4Hello'), bytes('00')])), '4Hello'],
    ['7.2.3.5', 'two blocks in one message are taken', text(Buffer.concat([deflated('4Hel'), bytes('0000ffff'), deflated('lo')])), '4Hello'],
    ['7.2.3.6', 'an empty message is one byte', Buffer.concat([frame(opcode.binary, bytes('00'), { rsv: rsv1 })]), Buffer.alloc(0)],
    ['7.2.2', 'a million bytes', text(deflated('4'.padEnd(limit, 'x'))), '4'.padEnd(limit, 'x')],
    ['8.1', 'characters that are cut by fragments', Buffer.concat([text(deflated('4😀é').subarray(0, 4), { fin: false }), more(deflated('4😀é').subarray(4))]), '4😀é'],
  ]) {
    it(`RFC7692§${paragraph}: ${demand}`, async (t) => {
      const socket = await open(t);
      await socket.write(sent);
      for (const message of messages) assert.deepEqual(await socket.next(), message);
    });
  }

  it('RFC7692§7.2.3.4: blocks may follow one with BFINAL set', notOnNode('stops at that one'), async (t) => {
    const socket = await open(t);
    await socket.write(text(Buffer.concat([zlib.deflateRawSync('4Hello, '), deflated('world')])));
    assert.equal(await socket.next(), '4Hello, world');
  });

  it('RFC7692§6: compressed messages may arrive byte by byte, with a ping between', async (t) => {
    const socket = await open(t);
    const all = Buffer.concat([text(hello.subarray(0, 4), { fin: false }), frame(opcode.ping, 'p'), more(hello.subarray(4))]);
    for (const byte of all) await socket.write(Buffer.from([byte]));
    assert.equal(await socket.next(), '4Hello');
    assert.equal((await socket.controls.next('a pong')).payload.toString(), 'p');
  });

  // [paragraph, demand, code, frames, further options]
  for (const [paragraph, demand, code, sent, options = {}] of [
    ['6.1', 'the bit on a continuation', 1002, Buffer.concat([text(hello.subarray(0, 3), { fin: false }), more(hello.subarray(3), { rsv: rsv1 })])],
    ['6.1', 'the bit on a ping', 1002, frame(opcode.ping, hello, { rsv: rsv1 })],
    ['6.1', 'the bit on a pong', 1002, frame(opcode.pong, hello, { rsv: rsv1 })],
    ['6.1', 'the bit on a close frame', 1002, frame(opcode.close, closePayload(1000), { rsv: rsv1 })],
    ['6', 'another reserved bit beside it', 1002, text(hello, { rsv: rsv1 | 2 })],
    ['6', 'another reserved bit by itself', 1002, text(hello, { rsv: 1 })],
    ['7.2.2', 'what cannot be inflated', 1007, text(bytes('ffffff'))],
    ['7.2.2', 'a message that breaks off', 1007, frame(opcode.binary, deflated(noise).subarray(0, deflated(noise).length >> 1), { rsv: rsv1 }), notOnNode('hands out what there is')],
    ['7.1.1.2', 'a reference to an earlier message', 1007, text(bytes('f200110000')), notOnNode('keeps context over messages')],
    ['8', 'a message that is too large when inflated', 1009, text(deflated('4'.padEnd(limit + 1, 'x')))],
    ['8', 'a bomb of 100 MB', 1009, text(deflated(Buffer.alloc(100_000_000)))],
    ['6', 'text that is not UTF-8 when inflated', 1007, text(deflated(Buffer.from([0x34, 0xff])))],
  ]) {
    it(`RFC7692§${paragraph}: ${demand} fails with ${code}`, options, async (t) => {
      const socket = await open(t);
      await socket.write(Buffer.concat([text(hello), sent, text(hello)]));
      assert.equal(await socket.next(), '4Hello', 'what came before counts');
      await expectClosed(socket, code);
      assert.deepEqual(socket.messages.drain(), []);
    });
  }

  it('RFC7692§6: the bit fails with 1002 where nothing was agreed', async (t) => {
    const socket = await open(t, null);
    await socket.write(text(hello));
    await expectClosed(socket, 1002);
  });

  it('RFC7692§6.1: long messages are sent compressed, short ones and those that gain nothing are not', async (t) => {
    const socket = await open(t);
    for (const [message, compressed] of [['4'.padEnd(1023, 'x'), 0], ['4'.padEnd(1024, 'x'), 1], [noise, 0], [Buffer.alloc(5000), 1]]) {
      socket.compressed = 0;
      await (typeof message === 'string' ? socket.send(message) : socket.sendBinary(message));
      assert.deepEqual(await socket.next(), message);
      if (message !== noise) assert.equal(socket.compressed, compressed, `${message.length} bytes`);
    }
  });

  it('RFC7692§7.1.1.1: every message can be inflated by itself', notOnNode('keeps context over messages'), async (t) => {
    const socket = await open(t, 'permessage-deflate');
    for (let i = 0; i < 3; i++) {
      await socket.send(long);
      assert.equal(await socket.next(), long); // RawWebSocket inflates each one anew
    }
    assert.equal(socket.compressed, 3);
  });

  it('what one read holds is inflated to eight long messages, and no more', notOnNode('has no such limit'), async (t) => {
    const long = text(deflated('4'.padEnd(limit, 'x')));
    const eight = await open(t);
    await eight.write(Buffer.concat(Array(8).fill(long)));
    for (let i = 0; i < 8; i++) assert.equal((await eight.next()).length, limit);
    const nine = await open(t);
    await nine.write(Buffer.concat(Array(9).fill(long)));
    await expectClosed(nine, 1009);
  });

  it('bombs leave no memory behind', async (t) => {
    const bomb = deflated(Buffer.alloc(100_000_000));
    const round = async () => {
      for (let i = 0; i < 5; i++) {
        const socket = await open(t);
        await socket.write(text(bomb));
        await expectClosed(socket, 1009);
      }
    };
    await round();
    const before = server.memory();
    await round();
    assert.ok(server.memory() - before < 20_000_000, `${server.memory() - before} bytes more`);
  });
});

describe('The ws package', () => {
  const server = sharedServer('engine', { args: ['--per-message-deflate'], calm: true });

  async function open(t, perMessageDeflate) {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${target}`, { perMessageDeflate, ca: server.ca });
    t.after(() => socket.terminate());
    const answers = new Inbox();
    socket.on('message', (data, isBinary) => answers.push(isBinary ? data : data.toString()));
    parseOpen(await answers.next('the open packet'));
    return [socket, () => answers.next('a message')];
  }

  for (const [name, perMessageDeflate, extension] of [
    ['without compression', false, ''],
    ['with its defaults', true, 'permessage-deflate'],
    ['with every message compressed', { threshold: 0 }, 'permessage-deflate'],
    ['without context takeover', { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }, 'permessage-deflate'],
    ['with a small window of its own', { threshold: 0, clientMaxWindowBits: 9 }, 'permessage-deflate'],
  ]) {
    it(`${name}: texts, bytes, fragments and pings come back`, async (t) => {
      const [socket, answer] = await open(t, perMessageDeflate);
      assert.equal(socket.extensions, extension);
      for (const size of [0, 1, 125, 126, 1023, 1024, 65_535, 65_536, 500_000]) {
        const message = `4${'été 😀'.repeat(size)}`.slice(0, size + 1).replace(/[\ud800-\udbff]$/, '');
        socket.send(message);
        assert.equal(await answer(), message);
        const bytes = Buffer.alloc(size, 'roomcast');
        socket.send(bytes);
        assert.ok(bytes.equals(await answer()), `${size} bytes`);
      }
      socket.send('4one ', { fin: false });
      socket.send('two '.repeat(1000), { fin: false });
      const ponged = once(socket, 'pong');
      socket.ping('between');
      socket.send('three', { fin: true });
      const [pong] = await within(soon, 'a pong', ponged);
      assert.equal(pong.toString(), 'between');
      assert.equal(await answer(), `4one ${'two '.repeat(1000)}three`);
      for (let i = 0; i < 20; i++) socket.send(`4${i} ${'again and '.repeat(300)}`, { compress: i % 2 === 0 });
      for (let i = 0; i < 20; i++) assert.equal(await answer(), `4${i} ${'again and '.repeat(300)}`);
      const closed = once(socket, 'close');
      socket.close(1000, 'done');
      const [code] = await within(soon, 'the close event', closed);
      assert.equal(code, 1000);
    });
  }

  it('with a small window of the server: not compressed', notOnNode('takes it'), async (t) => {
    const [socket] = await open(t, { serverMaxWindowBits: 10 });
    assert.equal(socket.extensions, '');
  });
});

describe('The official client', () => {
  for (const serverDeflates of [true, false]) {
    const server = sharedServer('conformance', { args: serverDeflates ? ['--per-message-deflate'] : [], calm: true });

    for (const perMessageDeflate of [{ threshold: 0 }, { threshold: 1024 }, false]) {
      for (const transports of [['websocket'], ['polling', 'websocket']]) {
        it(`with ${JSON.stringify({ perMessageDeflate, transports, serverDeflates })}: long and short events come back`, async (t) => {
          const client = await connectClient(t, server, { transports, perMessageDeflate });
          if (transports.length > 1 && client.io.engine.transport.name !== 'websocket') await next(client.io.engine, 'upgrade');
          assert.equal(client.io.engine.transport.ws?.extensions ?? '', serverDeflates && perMessageDeflate ? 'permessage-deflate' : '');
          for (const payload of ['short', 'long '.repeat(2000), { list: Array(500).fill({ a: 'é😀' }) }, Buffer.alloc(5000, 'bytes'), [Buffer.alloc(3), 'x'.repeat(3000)]]) {
            const back = next(client, 'message-back');
            client.emit('message', payload);
            assert.deepEqual(await back, [payload]);
          }
        });
      }
    }
  }
});

// Used above, and worth nothing if it is wrong.
it('what the raw client compresses can be inflated', () => {
  assert.equal(inflated(deflated('Hello')).toString(), 'Hello');
});

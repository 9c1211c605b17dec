// Engine.IO v4 over WebSocket; the paragraphs are those of the protocol reference. RFC 6455 itself: rfc6455.test.mjs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import WebSocket from 'ws';

import { RawConnection, head } from './support/http.mjs';
import { PollingSession, parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { next, soon, within } from './support/wait.mjs';
import { RawWebSocket, expectClosed, sampleAccept, upgradeHead } from './support/websocket.mjs';

const direct = 'EIO=4&transport=websocket';

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

  it('the request may arrive byte by byte', async () => {
    const connection = await RawConnection.open(server);
    for (const byte of upgradeHead(`/engine.io/?${direct}`)) await connection.write(byte);
    assert.equal((await connection.readResponse()).status, 101);
    connection.destroy();
  });

  it('the ws package is served as well', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/engine.io/?${direct}`, { ca: server.ca });
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

  it('with b64=1 the server sends binary as base64 text', async () => {
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

  it('a session whose websocket was closed is unknown afterwards', async () => {
    const socket = await RawWebSocket.open(server, direct);
    const { sid } = parseOpen(await socket.next());
    await socket.close();
    await within(soon, 'a close frame', socket.closed);
    await new PollingSession(server, `/engine.io/?EIO=4&transport=polling&sid=${sid}`, false).untilGone();
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

// Engine.IO v4 over HTTP long-polling; the paragraphs are those of the protocol reference.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';

import { RawConnection, head, headerOrder, request } from './support/http.mjs';
import { PollingSession, parseOpen, separator } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { notOnNode } from './support/target.mjs';
import { pause } from './support/wait.mjs';

const handshake = '/engine.io/?EIO=4&transport=polling';
const unknownSid = 'abcdefghijklmnopqrst';

const refusal = (code, message) => JSON.stringify({ code, message });
const transportUnknown = refusal(0, 'Transport unknown');
const sessionUnknown = refusal(1, 'Session ID unknown');
const badMethod = refusal(2, 'Bad handshake method');
const badRequest = refusal(3, 'Bad request');
const unsupported = refusal(5, 'Unsupported protocol version');

function assertRefused(response, body) {
  assert.equal(response.status, 400);
  assert.equal(response.body, body);
  assert.equal(response.headers['content-type'], 'application/json');
  assert.equal(response.headers['cache-control'], undefined);
}

function assertEmpty(response, status) {
  assert.equal(response.status, status);
  assert.equal(response.body, '');
}

describe('Polling handshake (Engine.IO v4 §3)', () => {
  const server = sharedServer('engine');

  it('answers with the open packet, its keys in the documented order and nothing else', async () => {
    const response = await request(server, handshake);
    assert.equal(response.status, 200);
    assert.match(
      response.body,
      /^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\["websocket"\],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000\}$/,
    );
  });

  it('sends Content-Type, Content-Length and cache-control, in this order, and no cookie (§5, §9)', async () => {
    const response = await request(server, handshake);
    assert.deepEqual(headerOrder(response), ['content-type', 'content-length', 'cache-control']);
    assert.equal(response.headers['content-type'], 'text/plain; charset=UTF-8');
    assert.equal(response.headers['content-length'], String(response.bytes.length));
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.equal(response.headers['set-cookie'], undefined);
  });

  it('gives every session another sid', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => request(server, handshake)));
    assert.equal(new Set(answers.map(({ body }) => parseOpen(body).sid)).size, 50);
  });

  it('treats an empty sid as a handshake (§1)', async () => {
    const response = await request(server, `${handshake}&sid=`);
    assert.equal(response.status, 200);
    assert.match(parseOpen(response.body).sid, /^.{20}$/);
  });
});

describe('Request targets (Engine.IO v4 §1)', () => {
  const server = sharedServer('engine', { calm: true });

  for (const [target, why] of [
    ['/engine.io/abc?EIO=4&transport=polling', 'begins with the path'],
    ['/engine.io/?transport=polling&EIO=4&x=1', 'has its parameters in another order'],
    ['/engine.io/?EIO=3&EIO=4&transport=websocket&transport=polling', 'repeats parameters, of which the last wins'],
    ['/engine.io/?EIO=4&transport=%70olling', 'is percent-encoded in a value'],
    ['/engine.io/?%45IO=4&transpor%74=polling', 'is percent-encoded in a name'],
    ['/engine.io/?EIO=4&transport=polling&t=abc123&b64=1', 'carries a cache buster'],
    ['/engine.io/?EIO=4&transport=polling&a=[x]&b=%zz&c=%', 'has an odd but harmless query'],
  ]) {
    it(`a target that ${why} is taken: ${target}`, async () => {
      const response = await request(server, target);
      assert.equal(response.status, 200, response.body);
      assert.equal(response.body[0], '0');
    });
  }

  for (const target of [
    '/engine.io?EIO=4&transport=polling',
    '//engine.io/?EIO=4&transport=polling',
    '/Engine.IO/?EIO=4&transport=polling',
    '/engine.iox/?EIO=4&transport=polling',
    '/a/engine.io/?EIO=4&transport=polling',
    '/%65ngine.io/?EIO=4&transport=polling',
  ]) {
    it(`a target that does not begin with the path is left to the application: ${target}`, async () => {
      assert.equal((await request(server, target)).status, 404);
    });
  }

  it('a semicolon does not separate parameters', async () => {
    assertRefused(await request(server, '/engine.io/?EIO=4;transport=polling'), transportUnknown);
  });
});

describe('Refused requests (Engine.IO v4 §4)', () => {
  const server = sharedServer('engine', { calm: true });

  for (const [cause, method, query, body] of [
    ['no parameters', 'GET', '', transportUnknown],
    ['no transport', 'GET', '?EIO=4', transportUnknown],
    ['an unknown transport', 'GET', '?EIO=4&transport=abc', transportUnknown],
    ['webtransport over HTTP', 'GET', '?EIO=4&transport=webtransport', transportUnknown],
    ['a transport named like a built-in property', 'GET', '?EIO=4&transport=constructor', transportUnknown],
    ['an unknown transport with an unknown sid', 'GET', `?EIO=4&transport=abc&sid=${unknownSid}`, transportUnknown],
    ['no EIO', 'GET', '?transport=polling', unsupported],
    ['EIO=3', 'GET', '?EIO=3&transport=polling', unsupported],
    ['EIO=5', 'GET', '?EIO=5&transport=polling', unsupported],
    ['EIO=04', 'GET', '?EIO=04&transport=polling', unsupported],
    ['EIO=abc', 'GET', '?EIO=abc&transport=polling', unsupported],
    ['a handshake by POST', 'POST', '?EIO=4&transport=polling', badMethod],
    ['a handshake by PUT', 'PUT', '?EIO=4&transport=polling', badMethod],
    ['a handshake by DELETE', 'DELETE', '?EIO=4&transport=polling', badMethod],
    ['a handshake by PATCH', 'PATCH', '?EIO=4&transport=polling', badMethod],
    ['a POST with EIO=3: the method is looked at first', 'POST', '?EIO=3&transport=polling', badMethod],
    ['an unknown sid', 'GET', `?EIO=4&transport=polling&sid=${unknownSid}`, sessionUnknown],
    ['a POST to an unknown sid', 'POST', `?EIO=4&transport=polling&sid=${unknownSid}`, sessionUnknown],
    ['an unknown sid with EIO=3: the sid is looked at first', 'GET', `?EIO=3&transport=polling&sid=${unknownSid}`, sessionUnknown],
    ['a sid named like a built-in property', 'GET', '?EIO=4&transport=polling&sid=__proto__', sessionUnknown],
    ['websocket without an upgrade', 'GET', '?EIO=4&transport=websocket', badRequest],
    ['websocket by POST: the method is looked at first', 'POST', '?EIO=4&transport=websocket', badMethod],
    ['websocket without an upgrade, with an unknown sid', 'GET', `?EIO=4&transport=websocket&sid=${unknownSid}`, sessionUnknown],
  ]) {
    it(`${cause} is answered ${body}`, async () => {
      assertRefused(await request(server, `/engine.io/${query}`, { method }), body);
    });
  }

  it('a handshake by HEAD is answered 400 without a body', async () => {
    assertEmpty(await request(server, handshake, { method: 'HEAD' }), 400);
  });

  it('control characters in Origin are answered 400', async () => {
    const connection = await RawConnection.open(server);
    await connection.write(head('GET', handshake, 'Origin: a\x01b'));
    assert.equal((await connection.readResponse())?.status, 400);
    connection.destroy();
  });

  it('the transport of a request must be that of the session', async () => {
    const session = await PollingSession.open(server);
    assertRefused(await request(server, session.target.replace('=polling', '=websocket')), badRequest);
    await session.expectEcho();
  });

  it('the protocol of a request must be that of the session', async () => {
    const session = await PollingSession.open(server);
    assertRefused(await request(server, session.target.replace('EIO=4', 'EIO=3')), badRequest);
    assertRefused(await request(server, session.target.replace('EIO=4&', '')), badRequest);
    await session.expectEcho();
  });
});

describe('Polling traffic (Engine.IO v4 §2, §5)', () => {
  const server = sharedServer('engine', { calm: true });

  it('a POST is answered ok, with the documented headers', async () => {
    const session = await PollingSession.open(server);
    const response = await session.post('4hello', { headers: { 'Content-Type': 'text/plain;charset=UTF-8' } });
    assert.deepEqual([response.status, response.body], [200, 'ok']);
    assert.deepEqual(headerOrder(response), ['content-type', 'content-length', 'cache-control']);
    assert.equal(response.headers['content-type'], 'text/html');
    assert.equal(response.headers['content-length'], '2');
    assert.equal(response.headers['cache-control'], 'no-store');
  });

  it('a GET returns what is buffered, with the documented headers', async () => {
    const session = await PollingSession.open(server);
    await session.send('4hello');
    const response = await session.poll();
    assert.deepEqual([response.status, response.body], [200, '4hello']);
    assert.equal(response.headers['content-type'], 'text/plain; charset=UTF-8');
    assert.equal(response.headers['content-length'], '6');
    assert.equal(response.headers['cache-control'], 'no-store');
  });

  it('a GET waits until there is something to send', async () => {
    const session = await PollingSession.open(server);
    const waiting = session.poll();
    await session.send('4later');
    assert.equal((await waiting).body, '4later');
  });

  it('all buffered packets leave in one payload, in order', async () => {
    const session = await PollingSession.open(server);
    await session.send('4a', '4b', '4c');
    await session.send('4d');
    assert.equal((await session.poll()).body, ['4a', '4b', '4c', '4d'].join(separator));
  });

  it('binary travels as b and standard base64 with padding', async () => {
    const session = await PollingSession.open(server);
    await session.send('4hello', 'bAQIDBA==');
    assert.equal((await session.poll()).body, `4hello${separator}bAQIDBA==`);
  });

  for (const [received, meant] of [['bAQIDBA', 'bAQIDBA=='], ['b-_8', 'b+/8='], ['b', 'b'], ['bAQ ID\nBA==', 'bAQIDBA==']]) {
    it(`base64 is read leniently: ${JSON.stringify(received)} is ${meant}`, async () => {
      const session = await PollingSession.open(server);
      await session.send(received);
      assert.equal(await session.next(), meant);
    });
  }

  it('text is UTF-8', async () => {
    const session = await PollingSession.open(server);
    const text = '4€ 😀 \u2028 \u007f é';
    await session.send(text);
    const response = await session.poll();
    assert.equal(response.body, text);
    assert.equal(response.headers['content-length'], String(Buffer.byteLength(text)));
  });

  it('a message may be empty', async () => {
    const session = await PollingSession.open(server);
    await session.send('4');
    assert.equal(await session.next(), '4');
  });

  for (const type of [undefined, 'application/x-www-form-urlencoded', 'application/octet-stream; charset=x', 'nonsense']) {
    it(`the content type of a POST may be ${type ?? 'absent'}`, async () => {
      const session = await PollingSession.open(server);
      const headers = type ? { 'Content-Type': type } : {};
      assert.equal((await session.post('4typed', { headers })).body, 'ok');
      assert.equal(await session.next(), '4typed');
    });
  }

  it('open, upgrade, noop and a spare pong from a client are ignored (§6)', async () => {
    const session = await PollingSession.open(server);
    for (const packet of ['0', '5', '6', '3']) await session.send(packet);
    await session.expectEcho();
  });

  it('a body may arrive chunked and byte by byte', async () => {
    const session = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    await connection.write(head('POST', session.target, 'Transfer-Encoding: chunked'));
    for (const byte of '4slow') await connection.write(`1\r\n${byte}\r\n`);
    await connection.write('0\r\n\r\n');
    assert.equal((await connection.readResponse()).body, 'ok');
    connection.destroy();
    assert.equal(await session.next(), '4slow');
  });

  it('one TCP connection carries one request after another, also when they are pipelined', async () => {
    const session = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    const post = (packet) => head('POST', session.target, `Content-Length: ${packet.length}`) + packet;
    await connection.write(post('4one'));
    assert.equal((await connection.readResponse()).body, 'ok');
    await connection.write(post('4two') + post('4three'));
    assert.equal((await connection.readResponse()).body, 'ok');
    assert.equal((await connection.readResponse()).body, 'ok');
    connection.destroy();
    assert.deepEqual([await session.next(), await session.next(), await session.next()], ['4one', '4two', '4three']);
  });
});

describe('Limits and methods on a session (Engine.IO v4 §4)', () => {
  const server = sharedServer('engine', { calm: true });
  const limit = 1_000_000;

  it('a body of exactly maxHttpBufferSize is taken and may be sent back', async () => {
    const session = await PollingSession.open(server);
    const packet = `4${'x'.repeat(limit - 1)}`;
    await session.send(packet);
    assert.equal(await session.next(), packet);
  });

  it('a body of one byte more is answered 413 without a body, and the session stays', async () => {
    const session = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    await connection.write(head('POST', session.target, `Content-Length: ${limit + 1}`) + '4'.padEnd(limit + 1, 'x'));
    assertEmpty(await connection.readResponse(), 413);
    connection.destroy();
    await session.expectEcho();
  });

  it('the limit counts bytes, not characters', async () => {
    const session = await PollingSession.open(server);
    const body = Buffer.from(`4${'é'.repeat(limit / 2)}`);
    const connection = await RawConnection.open(server);
    await connection.write(Buffer.concat([Buffer.from(head('POST', session.target, `Content-Length: ${body.length}`)), body]));
    assertEmpty(await connection.readResponse(), 413);
    connection.destroy();
    await session.expectEcho();
  });

  it('a declared length above the limit is refused before the body arrives', notOnNode('it reads the body first'), async () => {
    const session = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    await connection.write(head('POST', session.target, 'Content-Length: 99999999999'));
    assertEmpty(await connection.readResponse(), 413);
    connection.destroy();
    await session.expectEcho();
  });

  it('the limit holds for a chunked body too', async () => {
    const session = await PollingSession.open(server);
    const connection = await RawConnection.open(server);
    const size = limit + 1;
    await connection.write(
      `${head('POST', session.target, 'Transfer-Encoding: chunked')}${size.toString(16)}\r\n${'4'.padEnd(size, 'x')}\r\n0\r\n\r\n`,
    );
    assertEmpty(await connection.readResponse(), 413);
    connection.destroy();
    await session.expectEcho();
  });

  for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD']) {
    it(`${method} on a session is answered 500 without a body, and the session stays`, async () => {
      const session = await PollingSession.open(server);
      assertEmpty(await request(server, session.target, { method }), 500);
      await session.expectEcho();
    });
  }

  it('a POST of application/octet-stream is answered 400 without a body and closes the session', async () => {
    const session = await PollingSession.open(server);
    assertEmpty(await session.post('4x', { headers: { 'Content-Type': 'application/octet-stream' } }), 400);
    await session.expectGone();
  });

  for (const [what, body] of [
    ['an unknown type', '7'],
    ['letters', 'abc'],
    ['nothing', ''],
    ['a leading separator', `${separator}4a`],
    ['a doubled separator', `4a${separator}${separator}4b`],
    ['a trailing separator', `4a${separator}`],
  ]) {
    it(`a body with ${what} is answered ok, the pending GET gets a close packet, the session is over`, async () => {
      const session = await PollingSession.open(server);
      const pending = session.poll();
      await pause(30); // so that the GET is pending; nothing announces it
      const response = await session.post(body);
      assert.deepEqual([response.status, response.body], [200, 'ok']);
      const { status, body: last } = await pending;
      assert.equal(status, 200);
      // Packets before the bad one are delivered, so their echo may travel first.
      assert.match(last, body.startsWith('4a') ? /^(4a|4a\x1e1|1)$/ : /^1$/);
      await session.expectGone();
    });
  }

  it('a ping from a client is answered ok and closes the session', async () => {
    const session = await PollingSession.open(server);
    const response = await session.post('2');
    assert.deepEqual([response.status, response.body], [200, 'ok']);
    await session.expectGone();
  });

  it('a second GET while one is pending closes the session: one gets 400, the other a close packet', async () => {
    const session = await PollingSession.open(server);
    const answers = await Promise.all([session.get(), session.get()]);
    answers.sort((a, b) => a.status - b.status);
    assert.deepEqual([answers[0].status, answers[0].body], [200, '1']);
    assertEmpty(answers[1], 400);
    await session.expectGone();
  });

  it('a second POST while a body is still arriving is answered 400, and the first connection is destroyed', async () => {
    const session = await PollingSession.open(server);
    const half = await RawConnection.open(server);
    await half.write(head('POST', session.target, 'Content-Length: 10') + '4half');
    await pause(50); // so that the server has read it; nothing announces it
    assertEmpty(await session.post('4x'), 400);
    assert.equal((await half.readToEnd()).length, 0);
    await session.expectGone();
  });
});

describe('The end of a polling session (Engine.IO v4 §4, §8)', () => {
  const server = sharedServer('engine', { calm: true });

  it('a close packet is answered ok, a pending GET is released by a noop, the session is over', async () => {
    const session = await PollingSession.open(server);
    const pending = session.poll();
    await pause(30); // so that the GET is pending; nothing announces it
    await session.send('1');
    const { status, body } = await pending;
    assert.deepEqual([status, body], [200, '6']);
    await session.expectGone();
  });

  it('a close packet without a pending GET ends the session too', async () => {
    const session = await PollingSession.open(server);
    await session.send('1');
    await session.expectGone();
  });

  it('packets after a close packet are dropped', async () => {
    const session = await PollingSession.open(server);
    await session.send('4a', '1', '4b');
    await session.expectGone();
  });
});

describe('A client that goes away (Engine.IO v4 §4)', () => {
  // A server with slow heartbeats, so that only the lost connection can end the session.
  const server = sharedServer('bench');

  it('a dropped pending GET ends the session', async () => {
    const session = await PollingSession.open(server);
    const poll = await RawConnection.open(server);
    await poll.write(head('GET', session.target));
    await pause(30); // so that the GET is pending; nothing announces it
    assert.equal((await session.post('6')).status, 200);
    poll.destroy();
    await session.untilGone();
  });

  it('a half-sent POST whose connection is dropped ends the session', async () => {
    const session = await PollingSession.open(server);
    const post = await RawConnection.open(server);
    await post.write(head('POST', session.target, 'Content-Length: 10') + '4half');
    await pause(30); // so that the server has read it; nothing announces it
    post.destroy();
    await pause(30); // a POST that overlaps the half one would end the session too
    await session.untilGone();
  });
});

describe('CORS with origin * (Engine.IO v4 §9)', () => {
  const server = sharedServer('conformance', { calm: true });
  const target = '/socket.io/?EIO=4&transport=polling';
  const headers = { Origin: 'http://elsewhere.example' };

  it('every reply allows any origin: handshake, POST and error', async () => {
    const session = await PollingSession.open(server, { headers });
    for (const response of [
      await request(server, target, { headers }),
      await session.post('40', { headers }),
      await request(server, '/socket.io/?EIO=4&transport=abc', { headers }),
    ]) {
      assert.equal(response.headers['access-control-allow-origin'], '*');
      assert.equal(response.headers.vary, undefined);
    }
  });

  it('a preflight is answered 204 before the sid is looked at', async () => {
    const response = await request(server, `${target}&sid=${unknownSid}`, {
      method: 'OPTIONS',
      headers: { ...headers, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-one' },
    });
    assertEmpty(response, 204);
    assert.equal(response.headers['content-length'], '0');
    assert.equal(response.headers['access-control-allow-origin'], '*');
    assert.equal(response.headers['access-control-allow-methods'], 'GET,HEAD,PUT,PATCH,POST,DELETE');
    assert.equal(response.headers['access-control-allow-headers'], 'x-one');
    assert.equal(response.headers.vary, 'Access-Control-Request-Headers');
  });
});

describe('Compression of polling replies (Engine.IO v4 §5)', () => {
  const server = sharedServer('engine', { calm: true });
  const long = `4${'compressible '.repeat(200)}`;

  for (const [accepted, used, decode] of [
    ['gzip, deflate', 'gzip', zlib.gunzipSync],
    ['deflate', 'deflate', zlib.inflateSync],
    ['*', 'gzip', zlib.gunzipSync],
    ['br', undefined, (bytes) => bytes],
  ]) {
    it(`Accept-Encoding: ${accepted} gets ${used ?? 'an uncompressed reply'}`, async () => {
      const session = await PollingSession.open(server);
      await session.send(long);
      const response = await session.get({ headers: { 'Accept-Encoding': accepted } });
      assert.equal(response.headers['content-encoding'], used);
      assert.equal(decode(response.bytes).toString(), long);
    });
  }

  it('a payload below the threshold of 1024 bytes is never compressed', async () => {
    const session = await PollingSession.open(server);
    await session.send('4short');
    const response = await session.get({ headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(response.headers['content-encoding'], undefined);
    assert.equal(response.body, '4short');
  });
});

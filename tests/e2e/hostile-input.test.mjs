// Whatever one peer sends: the process lives, the others notice nothing, and no descriptor or memory stays behind.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { describe, it } from 'node:test';

import { RawConnection, head, request } from './support/http.mjs';
import { answerTo, serverWithNeighbours } from './support/neighbours.mjs';
import { scrape } from './support/metrics.mjs';
import { PollingSession, parseOpen } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { RawClient, makeClient, transportChoices, whenConnected } from './support/socketio.mjs';
import { notOnNode, onNode } from './support/target.mjs';
import { next, pause, soon, until, within } from './support/wait.mjs';
import { RawWebSocket, frame, opcode, upgradeHead } from './support/websocket.mjs';

const megabyte = 1024 * 1024;
const pollingTarget = '/socket.io/?EIO=4&transport=polling';
const websocketTarget = '/socket.io/?EIO=4&transport=websocket';

/** Joins the main namespace of the bench target, which does not greet. */
async function join(client) {
  await client.send('0');
  assert.match(await client.next('the answer to CONNECT'), /^0\{"sid":/);
  return client;
}

const openRaw = async (server) => join(await RawClient.open(server));

const closedBy = (socket) => within(soon, 'the server to close the connection', socket.closed);

describe('Hostile HTTP', () => {
  const server = serverWithNeighbours();

  for (const [what, bytes, options] of [
    ['no HTTP at all', Buffer.from('hello\r\n\r\n')],
    ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex')],
    ['random bytes', crypto.randomBytes(4096)],
    ['zero bytes', Buffer.alloc(1000)],
    ['an impossible version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['a negative length', `POST ${pollingTarget} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`],
    ['a length that is no number', `POST ${pollingTarget} HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n`],
    ['a length beyond 64 bits', `POST ${pollingTarget} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n`],
    ['two different lengths', `POST ${pollingTarget} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['a length and chunks at once', `POST ${pollingTarget} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `GET ${pollingTarget} HTTP/1.1\r\nHost : x\r\n\r\n`, notOnNode('version 18 takes it')],
    ['a zero byte in a header', `GET ${pollingTarget} HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n`],
  ].map(([what, bytes, options = {}]) => [what, bytes, options])) {
    it(`${what}: the connection gets 400 or just ends`, options, server.survives(async () => {
      const response = await answerTo(server, bytes, 3000);
      assert.ok(response === null || response === undefined || response.status >= 400, `answered ${response?.status}`);
    }));
  }

  it('a chunk of an impossible size ends the request', server.survives(async () => {
    const session = await PollingSession.open(server);
    for (const size of ['FFFFFFFFFFFFFFFFFF', '-5', 'xyz']) {
      const response = await answerTo(server, `${head('POST', session.target, 'Transfer-Encoding: chunked')}${size}\r\nabc`, 3000);
      assert.ok(!response || response.status >= 400, `answered ${response?.status}`);
    }
  }));

  it('10,000 headers are answered 431 (advisory CVE-2024-37890)', server.survives(async () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `X${i}: 1`);
    assert.equal((await answerTo(server, head('GET', pollingTarget, ...lines), soon))?.status, 431);
    assert.equal((await answerTo(server, upgradeHead(websocketTarget, { lines }), soon))?.status, 431);
  }));

  it('a header of 1 MB is answered 431', server.survives(async () => {
    assert.equal((await answerTo(server, head('GET', pollingTarget, `X: ${'x'.repeat(megabyte)}`), soon))?.status, 431);
  }));

  it('a request line of 1 MB is refused', server.survives(async () => {
    const response = await answerTo(server, head('GET', `${pollingTarget}&x=${'x'.repeat(megabyte)}`), soon);
    assert.ok(!response || [400, 414, 431].includes(response.status), `answered ${response?.status}`);
  }));

  // As long as a head may be, so that the line gets to its reader.
  const noList = onNode ? 101 : 400; // ws, which does not compress here, does not read what it could
  const names = Array.from({ length: 3000 }, (_, i) => i.toString(36).padStart(4, '_'));
  for (const [what, status, line] of [
    ['15 KB of spaces between two protocols', 400, `Sec-WebSocket-Protocol: a${' '.repeat(15_000)}b`],
    ['15 KB of spaces in front of a protocol', 101, `Sec-WebSocket-Protocol: a,${' '.repeat(15_000)}b`],
    ['3,000 protocols', 101, `Sec-WebSocket-Protocol: ${names}`],
    ['3,000 protocols, the last one twice', 400, `Sec-WebSocket-Protocol: ${[...names, names.at(-1)]}`],
    ['15 KB of commas in its protocols', 400, `Sec-WebSocket-Protocol: ${','.repeat(15_000)}`],
    ['15 KB of spaces in its extensions', 101, `Sec-WebSocket-Extensions: a;${' '.repeat(15_000)}b`],
    ['15 KB of spaces between two extensions', noList, `Sec-WebSocket-Extensions: a${' '.repeat(15_000)}b`],
    ['15 KB of commas in its extensions', noList, `Sec-WebSocket-Extensions: ${','.repeat(15_000)}`],
    ['15 KB of quotes and backslashes', noList, `Sec-WebSocket-Extensions: a; b="${'\\a'.repeat(7500)}`],
    ['7,500 offers of what we do not have', 101, `Sec-WebSocket-Extensions: ${'x,'.repeat(7500)}permessage-deflate`],
    ['1,400 parameters of an extension', 101, `Sec-WebSocket-Extensions: x${'; a="\\b1"'.repeat(1400)}`],
  ]) {
    it(`an upgrade with ${what} is answered ${status} at once (advisory CVE-2021-32640)`, server.survives(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => answerTo(server, upgradeHead(websocketTarget, { lines: [line] }), soon)));
      assert.deepEqual(answers.map((answer) => answer?.status), Array(20).fill(status));
    }));
  }

  it('a header of 8 KB is fine', server.survives(async () => {
    assert.equal((await request(server, pollingTarget, { headers: { Cookie: 'x'.repeat(8000) } })).status, 200);
  }));

  it('hundreds of half requests and slow headers hold up nobody', server.survives(async () => {
    const halves = [
      'G', 'GET ', `GET ${pollingTarget} HTTP/1.1\r\n`, `GET ${pollingTarget} HTTP/1.1\r\nHost: x\r\nX-Slow`, upgradeHead(websocketTarget).slice(0, -2),
    ];
    const connections = await Promise.all(Array.from({ length: 300 }, () => RawConnection.open(server)));
    await Promise.all(connections.map((connection, i) => connection.write(halves[i % halves.length])));
    for (let i = 0; i < 5; i++) {
      await Promise.all(connections.map((connection) => connection.write('x')));
      assert.equal((await request(server, pollingTarget)).status, 200);
    }
    connections.forEach((connection) => connection.destroy());
  }));

  it('half-sent bodies that are dropped leave nothing behind', server.survives(async () => {
    await Promise.all(Array.from({ length: 50 }, async () => {
      const session = await PollingSession.open(server);
      const connection = await RawConnection.open(server);
      await connection.write(`${head('POST', session.target, 'Content-Length: 500000')}4half`);
      connection.reset();
    }));
  }));

  it('1,000 refused POSTs leave nothing open (advisory GHSA-r635-g3xr-vw7x)', server.survives(async () => {
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 50 }, async () => {
        const headers = { 'Content-Type': 'application/octet-stream' };
        const response = await request(server, `${pollingTarget}&sid=abcdefghijklmnopqrst`, { method: 'POST', body: 'x', headers });
        assert.equal(response.status, 400);
      }));
    }
  }));

  it('POSTs of the wrong type to living sessions are answered, each', server.survives(async () => {
    await Promise.all(Array.from({ length: 50 }, async () => {
      const session = await PollingSession.open(server);
      assert.equal((await session.post('x', { headers: { 'Content-Type': 'application/octet-stream' } })).status, 400);
    }));
  }));

  for (const sid of ['__proto__', 'constructor', 'toString', '0', '%00', '%ff%fe', '../../etc', "'%20OR%201=1", 'a'.repeat(5000), '-_-_-_-_-_-_-_-_-_-_', '____________________']) {
    it(`the sid ${sid.slice(0, 24)} is unknown, by GET, POST and upgrade`, server.survives(async () => {
      for (const method of ['GET', 'POST']) {
        const response = await request(server, `${pollingTarget}&sid=${sid}`, { method });
        assert.deepEqual([response.status, response.body], [400, '{"code":1,"message":"Session ID unknown"}']);
      }
      assert.equal((await answerTo(server, upgradeHead(`${websocketTarget}&sid=${sid}`)))?.body, 'Session ID unknown');
    }));
  }

  it('every pipelined request gets its answer', server.survives(async () => {
    const connection = await RawConnection.open(server);
    await connection.write(head('GET', '/socket.io/?EIO=4').repeat(100));
    for (let i = 0; i < 100; i++) assert.equal((await connection.readResponse()).status, 400);
    connection.destroy();
  }));

  it('connections that wait keep nothing of what they were sent or refused', notOnNode('its memory is its own matter'), server.survives(async () => {
    const body = 'x'.repeat(60_000);
    for (const bytes of [
      `${head('POST', `${pollingTarget}&sid=abcdefghijklmnopqrst`, `Content-Length: ${body.length}`)}${body}`, // 400, and stays
      head('GET', pollingTarget, ...Array(1500).fill('a:')), // 431, and our half is open for two seconds
    ]) {
      const start = server.memory();
      const connections = await Promise.all(Array.from({ length: 200 }, () => RawConnection.open(server)));
      for (const connection of connections) {
        await connection.write(bytes);
        await connection.readResponse();
      }
      assert.ok(server.memory() - start < 5 * megabyte, `grew by ${server.memory() - start} bytes`);
      connections.forEach((connection) => connection.destroy());
    }
  }));

  it('a body of one-byte chunks arrives whole (advisory CVE-2026-48779)', server.survives(async () => {
    const session = await PollingSession.open(server);
    await session.send('40');
    await session.next();
    const packet = `421["echo","${'x'.repeat(20_000)}"]`;
    const connection = await RawConnection.open(server);
    await connection.write(head('POST', session.target, 'Transfer-Encoding: chunked') + [...packet].map((byte) => `1\r\n${byte}\r\n`).join('') + '0\r\n\r\n');
    assert.equal((await connection.readResponse()).body, 'ok');
    connection.destroy();
    assert.equal(await session.next(), `431["${'x'.repeat(20_000)}"]`);
  }));
});

describe('Bodies that nobody looks at', notOnNode('it has no routes of its own'), () => {
  const server = serverWithNeighbours();

  for (const [what, method, target, status] of [
    ['for a path that nobody answers', 'POST', '/nothing', 404],
    ['for what has no method POST', 'POST', '/metrics', 405],
    ["for the browser client's files", 'GET', '/socket.io/socket.io.js', 200],
    ['without a session', 'POST', pollingTarget, 400],
  ]) {
    it(`${what} are read and not kept`, server.survives(async () => {
      const size = 900_000;
      const received = async () => (await scrape(server)).value('roomcast_received_bytes_total');
      const [start, before] = [server.memory(), await received()];
      const connections = await Promise.all(Array.from({ length: 40 }, async () => {
        const connection = await RawConnection.open(server);
        await connection.write(head(method, target, `Content-Length: ${size}`) + 'x'.repeat(size - 1));
        return connection;
      }));
      await until('all but the last bytes to be read', async () => (await received()) > before + 40 * size);
      assert.ok(server.memory() - start < 15 * megabyte, `grew by ${server.memory() - start} bytes`);
      await Promise.all(connections.map(async (connection) => {
        await connection.write('x');
        assert.equal((await connection.readResponse()).status, status);
        connection.destroy();
      }));
    }));
  }
});

describe('Hostile frames', () => {
  const server = serverWithNeighbours();

  it('random bytes after the handshake end that connection only', server.survives(async () => {
    await Promise.all(Array.from({ length: 30 }, async () => {
      const socket = await RawWebSocket.open(server);
      await socket.write(Buffer.concat([Buffer.from([0xff]), crypto.randomBytes(200)]));
      await closedBy(socket);
    }));
  }));

  it('a frame that declares 2^63 bytes is refused from its header (advisory CVE-2016-10542)', server.survives(async () => {
    for (const length of [2n ** 63n, 2n ** 63n - 1n, 2n ** 64n - 1n, 1_000_001n]) {
      const socket = await RawWebSocket.open(server);
      const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
      header.writeBigUInt64BE(length, 2);
      await socket.write(header);
      const how = await closedBy(socket);
      assert.ok([1009, 1002].includes(how?.code), `closed with ${how?.code}`);
    }
  }));

  it('a message of one-byte fragments arrives, and memory stays in proportion (advisory CVE-2026-48779)', server.survives(async () => {
    const client = await openRaw(server);
    const count = onNode ? 10_000 : 500_000; // ws has taken no more than 16,384 since that advisory
    const packet = `421["echo","${'x'.repeat(count)}"]`;
    const key = Buffer.from('abcd');
    const pieces = [...packet].map((byte, i) =>
      frame(i === 0 ? opcode.text : opcode.continuation, byte, { fin: i === packet.length - 1, key }));
    const start = server.memory();
    const last = pieces.pop();
    await client.socket.write(Buffer.concat(pieces));
    await client.socket.sendFrame(opcode.ping, 'have you read all that?');
    await client.socket.controls.next('a pong');
    if (!onNode) assert.ok(server.memory() - start < 10 * megabyte, `grew by ${server.memory() - start} bytes`);
    await client.socket.write(last);
    assert.equal(await client.next(), `31["${'x'.repeat(count)}"]`);
    client.destroy();
  }));

  it('endless empty fragments cost no memory', notOnNode('ws refuses them after some thousands'), server.survives(async () => {
    const client = await openRaw(server);
    const start = server.memory();
    await client.socket.sendFrame(opcode.text, '4', { fin: false });
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => frame(opcode.continuation, '', { fin: false })));
    for (let i = 0; i < 10; i++) await client.socket.write(many);
    assert.ok(server.memory() - start < 20 * megabyte, `grew by ${server.memory() - start} bytes`);
    client.destroy();
  }));

  it('a flood of ping frames is answered or ends, and harms nobody', server.survives(async () => {
    const client = await openRaw(server);
    await client.socket.write(Buffer.concat(Array.from({ length: 5000 }, () => frame(opcode.ping, 'x'.repeat(100)))));
    await client.socket.controls.next('a pong');
    client.destroy();
  }));

  it('connections that are reset at any moment leave nothing behind', server.survives(async () => {
    const script = [upgradeHead(websocketTarget), frame(opcode.text, '40'), frame(opcode.text, '421["echo","x"]'), frame(opcode.text, '42["cut').subarray(0, 5)];
    for (let step = 1; step <= script.length; step++) {
      await Promise.all(Array.from({ length: 20 }, async () => {
        const connection = await RawConnection.open(server);
        for (const bytes of script.slice(0, step)) await connection.write(bytes);
        connection.reset();
      }));
    }
  }));

  it('a peer that never reads is cut off, and memory stays bounded', notOnNode('it queues without bound'), server.survives(async () => {
    const client = await openRaw(server);
    client.socket.connection.socket.pause();
    const start = server.memory();
    const big = frame(opcode.text, `421["echo","${'x'.repeat(900_000)}"]`);
    for (let i = 0; i < 100 && !client.socket.connection.closed; i++) {
      await Promise.race([client.socket.write(big), pause(500)]);
    }
    assert.ok(server.memory() - start < 64 * megabyte, `grew by ${server.memory() - start} bytes`);
    client.destroy();
  }));
});

describe('Hostile packets', () => {
  const server = serverWithNeighbours();

  it('a body full of refused CONNECTs and packets behind them holds up nobody', notOnNode('its time is its own matter'), server.survives(async () => {
    const session = await PollingSession.open(server);
    const packets = [...Array.from({ length: 40_000 }, (_, i) => `40/${i},`), ...Array(40_000).fill('42/39999,["x"]')];
    assert.equal((await session.post(packets.join('\x1e'))).body, 'ok');
    await within(soon, 'an answer to somebody else', request(server, pollingTarget));
  }));

  for (const packet of [
    '5999999-["message",{"_placeholder":true,"num":0}]', '599999999999999999999-["message"]', '50-["message"]', '5-1-["message"]', '51.5-["message"]',
    '2[{"toString":"x"}]', '2[["message"]]', '4{"message":"error"}', '9', `2[${'"a",'.repeat(5000)}`, `2["message",${'9'.repeat(100_000)}x]`,
  ]) {
    it(`${packet.slice(0, 50)} ends that connection only (advisories of the parser)`, server.survives(async () => {
      const client = await openRaw(server);
      await client.send(packet);
      await closedBy(client);
    }));
  }

  it('an announced attachment that never comes holds nothing but its connection, which heartbeats end', server.survives(async () => {
    const silent = await openRaw(server);
    await silent.send('51-["message",{"_placeholder":true,"num":0}]');
    await openRaw(server).then((client) => client.destroy());
    silent.destroy();
  }));

  it('announcing attachments and leaving, again and again, costs no memory', server.survives(async () => {
    const start = server.memory();
    const packet = `510-["message",${JSON.stringify('x'.repeat(50_000))}]`;
    for (let i = 0; i < 40; i++) {
      await Promise.all(Array.from({ length: 50 }, async () => {
        const client = await openRaw(server);
        await client.send(packet);
        client.destroy();
      }));
    }
    if (!onNode) assert.ok(server.memory() - start < 30 * megabyte, `grew by ${server.memory() - start} bytes`);
  }));

  it('text while an attachment is awaited ends that connection only', server.survives(async () => {
    const client = await openRaw(server);
    await client.send('51-["message",{"_placeholder":true,"num":0}]');
    await client.send('2["message"]');
    await closedBy(client);
  }));

  for (const [what, json] of [
    ['arrays nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects nested 50,000 deep', '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000)],
  ]) {
    it(`${what} are taken or refused, not fatal`, notOnNode('its recursion may overflow'), server.survives(async () => {
      const client = await openRaw(server);
      await client.send(`21["echo",${json}]`);
      await Promise.race([client.next().catch(() => {}), closedBy(client)]);
      client.destroy();
    }));
  }

  it('a number of 100,000 digits, a million zeros and long escapes are taken', server.survives(async () => {
    const client = await openRaw(server);
    for (const json of [`1${'0'.repeat(100_000)}e-100000`, `0.${'0'.repeat(900_000)}1`, `"${'\\u0041'.repeat(100_000)}"`]) {
      await client.send(`21["echo",${json}]`);
      assert.match(await client.next(), /^31\[/);
    }
    client.destroy();
  }));

  it('many namespaces asked for in vain, with odd names, are each refused', server.survives(async () => {
    const client = await openRaw(server);
    const odd = ['/__proto__', '/constructor', `/${'n'.repeat(10_000)}`, '/é😀', '//', '/ ', '/a/b/c', '/%00'];
    for (const namespace of [...odd, ...Array.from({ length: 500 }, (_, i) => `/n${i}`)]) {
      await client.send(`0${namespace},`);
      assert.equal(await client.next(), `4${namespace},{"message":"Invalid namespace"}`);
    }
    await client.send('21["echo",1]');
    assert.equal(await client.next(), '31[1]');
    client.destroy();
  }));

  it('special key names in auth and arguments are only data (advisory GHSA-gr94-w7qr-f4j3)', server.survives(async () => {
    const client = await RawClient.open(server);
    await client.send('0{"toString":1,"hasOwnProperty":2,"length":-1}');
    assert.match(await client.next(), /^0\{"sid":/);
    await client.send('21["echo",{"toString":{"constructor":1}}]');
    assert.equal(await client.next(), '31[{"toString":{"constructor":1}}]');
    for (const room of ['__proto__', 'constructor', '']) {
      await client.send(`22["join","${room}"]`);
      assert.equal(await client.next(), '32[]');
    }
    client.destroy();
  }));

  it('CONNECT and DISCONNECT in quick alternation do no harm', server.survives(async () => {
    const client = await RawClient.open(server);
    for (let i = 0; i < 100; i++) {
      await join(client);
      await client.send('1');
      await client.settle();
    }
    client.destroy();
  }));
});

describe('Silent peers', () => {
  const server = sharedServer('conformance');

  it('a peer that announces an attachment and falls silent is closed by the heartbeat', async () => {
    const socket = await RawWebSocket.open(server, undefined, { pong: false });
    parseOpen(await socket.next());
    await socket.send('40');
    await socket.send('451-["message",{"_placeholder":true,"num":0}]').catch(() => {});
    assert.ok(await closedBy(socket));
  });

  it('websockets that never send a packet are closed, and their descriptors with them', async () => {
    const start = server.descriptors();
    const sockets = await Promise.all(Array.from({ length: 50 }, () => RawWebSocket.open(server, undefined, { pong: false })));
    await Promise.all(sockets.map(closedBy));
    await until('the descriptors to be closed', () => server.descriptors() <= start + 2, { ms: 10_000 });
  });

  it('an official client beside them keeps its heartbeat', async (t) => {
    const client = makeClient(t, server, { ...transportChoices.websocket, reconnection: true, reconnectionDelay: 10 });
    client.connect();
    await whenConnected(client);
    await next(client.io.engine, 'heartbeat');
  });
});

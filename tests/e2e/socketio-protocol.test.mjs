// Socket.IO v5 packet by packet over a bare WebSocket; the paragraphs are those of the protocol reference.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PollingSession, separator } from './support/polling.mjs';
import { sharedServer } from './support/server.mjs';
import { RawClient } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { pause, soon, within } from './support/wait.mjs';

const ids = /^[A-Za-z0-9_-]{20}$/;
const placeholder = (num) => ({ _placeholder: true, num });

async function joined(server, namespace = '/') {
  const client = await RawClient.open(server);
  await client.join(namespace);
  return client;
}

/** The server must end the connection with a plain close frame and without any further packet. */
async function expectClosed(client) {
  const how = await within(soon, 'the server to close the connection', client.closed);
  assert.ok(how, 'TCP ended without a close frame');
  assert.equal(how.code, null);
  assert.deepEqual(client.socket.messages.drain(), []);
}

describe('CONNECT (Socket.IO v5 §3)', () => {
  const server = sharedServer('conformance', { calm: true });

  it('is answered with a socket id of 20 characters that is not the Engine.IO sid', async () => {
    const client = await RawClient.open(server);
    await client.send('0');
    const answer = await client.next();
    assert.match(answer, /^0\{"sid":"[^"]+"\}$/);
    const { sid } = JSON.parse(answer.slice(1));
    assert.match(sid, ids);
    assert.notEqual(sid, client.engineId);
    client.destroy();
  });

  it('hands the auth object to the application, which sends it after the answer', async () => {
    const client = await RawClient.open(server);
    await client.join('/', { token: 'été', nested: { list: [1, null, true] } });
    client.destroy();
  });

  it('without a payload gives an empty auth object', async () => {
    const client = await RawClient.open(server);
    await client.join('/');
    client.destroy();
  });

  for (const packet of ['0/custom,', '0/custom', '0/custom,{"a":1}']) {
    it(`joins another namespace by ${packet}`, async () => {
      const client = await RawClient.open(server);
      await client.send(packet);
      assert.match(await client.next(), /^0\/custom,\{"sid":"[^"]{20}"\}$/);
      assert.equal(await client.next(), `2/custom,["auth",${packet.includes('{') ? '{"a":1}' : '{}'}]`);
      client.destroy();
    });
  }

  it('an id on CONNECT is ignored', async () => {
    const client = await RawClient.open(server);
    await client.send('07');
    assert.match(await client.next(), /^0\{"sid":"[^"]+"\}$/);
    client.destroy();
  });

  for (const namespace of ['/nope', '/custom?x=1', '/Custom', '/custom/', '/__proto__']) {
    it(`for ${namespace} is refused with "Invalid namespace", and the connection stays open`, async () => {
      const client = await RawClient.open(server);
      await client.send(`0${namespace},`);
      assert.equal(await client.next(), `4${namespace},{"message":"Invalid namespace"}`);
      await client.join();
      await client.expectEcho();
      client.destroy();
    });
  }

  it('several namespaces share a connection, each with its own sid, and events stay apart', async () => {
    const client = await RawClient.open(server);
    await client.send('0');
    await client.send('0/custom,');
    const packets = [];
    for (let i = 0; i < 4; i++) packets.push(await client.next());
    const [main, custom] = [/^0\{"sid":"(.+)"\}$/, /^0\/custom,\{"sid":"(.+)"\}$/].map((form) =>
      packets.map((packet) => form.exec(packet)?.[1]).find(Boolean),
    );
    assert.ok(main && custom && main !== custom, packets.join(' '));
    // The target listens in the main namespace only.
    await client.send('2/custom,["message","not this"]');
    await client.expectEcho();
    client.destroy();
  });

  for (const payload of ['"x"', '[]', 'null', '{', '{"a":1}x']) {
    it(`with the payload ${payload} closes the connection`, async () => {
      const client = await RawClient.open(server);
      await client.send(`0${payload}`);
      await expectClosed(client);
    });
  }

  it('for a namespace that is joined already closes the connection', async () => {
    const client = await joined(server);
    await client.send('0');
    await expectClosed(client);
  });

  for (const packet of ['2["message","x"]', '30[]', '1', '4{"message":"x"}', '51-["message",{"_placeholder":true,"num":0}]']) {
    it(`${packet} as the first packet closes the connection`, async () => {
      const client = await RawClient.open(server);
      await client.send(packet, ...(packet[0] === '5' ? [Buffer.from([1])] : []));
      await expectClosed(client);
    });
  }

  it('an event right behind its CONNECT is held until the connect is decided, and then delivered',
    notOnNode('it closes the connection'), async () => {
      const client = await RawClient.open(server);
      await Promise.all([client.send('0'), client.send('2["message","early"]')]);
      assert.match(await client.next(), /^0\{"sid":/);
      assert.equal(await client.next(), '2["auth",{}]');
      assert.equal(await client.next(), '2["message-back","early"]');
      client.destroy();
    });

  it('events in the same polling payload as their CONNECT are held too, in order',
    notOnNode('it closes the connection'), async () => {
      const session = await PollingSession.open(server);
      await session.send('40', '42["message",1]', '42["message",2]');
      const packets = [];
      for (let i = 0; i < 4; i++) packets.push(await session.next());
      assert.match(packets[0], /^40\{"sid":/);
      assert.deepEqual(packets.slice(1), ['42["auth",{}]', '42["message-back",1]', '42["message-back",2]']);
    });

  it('an event right behind a CONNECT that is refused does not keep the refusal from arriving',
    notOnNode('it closes the connection'), async () => {
      const client = await RawClient.open(server);
      await Promise.all([client.send('0/nope,'), client.send('2/nope,["message","early"]')]);
      assert.equal(await client.next(), '4/nope,{"message":"Invalid namespace"}');
      // An unknown namespace is refused at once, so the event may count as one that no CONNECT covers (§2): then it closes.
      client.destroy();
    });
});

describe('connectTimeout (Socket.IO v5 §3)', { concurrency: true }, () => {
  const connectTimeout = 1000;
  const server = sharedServer('conformance', { calm: true, env: { ROOMCAST_CONNECT_TIMEOUT: String(connectTimeout) } });

  async function expectTimeout(client, start) {
    const how = await within(connectTimeout + 3000, 'the server to close the connection', client.closed);
    const elapsed = Date.now() - start;
    assert.equal(how?.code, null);
    assert.ok(elapsed >= connectTimeout - 5, `closed after ${elapsed} ms`);
  }

  it('a connection that joins no namespace is closed', async () => {
    const start = Date.now();
    await expectTimeout(await RawClient.open(server), start);
  });

  it('a refused namespace does not stop the timer', async () => {
    const start = Date.now();
    const client = await RawClient.open(server);
    await client.send('0/nope,');
    await client.next();
    await expectTimeout(client, start);
  });

  it('a connection that has joined stays, also when it leaves again', async () => {
    const client = await joined(server);
    await client.send('1');
    await client.settle();
    await pause(connectTimeout + 300);
    await client.join();
    await client.expectEcho();
    client.destroy();
  });
});

describe('Events and acknowledgements (Socket.IO v5 §1, §2)', () => {
  const server = sharedServer('conformance', { calm: true });

  for (const args of [
    [], [1], ['a', null, true, 1.5, -0.25], [[], {}, [[1], { a: { b: [] } }]], ['€ 😀 \u2028\u2029\u007f/'], ['\ud800'],
    ['"\\\b\t\n\f\r\u0000\u001f'], [1e21, 1e-7, 5e-324, 123456789012345680000], [{ b: 1, a: 2 }],
    [{ _placeholder: true, num: 0 }], ['x'.repeat(5000)],
  ]) {
    const json = JSON.stringify(args);
    it(`message with ${json.slice(0, 60)} comes back byte for byte`, async () => {
      const client = await joined(server);
      await client.send(`2${JSON.stringify(['message', ...args])}`);
      assert.equal(await client.next(), `2${JSON.stringify(['message-back', ...args])}`);
      client.destroy();
    });

    it(`message-with-ack with ${json.slice(0, 60)} is acknowledged with the same`, async () => {
      const client = await joined(server);
      await client.send(`212${JSON.stringify(['message-with-ack', ...args])}`);
      assert.equal(await client.next(), `312${json}`);
      client.destroy();
    });
  }

  for (const [id, answered] of [['0', '0'], ['007', '7'], ['4294967296', '4294967296']]) {
    it(`an event with id ${id} is acknowledged with id ${answered}`, async () => {
      const client = await joined(server);
      await client.send(`2${id}["message-with-ack"]`);
      assert.equal(await client.next(), `3${answered}[]`);
      client.destroy();
    });
  }

  it('arrays nested 500 deep come back', async () => {
    const client = await joined(server);
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
    await client.send(`2["message",${deep}]`);
    assert.equal(await client.next(), `2["message-back",${deep}]`);
    client.destroy();
  });

  it('many packets in a row are handled in order of arrival', async () => {
    const client = await joined(server);
    for (let i = 0; i < 200; i++) client.send(`2["message",${i}]`);
    for (let i = 0; i < 200; i++) assert.equal(await client.next(), `2["message-back",${i}]`);
    client.destroy();
  });

  for (const [what, packet] of [
    ['an event without payload', '2'],
    ['an event without payload but with an id', '212'],
    ['an event nobody listens to', '2["nobody"]'],
    ['an event whose name is a number', '2[1,2]'],
    ['an event with an empty name', '2[""]'],
    ['an event named error', '2["error","x"]'],
    ['an event named connection', '2["connection"]'],
    ['an event named like a built-in property', '2["__proto__",1]'],
    ['a message-with-ack that wants none', '2["message-with-ack",1]'],
    ['an acknowledgement of an unknown id', '399["x"]'],
    ['an acknowledgement without an id', '3["x"]'],
    ['an acknowledgement without payload', '30'],
    ['whitespace around the JSON', '2["nobody" , 1 ] \r\n'],
  ]) {
    it(`${what} does no harm`, async () => {
      const client = await joined(server);
      await client.send(packet);
      await client.expectEcho();
      client.destroy();
    });
  }
});

describe('Binary (Socket.IO v5 §1)', () => {
  const server = sharedServer('conformance', { calm: true });
  const bytes = (...values) => Buffer.from(values);

  it('an event with attachments at any depth comes back with them', async () => {
    const client = await joined(server);
    const args = [placeholder(0), { a: { b: [placeholder(1)] } }, 'text'];
    await client.send(`52-${JSON.stringify(['message', ...args])}`, bytes(1, 2), bytes(3));
    assert.deepEqual(await client.nextEvent(), {
      type: 5, namespace: '/', id: null, args: ['message-back', bytes(1, 2), { a: { b: [bytes(3)] } }, 'text'],
    });
    client.destroy();
  });

  it('an acknowledgement with attachments is a BINARY_ACK', async () => {
    const client = await joined(server);
    await client.send(`51-789${JSON.stringify(['message-with-ack', placeholder(0)])}`, bytes(1, 2, 3));
    assert.deepEqual(await client.nextEvent(), { type: 6, namespace: '/', id: 789, args: [bytes(1, 2, 3)] });
    client.destroy();
  });

  it('an empty attachment counts', async () => {
    const client = await joined(server);
    await client.send(`51-${JSON.stringify(['message', placeholder(0)])}`, bytes());
    assert.deepEqual((await client.nextEvent()).args, ['message-back', bytes()]);
    client.destroy();
  });

  it('placeholders may be out of order, repeated or fewer than the attachments', async () => {
    const client = await joined(server);
    await client.send(`52-${JSON.stringify(['message', placeholder(1), placeholder(0)])}`, bytes(1), bytes(2));
    assert.deepEqual((await client.nextEvent()).args, ['message-back', bytes(2), bytes(1)]);
    await client.send(`51-${JSON.stringify(['message', placeholder(0), placeholder(0)])}`, bytes(1));
    assert.deepEqual((await client.nextEvent()).args, ['message-back', bytes(1), bytes(1)]);
    await client.send(`52-${JSON.stringify(['message', placeholder(0)])}`, bytes(1), bytes(2));
    assert.deepEqual((await client.nextEvent()).args, ['message-back', bytes(1)]);
    client.destroy();
  });

  it('ten attachments are taken', async () => {
    const client = await joined(server);
    const all = Array.from({ length: 10 }, (_, i) => bytes(i));
    await client.send(`510-${JSON.stringify(['message', ...all.map((_, i) => placeholder(i))])}`, ...all);
    assert.deepEqual((await client.nextEvent()).args, ['message-back', ...all]);
    client.destroy();
  });

  it('a heartbeat between a packet and its attachment does no harm', async () => {
    const client = await joined(server);
    await client.send(`51-${JSON.stringify(['message', placeholder(0)])}`);
    await client.socket.send('3');
    await client.socket.sendBinary(bytes(7));
    assert.deepEqual((await client.nextEvent()).args, ['message-back', bytes(7)]);
    client.destroy();
  });
});

describe('Protocol violations close the connection (Socket.IO v5 §1, §2)', () => {
  const server = sharedServer('conformance', { calm: true });

  for (const packet of [
    '9', 'x', '7["message"]', '2{}', '2[]', '2[null]', '2[{"toString":"x"}]', '2[["message"]]', '2[true]', '2"message"', '21.5["message"]', '2-1["message"]',
    '2["message"', '2["message",]', "2['message']", '2["message"]x', '2["message",01]', '2["message",NaN]', '2["message","\u0001"]',
    '2["message","\\x"]', '2["message",+1]', '2["message",1.]', '1{"a":1}', '1[]', '30{}', '30"x"', '4{"message":"x"}', '4"x"', '4', '0', '0{}',
    ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].map((name) => `2["${name}"]`),
    '50-["message"]', '511-["message"]', '5-["message"]', '5["message"]', '51["message"]', '5x-["message"]', '5-1-["message"]', '60-["x"]', '611-["x"]',
    '5999999999-["message"]',
    '2/custom,["message","x"]', '3/custom,0[]', '1/custom,', '2/nope,["x"]',
  ]) {
    it(`${packet} (§1, §2)`, async () => {
      const client = await joined(server);
      await client.send(packet);
      await expectClosed(client);
    });
  }

  it('text while an attachment is awaited', async () => {
    const client = await joined(server);
    await client.send('51-["message",{"_placeholder":true,"num":0}]');
    await client.send('2["message","x"]');
    await expectClosed(client);
  });

  it('a binary message that was not announced', async () => {
    const client = await joined(server);
    await client.socket.sendBinary(Buffer.from([1]));
    await expectClosed(client);
  });

  it('one attachment too many', async () => {
    const client = await joined(server);
    await client.send('51-["nobody",{"_placeholder":true,"num":0}]', Buffer.from([1]), Buffer.from([2]));
    await expectClosed(client);
  });

  for (const num of ['1', '-1', '"0"', 'null', '1e9', '{}']) {
    it(`a placeholder whose number is ${num}`, async () => {
      const client = await joined(server);
      await client.send(`51-["message",{"_placeholder":true,"num":${num}}]`, Buffer.from([1]));
      await expectClosed(client);
    });
  }
});

describe('DISCONNECT (Socket.IO v5 §2)', () => {
  const server = sharedServer('conformance', { calm: true });

  // Nothing answers a DISCONNECT.
  async function leave(client, packet = '1') {
    await client.send(packet);
    await client.settle();
  }

  it('leaves the connection open; a new CONNECT gives a new sid', async () => {
    const client = await RawClient.open(server);
    const first = await client.join();
    await leave(client);
    const second = await client.join();
    assert.notEqual(second, first);
    await client.expectEcho();
    client.destroy();
  });

  it('leaves the other namespaces alone', async () => {
    const client = await joined(server);
    await client.join('/custom');
    await leave(client, '1/custom,');
    await client.expectEcho();
    await client.join('/custom');
    await client.expectEcho();
    client.destroy();
  });

  it('makes later events for that namespace a violation', async () => {
    const client = await joined(server);
    await leave(client);
    await client.send('2["message"]');
    await expectClosed(client);
  });
});

describe('Socket.IO over polling (Socket.IO v5 §2, Engine.IO v4 §8)', () => {
  const server = sharedServer('conformance', { calm: true });

  async function joinedByPolling() {
    const session = await PollingSession.open(server);
    await session.send('40');
    assert.match(await session.next(), /^40\{"sid":/);
    assert.equal(await session.next(), '42["auth",{}]');
    return session;
  }

  it('a packet and its attachment may come in one POST or in two', async () => {
    const session = await joinedByPolling();
    await session.send('451-["message",{"_placeholder":true,"num":0}]', 'bAQID');
    assert.deepEqual([await session.next(), await session.next()], ['451-["message-back",{"_placeholder":true,"num":0}]', 'bAQID']);
    await session.send('451-["message",{"_placeholder":true,"num":0}]');
    await session.send('bBAUG');
    assert.deepEqual([await session.next(), await session.next()], ['451-["message-back",{"_placeholder":true,"num":0}]', 'bBAUG']);
  });

  it('many packets in one payload are handled in order', async () => {
    const session = await joinedByPolling();
    await session.send(...Array.from({ length: 100 }, (_, i) => `42["message",${i}]`));
    for (let i = 0; i < 100; i++) assert.equal(await session.next(), `42["message-back",${i}]`);
  });

  for (const violation of ['42/custom,["x"]', '42{}']) {
    it(`the violation ${violation} without a pending GET: the next GET gets a noop and a close packet`, async () => {
      const session = await joinedByPolling();
      await session.send(violation);
      const { status, body } = await session.get();
      assert.deepEqual([status, body], [200, `6${separator}1`]);
      await session.expectGone();
    });
  }

  it('a violation while a GET is pending: it gets a close packet', async () => {
    const session = await joinedByPolling();
    const pending = session.get();
    await pause(30); // so that the GET is pending; nothing announces it
    await session.send('42{}');
    const { status, body } = await pending;
    assert.deepEqual([status, body], [200, '1']);
    await session.expectGone();
  });
});

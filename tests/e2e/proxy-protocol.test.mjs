// Clients behind the real HAProxy, which says who they are in a header of the PROXY protocol.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Authority, tlsFlags } from './support/certificates.mjs';
import { startHaproxy } from './support/haproxy.mjs';
import { RawConnection, request } from './support/http.mjs';
import { adminPort, scrape } from './support/metrics.mjs';
import { roomcast, run, sharedServer, startServer } from './support/server.mjs';
import { connectClient, transportChoices } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { soon, until, within } from './support/wait.mjs';

const ours = notOnNode('the official server reads no PROXY protocol');
const trusting = ['--proxy-protocol', '--trusted-proxy', '127.0.0.0/8'];
const polling = (server) => `${server.path}?EIO=4&transport=polling`;

/** Asks over a connection of its own that begins with `header`; resolves with what comes back until it ends. */
async function ask(server, header) {
  const connection = await RawConnection.open(server);
  connection.socket.write(Buffer.concat([Buffer.from(header, 'latin1'), Buffer.from('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')]));
  let text = '';
  connection.socket.on('data', (bytes) => (text += bytes));
  await within(soon, 'the end of the connection', connection.ended);
  return text;
}

for (const how of ['send-proxy', 'send-proxy-v2']) {
  for (const scheme of ['http', 'https']) {
    describe(`HAProxy with ${how}, ${scheme} through it`, ours, () => {
      const authority = new Authority("roomcast's test authority");
      const tls = scheme === 'https' ? tlsFlags(authority.issue('server', 'localhost')) : [];
      const server = sharedServer('conformance', { calm: true, args: [...trusting, ...tls] });

      for (const [name, transport] of Object.entries(transportChoices)) {
        it(`a client by ${name} is served, under its own address`, async (t) => {
          const proxy = await startHaproxy(t, server, how);
          const client = await connectClient(t, proxy, { ...transport, ca: authority.pem });
          const [secure, address] = await within(soon, 'an answer', new Promise((resolve) => client.emit('handshake', (...answer) => resolve(answer))));
          assert.deepEqual([secure, address], [scheme === 'https', '127.0.0.1']);
        });
      }
    });
  }
}

describe('PROXY protocol', ours, () => {
  const server = sharedServer('hooks', { args: trusting });

  it('a trusted address without a header is closed without an answer, and counted', async (t) => {
    const counting = await startServer('conformance', { args: [...trusting, '--admin-port', '0', '--log-level', 'debug'] });
    t.after(() => counting.stop());
    const admin = await adminPort(counting);
    assert.equal(await ask(counting, ''), '');
    assert.equal((await scrape(admin)).value('roomcast_proxy_headers_refused_total'), 1);
    const line = /debug 127\.0\.0\.1: a connection of a trusted proxy was closed: no header of the PROXY protocol/;
    await until('the line in the log', () => line.test(counting.stderr));
  });

  it('a header of either version is read, and what is wrong with one ends the connection', async () => {
    assert.match(await ask(server, 'PROXY TCP4 198.51.100.7 127.0.0.1 4000 443\r\n'), /^HTTP\/1\.1 200 OK/);
    assert.match(await ask(server, 'PROXY UNKNOWN\r\n'), /^HTTP\/1\.1 200 OK/);
    assert.match(await ask(server, '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'), /^HTTP\/1\.1 200 OK/);
    assert.equal(await ask(server, 'PROXY TCP4 198.51.100.777 127.0.0.1 4000 443\r\n'), '');
  });

  it('from an address that is not trusted a header is what any other bytes are', async (t) => {
    const wary = await startServer('conformance', { args: ['--proxy-protocol', '--trusted-proxy', '192.0.2.1'] });
    t.after(() => wary.stop());
    assert.equal((await request(wary, polling(wary))).status, 200);
    assert.match(await ask(wary, 'PROXY TCP4 198.51.100.7 127.0.0.1 4000 443\r\n'), /^HTTP\/1\.1 400 /);
  });

  it('the address in the header is the one that limits count', async (t) => {
    const limited = await startServer('conformance', { calm: true, args: [...trusting, '--max-clients-per-address', '1'] });
    t.after(() => limited.stop());
    const open = async (address) => {
      const connection = await RawConnection.open(limited);
      connection.socket.write(`PROXY TCP4 ${address} 127.0.0.1 4000 443\r\nGET ${polling(limited)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      let text = '';
      connection.socket.on('data', (bytes) => (text += bytes));
      await within(soon, 'an answer', connection.ended);
      return text.slice(9, 12);
    };
    assert.deepEqual([await open('198.51.100.7'), await open('198.51.100.7'), await open('198.51.100.8')], ['200', '503', '200']);
  });

  it('without trusted proxies it is refused, by a line that names both flags', async () => {
    const { code, stderr } = await run(roomcast, ['chat', '--proxy-protocol']);
    assert.equal(code, 2);
    assert.match(stderr, /^[^\n]*--proxy-protocol[^\n]*--trusted-proxy[^\n]*\n$/);
  });
});

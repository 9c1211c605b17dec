// https and wss: official clients, certificates of both sides, new files on SIGHUP, and the flags.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import tls from 'node:tls';
import { describe, it } from 'node:test';

import { Authority, tlsFlags } from './support/certificates.mjs';
import { RawConnection } from './support/http.mjs';
import { scrape } from './support/metrics.mjs';
import { roomcast, run, sharedServer, startServer } from './support/server.mjs';
import { connectClient, makeClient, transportChoices } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { next, soon, until, within } from './support/wait.mjs';

const ours = notOnNode('its fixtures have no flags for TLS');
const authority = new Authority("roomcast's test authority");
const certificate = authority.issue('server', 'localhost');

/** What the server knows of a client: [secure, address, client's certificate]. */
const known = (client) => within(soon, 'an answer', new Promise((resolve) => client.emit('handshake', (...answer) => resolve(answer))));

/** A TLS connection and what it shows; ends with test `t`. */
async function connectTls(t, server, options = {}) {
  const socket = tls.connect({ host: server.host, port: server.port, ca: authority.pem, ...options });
  t.after(() => socket.destroy());
  const failed = new Promise((_, reject) => socket.on('error', reject));
  failed.catch(() => {});
  await Promise.race([next(socket, 'secureConnect'), failed]);
  return socket;
}

for (const threads of [1, 4]) {
  for (const [name, transport] of Object.entries(transportChoices)) {
    describe(`https, socket.io-client by ${name}, server with ${threads} thread(s)`, ours, () => {
      const server = sharedServer('conformance', { threads, calm: true, args: [...tlsFlags(certificate), '--round-robin'] });
      const trusting = { ...transport, ca: authority.pem };

      it('the ready line says so', () => {
        assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
      });

      it('connects, and the handshake is secure', async (t) => {
        const client = await connectClient(t, server, trusting);
        assert.equal(client.io.engine.transport.name, name === 'polling' ? 'polling' : 'websocket');
        assert.deepEqual(await known(client), [true, '127.0.0.1', '']);
      });

      it('large and many messages come back in order', async (t) => {
        const client = await connectClient(t, server, trusting);
        const large = { text: 'é'.repeat(200_000), bytes: Buffer.alloc(300_000, 'roomcast') };
        const echoed = await within(soon, 'the echo', client.emitWithAck('message-with-ack', large));
        assert.ok(echoed.text === large.text && large.bytes.equals(echoed.bytes));
        const answers = await within(soon, 'all echoes', Promise.all(
          Array.from({ length: 500 }, (_, i) => client.emitWithAck('message-with-ack', i))));
        assert.deepEqual(answers, Array.from({ length: 500 }, (_, i) => i));
      });

      it('20 clients at once, on whatever loop their connections come', async (t) => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => connectClient(t, server, trusting)));
        const answers = await Promise.all(clients.map((client, i) => within(soon, 'the echo', client.emitWithAck('message-with-ack', i))));
        assert.deepEqual(answers, clients.map((_, i) => i));
      });

      it('whoever does not trust its authority does not connect', async (t) => {
        const client = makeClient(t, server, transport);
        const refused = next(client, 'connect_error');
        client.connect();
        await refused;
        assert.equal(client.connected, false);
      });
    });
  }
}

describe('https', ours, () => {
  const server = sharedServer('conformance', { calm: true, args: [...tlsFlags(certificate), '--log-level', 'debug'] });

  it('speaks TLS 1.2 and 1.3, and nothing older', async (t) => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const socket = await connectTls(t, server, { minVersion: version, maxVersion: version });
      assert.equal(socket.getProtocol(), version);
    }
    await assert.rejects(connectTls(t, server, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), /alert protocol version|unsupported protocol/);
  });

  it('chooses http/1.1 of the protocols that a client offers', async (t) => {
    const socket = await connectTls(t, server, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(socket.alpnProtocol, 'http/1.1');
  });

  it('plain http is closed without an answer, logged and counted', async () => {
    const trusting = { host: server.host, port: server.port, ca: authority.pem };
    const before = await scrape(trusting);
    const plain = await RawConnection.open(server);
    await plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.equal((await plain.readToEnd()).length, 0);
    const count = (metrics, result) => metrics.value('roomcast_tls_handshakes_total', { result });
    const after = await scrape(trusting);
    assert.equal(count(after, 'failed'), count(before, 'failed') + 1);
    assert.equal(count(after, 'done'), count(before, 'done') + 1);
    await until('the line in the log', () => /debug 127\.0\.0\.1: TLS handshake failed: http request/.test(server.stderr));
  });

  it('closes in good order', async (t) => {
    const socket = await connectTls(t, server);
    let text = '';
    socket.on('data', (bytes) => (text += bytes));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await next(socket, 'end'); // without a close_notify there is an error instead
    assert.match(text, /^HTTP\/1\.1 200 OK[^]*\r\nok\n$/);
  });
});

describe('Certificates of clients', ours, () => {
  const alice = authority.issue('alice', 'alice');
  const mallory = new Authority('somebody else').issue('mallory', 'alice');
  const asking = (...more) => ({ calm: true, args: [...tlsFlags(certificate), '--tls-client-ca', authority.file, ...more] });
  const required = sharedServer('conformance', asking());
  const wanted = sharedServer('conformance', asking('--tls-client-cert', 'wanted'));
  const proxied = sharedServer('conformance', asking('--trusted-proxy', '127.0.0.1'));
  const as = (who, transport) => ({ ...transport, ca: authority.pem, ...(who && { cert: who.cert, key: who.pem }) });

  async function assertRefused(t, server, options) {
    const client = makeClient(t, server, options);
    const refused = next(client, 'connect_error');
    client.connect();
    await refused;
  }

  for (const [name, transport] of Object.entries(transportChoices)) {
    it(`the subject is known to the application, by ${name}`, async (t) => {
      for (const server of [required, wanted]) {
        const client = await connectClient(t, server, as(alice, transport));
        assert.deepEqual(await known(client), [true, '127.0.0.1', 'CN=alice,O=Example']);
      }
    });

    it(`without one a client is served only where it is wanted, by ${name}`, async (t) => {
      assert.deepEqual(await known(await connectClient(t, wanted, as(null, transport))), [true, '127.0.0.1', '']);
      await assertRefused(t, required, as(null, transport));
    });

    it(`that of a trusted proxy is not the client's, by ${name}`, async (t) => {
      const headers = { extraHeaders: { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https' } };
      const client = await connectClient(t, proxied, { ...as(alice, transport), ...headers });
      assert.deepEqual(await known(client), [true, '192.0.2.1', '']);
    });

    it(`one of another authority is refused, by ${name}`, async (t) => {
      for (const server of [required, wanted]) await assertRefused(t, server, as(mallory, transport));
    });
  }
});

describe('SIGHUP', ours, () => {
  for (const kind of ['conformance', 'chat']) {
    it(`${kind} shows new clients the new certificate, and those that are connected stay`, async (t) => {
      const own = authority.issue(`own-${kind}`, 'first');
      const server = await startServer(kind, { calm: true, args: [...tlsFlags(own), '--log-level', 'info'] });
      t.after(() => server.stop());
      const clients = await Promise.all(Object.values(transportChoices).map((transport) =>
        connectClient(t, server, { ...transport, ca: authority.pem, auth: { username: 'guest' } })));
      const lost = [];
      for (const client of clients) client.on('disconnect', (reason) => lost.push(reason));
      await until('the line in the log', () => /TLS 1\.2 and 1\.3 certificate="?CN=first,O=Example"? expires=\d{4}-\d\d-\d\d/.test(server.stderr));

      authority.issue(`own-${kind}`, 'second');
      server.signal('SIGHUP');
      await until('the line in the log', () => /files were read again.*CN=second/.test(server.stderr));
      assert.equal((await connectTls(t, server)).getPeerCertificate().subject.CN, 'second');

      fs.writeFileSync(own.certificate, 'nonsense');
      server.signal('SIGHUP');
      await until('the line in the log', () => /error SIGHUP: the TLS files cannot be used, so the old ones stay: tls\.certificate_file: /.test(server.stderr));
      assert.equal((await connectTls(t, server)).getPeerCertificate().subject.CN, 'second');

      if (kind === 'conformance')
        for (const client of clients) assert.equal(await within(soon, 'an echo', client.emitWithAck('message-with-ack', 1)), 1);
      assert.deepEqual(lost, []);
      for (const client of clients) client.disconnect();
    });
  }
});

describe('Flags of TLS', ours, () => {
  const refused = async (...args) => {
    const { code, stdout, stderr } = await run(roomcast, ['chat', '--port', '0', ...args]);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^[^\n]+\n$/);
    return stderr;
  };

  it('one without the other is refused, and the line names the one that is missing', async () => {
    assert.match(await refused('--tls-cert', certificate.certificate), /--tls-key/);
    assert.match(await refused('--tls-key', certificate.key), /--tls-cert/);
    assert.match(await refused('--tls-client-ca', authority.file), /--tls-cert/);
    assert.match(await refused(...tlsFlags(certificate), '--tls-client-cert', 'wanted'), /--tls-client-ca/);
  });

  it('files that cannot be used are refused with what is wrong', async () => {
    assert.match(await refused(...tlsFlags({ ...certificate, certificate: '/no/such.pem' })), /tls\.certificate_file: \/no\/such\.pem: No such file or directory/);
    assert.match(await refused(...tlsFlags({ ...certificate, key: authority.issue('other', 'other').key })), /tls\.key_file: .*key values mismatch/);
  });

  it('without them SIGHUP ends the program, as it ends any other', async () => {
    const server = await startServer('chat');
    server.signal('SIGHUP');
    assert.equal((await within(soon, 'the end', server.ended)).signal, 'SIGHUP');
  });
});

// The program's face: flags, environment, ready line, signals, health, and the files that it serves.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';

import { RawConnection, request } from './support/http.mjs';
import { freePort } from './support/ports.mjs';
import { PollingSession } from './support/polling.mjs';
import { launch, roomcast, run, sharedServer, startServer } from './support/server.mjs';
import { RawClient, connectClient, transportChoices } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { next, pause, quickly, soon, within } from './support/wait.mjs';

const ours = notOnNode('its fixtures have no command line to speak of');

const lines = (text) => text.split('\n').filter(Boolean);

/** The program must end at once, with a non-zero code, nothing on stdout and one line on stderr that has these words. */
async function assertRefused(args, words, env) {
  const { code, signal, stdout, stderr } = await run(roomcast, args, { env });
  assert.equal(signal, null);
  assert.ok(code > 0, `exit code ${code}`);
  assert.equal(stdout, '');
  assert.equal(lines(stderr).length, 1, `expected one line on stderr:\n${stderr}`);
  for (const word of words) assert.ok(stderr.includes(word), `'${word}' is not in: ${stderr}`);
}

describe('Ready line', () => {
  for (const kind of ['conformance', 'engine', 'bench', 'chat']) {
    it(`${kind} prints exactly one line on standard output, and it accepts connections by then`, async () => {
      const server = await startServer(kind);
      assert.equal((await request(server, `${server.path}?EIO=4&transport=polling`)).status, 200);
      await server.stop();
      assert.equal(server.stdout, `listening on http://127.0.0.1:${server.port}\n`);
    });
  }

  it('names the address that was asked for, 0.0.0.0 by default', ours, async (t) => {
    const program = launch(roomcast, ['chat', '--port', '0', '--threads', '1']);
    t.after(() => program.child.kill('SIGKILL'));
    await next(program.child.stdout, 'data');
    assert.match(program.stdout, /^listening on http:\/\/0\.0\.0\.0:\d+\n$/);
    program.child.kill('SIGTERM');
    assert.deepEqual(await within(soon, 'the end', program.ended), { code: 0, signal: null });
  });

  it('has the port that was asked for', async () => {
    const port = await freePort();
    const server = await startServer('chat', { port });
    assert.equal(server.port, port);
    await server.stop();
  });
});

describe('Signals', () => {
  for (const kind of ['conformance', 'chat']) {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      for (const [name, transport] of Object.entries(transportChoices)) {
        it(`${kind} ends with 0 on ${signal}, and a client by ${name} sees "transport close"`, quickly(async (t) => {
          const server = await startServer(kind, { calm: true });
          const client = await connectClient(t, server, { ...transport, auth: { username: 'guest' } });
          const reason = next(client, 'disconnect');
          await pause(50); // so that a GET is pending, which carries the news; nothing announces it
          const start = Date.now();
          await server.stop(signal);
          assert.ok(Date.now() - start < 10_000, 'longer than the drain timeout');
          assert.equal((await reason)[0], 'transport close');
        }));
      }
    }
  }

  it('a websocket gets a close frame and no DISCONNECT packet', async () => {
    const server = await startServer('conformance', { calm: true });
    const client = await RawClient.open(server);
    await client.join();
    await client.join('/custom');
    server.signal('SIGTERM');
    assert.ok(await within(soon, 'a close frame', client.closed));
    assert.deepEqual(client.socket.messages.drain(), []);
    await server.stop();
  });

  it('a pending GET gets a close packet and no DISCONNECT packet', async () => {
    const server = await startServer('conformance', { calm: true });
    const session = await PollingSession.open(server);
    await session.send('40');
    await session.next();
    await session.next();
    const pending = session.get();
    await pause(50); // so that the GET is pending; nothing announces it
    server.signal('SIGTERM');
    assert.equal((await pending).body, '1');
    await server.stop();
  });

  it('half requests, idle connections and clients that do not answer a close frame hold it up no longer than --drain-timeout', ours, async () => {
    const server = await startServer('chat', { args: ['--drain-timeout', '1'] });
    const idle = await RawConnection.open(server);
    const half = await RawConnection.open(server);
    await half.write('POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n');
    const deaf = await RawClient.open(server);
    deaf.socket.connection.socket.pause();
    const start = Date.now();
    await server.stop();
    assert.ok(Date.now() - start < 4000, `${Date.now() - start} ms`);
    for (const connection of [idle, half, deaf]) connection.destroy();
  });

  it('a second signal ends it at once', ours, async (t) => {
    const server = await startServer('chat', { args: ['--drain-timeout', '60'] });
    const deaf = await RawClient.open(server);
    t.after(() => deaf.destroy());
    deaf.socket.connection.socket.pause(); // nobody answers the close frame
    // Two signals in the same instant are one to the kernel, so the second is repeated.
    server.signal('SIGTERM');
    const again = setInterval(() => server.signal('SIGTERM'), 100);
    await within(3000, 'the end after a second signal', server.ended).finally(() => {
      clearInterval(again);
      server.signal('SIGKILL');
    });
  });

  it('the port is free again at once', async () => {
    const first = await startServer('chat');
    const client = await RawClient.open(first);
    await first.stop();
    const second = await startServer('chat', { port: first.port });
    await second.stop();
    client.destroy();
  });
});

describe('Command line', { ...ours, concurrency: 4 }, () => {
  it('a busy port is one line that names --port', async (t) => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    t.after(() => holder.close());
    await next(holder, 'listening');
    const port = String(holder.address().port);
    await assertRefused(['chat', '--host', '127.0.0.1', '--port', port, '--threads', '1'], ['--port', port]);
  });

  for (const [args, word] of [
    [['chat', '--frobnicate'], '--frobnicate'],
    [['chat', '--portt', '0'], '--portt'],
    [['frobnicate'], 'frobnicate'],
    [['chat', '--threads', '0'], '--threads'],
    [['chat', '--threads', '-1'], '--threads'],
    [['chat', '--threads', '65'], '--threads'],
    [['chat', '--threads', 'many'], '--threads'],
    [['chat', '--threads', '2.5'], '--threads'],
    [['chat', '--threads'], '--threads'],
    [['chat', '--port', '65536'], '--port'],
    [['chat', '--port', '-1'], '--port'],
    [['chat', '--port', 'http'], '--port'],
    [['chat', '--host', 'not an address', '--port', '0'], '--host'],
    [['chat', '--io', 'carrier-pigeon'], '--io'],
    [['chat', '--drain-timeout', '-1'], '--drain-timeout'],
    [['chat', '--drain-timeout', 'soon'], '--drain-timeout'],
    [['chat', '--store', 'cupboard'], '--store'],
    [['chat', '--trusted-proxy', 'proxy.example'], '--trusted-proxy'],
    [['chat', '--trusted-proxy', '10.0.0.0/33'], '--trusted-proxy'],
    [['chat', '--max-buffered', '0'], '--max-buffered'],
    [['chat', '--max-handshakes', '0.5'], '--max-handshakes'],
  ]) {
    it(`${args.join(' ')} is refused by a line that names ${word}`, () => assertRefused(args, [word]));
  }

  for (const args of [
    ['--redis', 'http://127.0.0.1:6379'], ['--adapter', 'redis'], ['--adapter', 'redis-sharded'], ['--adapter', 'redis-streams'],
    ['--require-redis'], ['--workers', '2'], ['--balance', 'least-connection'], ['--store', 'redis'],
  ]) {
    it(`${args.join(' ')}, which is wrong, lacks --redis or does not exist yet, is refused by a line that names it`, () =>
      assertRefused(['chat', '--port', '0', ...args], [args[0]]));
  }

  it('flags that say the default are accepted', async () => {
    const server = await startServer('chat', { args: ['--store', 'memory', '--io', 'epoll', '--drain-timeout', '10'] });
    await server.stop();
  });

  for (const args of [['--help'], ['chat', '--help']]) {
    it(`${args.join(' ')} explains itself on standard output`, async () => {
      const { code, stdout, stderr } = await run(roomcast, args);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      for (const word of args.length === 1 ? ['roomcast', 'chat'] : ['--port', '--threads', '--host', '--cors-origin', '--drain-timeout']) {
        assert.ok(stdout.includes(word), `'${word}' is not explained`);
      }
    });
  }
});

describe('Environment', ours, () => {
  async function startWith(args, env) {
    const program = launch(roomcast, ['chat', '--host', '127.0.0.1', ...args], { env });
    await Promise.race([
      next(program.child.stdout, 'data', { what: 'the ready line' }),
      program.ended.then(() => { throw new Error(program.stderr); }),
    ]);
    const threads = fs.readdirSync(`/proc/${program.pid}/task`).length;
    program.child.kill('SIGTERM');
    assert.equal((await within(soon, 'the end', program.ended)).code, 0);
    return { port: Number(/:(\d+)\n$/.exec(program.stdout)[1]), threads };
  }

  for (const name of ['PORT', 'ROOMCAST_PORT']) {
    it(`${name} is the port unless --port says otherwise`, async () => {
      const port = await freePort();
      assert.equal((await startWith(['--threads', '1'], { [name]: String(port) })).port, port);
      assert.notEqual((await startWith(['--threads', '1', '--port', '0'], { [name]: String(port) })).port, port);
    });
  }

  it('ROOMCAST_THREADS is the number of threads unless --threads says otherwise', async () => {
    const one = (await startWith(['--port', '0', '--threads', '1'])).threads;
    const three = (await startWith(['--port', '0', '--threads', '3'])).threads;
    assert.equal(three - one, 2);
    assert.equal((await startWith(['--port', '0'], { ROOMCAST_THREADS: '3' })).threads, three);
    assert.equal((await startWith(['--port', '0', '--threads', '1'], { ROOMCAST_THREADS: '3' })).threads, one);
  });

  for (const [name, value, word] of [['ROOMCAST_THREADS', 'many', 'threads'], ['PORT', 'http', 'port'], ['ROOMCAST_REDIS', 'http://127.0.0.1', 'redis']]) {
    it(`${name}=${value} is refused by a line about ${word}`, async () => {
      const { code, stderr } = await run(roomcast, ['chat'], { env: { [name]: value } });
      assert.ok(code > 0);
      assert.equal(lines(stderr).length, 1, stderr);
      assert.match(stderr.toLowerCase(), new RegExp(word));
    });
  }
});

describe('Health', ours, () => {
  const server = sharedServer('chat');

  for (const target of ['/healthz', '/readyz']) {
    it(`${target} answers 200`, async () => {
      assert.equal((await request(server, target)).status, 200);
    });
  }
});

describe('The page', ours, () => {
  const server = sharedServer('chat');

  it('S0-F1: / is HTML with the title, and a text for browsers without JavaScript', async () => {
    const response = await request(server, '/');
    assert.equal(response.status, 200);
    assert.match(response.headers['content-type'], /^text\/html; ?charset=utf-8$/i);
    assert.match(response.body, /<title>Private messaging with Socket\.IO<\/title>/);
    assert.match(response.body, /<noscript>[^]*JavaScript[^]*<\/noscript>/);
  });

  it('what the page refers to is served with its content type', async () => {
    const { body } = await request(server, '/');
    const assets = [...body.matchAll(/(?:src|href)="\.?(\/[^"]+)"/g)].map(([, target]) => target);
    assert.ok(assets.some((target) => target.endsWith('.js')), `no script in ${body}`);
    for (const target of assets) {
      const response = await request(server, target);
      assert.equal(response.status, 200, target);
      assert.ok(response.bytes.length > 0, target);
      const type = { '.js': /^(text|application)\/javascript/, '.css': /^text\/css/, '.svg': /^image\/svg\+xml/ }[path.extname(target)];
      if (type) assert.match(response.headers['content-type'], type, target);
    }
  });

  for (const target of ['/nope', '/index.htm', '/assets/', '/../etc/passwd', '/%2e%2e/etc/passwd', '/assets/..%2f..%2fetc/passwd', '//', '/socket.io', '/engine.io/']) {
    it(`${target} is 404`, async () => {
      assert.equal((await request(server, target)).status, 404);
    });
  }

  it('HEAD / has the headers and no body', async () => {
    const response = await request(server, '/', { method: 'HEAD' });
    assert.deepEqual([response.status, response.body], [200, '']);
  });
});

describe('The official client bundle (extras §1)', () => {
  const server = sharedServer('chat');
  const packageFolder = path.dirname(createRequire(import.meta.url).resolve('socket.io/package.json'));
  const fileOf = (name) => fs.readFileSync(path.join(packageFolder, 'client-dist', name));
  const names = ['socket.io.js', 'socket.io.min.js', 'socket.io.msgpack.min.js', 'socket.io.esm.min.js'].flatMap((name) => [name, `${name}.map`]);

  for (const name of names) {
    it(`/socket.io/${name} is the file of the npm package, with its headers in order`, async () => {
      const response = await request(server, `/socket.io/${name}`);
      assert.equal(response.status, 200);
      assert.ok(response.bytes.equals(fileOf(name)), 'the content differs');
      const known = ['cache-control', 'content-type', 'etag', 'content-encoding', 'vary'];
      const sent = response.rawHeaders.filter((_, i) => i % 2 === 0).map((header) => header.toLowerCase()).filter((header) => known.includes(header));
      assert.deepEqual(sent, ['cache-control', 'content-type', 'etag']);
      assert.equal(response.headers['cache-control'], 'public, max-age=0');
      assert.equal(response.headers['content-type'], `application/${name.endsWith('.map') ? 'json' : 'javascript'}; charset=utf-8`);
      assert.equal(response.headers.etag, '"4.8.4"');
    });
  }

  it('a query does not matter, nor does the one character behind the path', async () => {
    for (const target of ['/socket.io/socket.io.js?v=1', '/socket.io/socket.io.js?EIO=4&transport=polling', '/socket.io_socket.io.js']) {
      assert.ok((await request(server, target)).bytes.equals(fileOf('socket.io.js')));
    }
  });

  for (const [tag, status] of [['"4.8.4"', 304], ['W/"4.8.4"', 304], ['4.8.4', 200], ['*', 200], ['"4.8.3"', 200], ['"4.8.3", "4.8.4"', 200]]) {
    it(`If-None-Match: ${tag} is answered ${status}`, async () => {
      const response = await request(server, '/socket.io/socket.io.min.js', { headers: { 'If-None-Match': tag } });
      assert.equal(response.status, status);
      if (status === 304) {
        assert.equal(response.body, '');
        for (const header of ['etag', 'content-type', 'cache-control']) assert.equal(response.headers[header], undefined);
      }
    });
  }

  const decoders = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync, deflate: zlib.inflateSync };
  for (const [accepted, used] of [
    ['gzip', 'gzip'], ['deflate', 'deflate'], ['br', 'br'], ['gzip, deflate, br', 'gzip'], ['deflate, gzip', 'deflate'], ['br, gzip', 'br'], ['*', 'br'],
    ['gzip;q=0.5, br;q=0.9', 'br'], ['gzip;q=0, deflate', 'deflate'], ['identity', undefined], ['zstd', undefined], ['gzip;q=0', undefined],
  ]) {
    it(`Accept-Encoding: ${accepted} is answered with ${used ?? 'the plain file'}`, async () => {
      const response = await request(server, '/socket.io/socket.io.js', { headers: { 'Accept-Encoding': accepted } });
      assert.equal(response.status, 200);
      assert.equal(response.headers['content-encoding'], used);
      assert.equal(response.headers.vary, undefined);
      const plain = used ? decoders[used](response.bytes) : response.bytes;
      assert.ok(plain.equals(fileOf('socket.io.js')), 'the content differs');
      if (used) assert.ok(response.bytes.length < plain.length / 2);
    });
  }

  it('the method is not looked at; HEAD has no body', async () => {
    for (const method of ['POST', 'OPTIONS']) {
      assert.ok((await request(server, '/socket.io/socket.io.js', { method })).bytes.equals(fileOf('socket.io.js')), method);
    }
    const response = await request(server, '/socket.io/socket.io.js', { method: 'HEAD' });
    assert.deepEqual([response.status, response.body, response.headers.etag], [200, '', '"4.8.4"']);
  });

  for (const name of ['', 'nope.js', 'socket.io-client.js', 'socket.io.js.gz', 'package.json', 'Socket.io.js', '../package.json', 'socket.io.js/']) {
    it(`/socket.io/${name} goes to the engine`, async () => {
      const response = await request(server, `/socket.io/${name}`);
      assert.deepEqual([response.status, response.body], [400, '{"code":0,"message":"Transport unknown"}']);
    });
  }
});

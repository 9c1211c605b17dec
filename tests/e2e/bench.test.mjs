// `roomcast bench`: every mode against servers that are right, and against one that is wrong on purpose.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { scrape } from './support/metrics.mjs';
import { startRedis } from './support/redis.mjs';
import { launch, roomcast, run, sharedServer, startServer } from './support/server.mjs';
import { e2eFolder, notOnNode } from './support/target.mjs';
import { next, until, within } from './support/wait.mjs';

const short = ['--seconds', '0.3', '--warmup', '0.1', '--settle', '0'];

/** Runs `roomcast bench`. @return its exit code, both outputs and, from `--json -`, the result. */
async function bench(urls, ...args) {
  const program = launch(roomcast, ['bench', ...args, ...[urls].flat().flatMap((url) => ['--url', url]), ...short, '--json', '-']);
  try {
    const { code } = await within(60_000, `the end of bench ${args.join(' ')}`, program.ended);
    const { stdout, stderr } = program;
    return { code, stdout, stderr, result: stdout && JSON.parse(stdout) };
  } finally {
    program.child.kill('SIGKILL');
  }
}

async function good(urls, ...args) {
  const { code, stderr, result } = await bench(urls, ...args);
  assert.equal(code, 0, stderr);
  assert.equal(result.ok, true);
  assert.deepEqual(result.errors, { lost: 0, duplicated: 0, corrupt: 0, misdelivered: 0, closed: 0 });
  return result;
}

const conversations = {
  'fanout with a window': ['fanout', '--clients', '10', '--window', '4'],
  'fanout at a rate': ['fanout', '--clients', '10', '--rate', '200'],
  'fanout of large messages': ['fanout', '--clients', '5', '--bytes', '100000'],
  'echo with a window': ['echo', '--clients', '10', '--window', '8'],
  'echo at a rate': ['echo', '--clients', '10', '--rate', '500'],
  'echo of empty messages': ['echo', '--clients', '3', '--bytes', '0'],
  'private with a window': ['private', '--clients', '10', '--window', '3'],
  'private at a rate': ['private', '--clients', '10', '--rate', '500'],
  'rooms with a publisher each': ['rooms', '--clients', '40', '--rooms', '4', '--rate', '1000'],
  'rooms with several publishers each': ['rooms', '--clients', '41', '--rooms', '4', '--publishers', '10', '--rate', '1000'],
};

for (const transport of ['websocket', 'polling']) {
  describe(`Bench by ${transport}`, () => {
    const server = sharedServer('bench');
    for (const [name, args] of Object.entries(conversations)) {
      it(`${name}: every message is there, and the server's time too`, async () => {
        const result = await good(server.url, ...args, '--transport', transport, '--pid', String(server.pid));
        assert.equal(result.transport, transport);
        assert.ok(result.messages > 0 && result.rate_per_s > 0, JSON.stringify(result));
        const { p50, p99, max } = result.latency_us;
        assert.ok(p50 > 0 && p50 <= p99 && p99 <= max, JSON.stringify(result.latency_us));
        assert.ok(result.server.cpu_us_per_message > 0 && result.server.rss_bytes > 1e6, JSON.stringify(result.server));
        assert.ok(result.urls[0].deliveries >= result.messages);
      });
    }

    it('idle connections tell what each costs, and stay', async () => {
      const result = await good(server.url, 'idle', '--clients', '50', '--transport', transport, '--pid', String(server.pid));
      assert.equal(result.messages, 0);
      assert.ok(result.connects_per_s > 0 && result.server.cpu_us_per_connect > 0);
      assert.ok(result.server.rss_bytes_before > 0 && result.server.rss_bytes_connected > 0);
    });

    it('cycles come and go, and leave no connection behind', async () => {
      const before = server.descriptors();
      const result = await good(server.url, 'idle', '--cycles', '300', '--transport', transport, '--pid', String(server.pid));
      assert.equal(result.cycles, 300);
      assert.equal(result.plateau_cycles, 30);
      assert.ok(result.server.cpu_us_per_connect > 0);
      await until('the descriptors to be as before', () => server.descriptors() <= before);
    });
  });
}

describe('Bench on two servers with one Redis', () => {
  async function cluster(t) {
    const redis = await startRedis(t);
    const servers = [];
    for (let i = 0; i < 2; i++) {
      const server = await startServer('bench', { args: ['--redis', redis.url, '--require-redis'] });
      t.after(() => server.stop());
      servers.push(server);
    }
    return servers.map(({ url }) => url);
  }

  const ours = notOnNode('its bench target joins no Redis; script/bench tries that');

  it('fanout is delivered on both, and private messages and rooms cross', ours, async (t) => {
    const urls = await cluster(t);
    const fanout = await good(urls, 'fanout', '--clients', '10', '--window', '4');
    assert.equal(fanout.urls[0].deliveries, fanout.urls[1].deliveries);
    assert.ok(fanout.urls[0].deliveries > 0);
    const crossing = await good(urls, 'private', '--clients', '10');
    assert.ok(crossing.urls.every(({ deliveries }) => deliveries > 0));
    const rooms = await good(urls, 'rooms', '--clients', '20', '--rooms', '4', '--rate', '500');
    assert.ok(rooms.urls.every(({ deliveries }) => deliveries > 0));
  });

  it('private messages do not arrive, and are lost, between servers that do not know of each other', async (t) => {
    const servers = await Promise.all([startServer('bench'), startServer('bench')]);
    for (const server of servers) t.after(() => server.stop());
    const { code, result } = await bench(servers.map(({ url }) => url), 'private', '--clients', '4', '--drain', '0.2');
    assert.equal(code, 1);
    assert.equal(result.errors.lost, 4);
  });
});

describe('Bench with clients that never read', () => {
  const ours = notOnNode('it keeps whatever a client does not read');
  const loads = {
    // In 0.4 s three times as much as may wait for a client.
    fanout: ['fanout', '--clients', '10', '--stalled', '5', '--rate', '800', '--bytes', '10000'],
    rooms: ['rooms', '--clients', '20', '--rooms', '2', '--stalled', '5', '--rate', '16000', '--bytes', '10000'],
  };
  for (const [mode, args] of Object.entries(loads)) {
    it(`${mode}: counts those that the server has closed, and fails nobody for them`, ours, async (t) => {
      const server = await startServer('bench');
      t.after(() => server.stop());
      const result = await good(server.url, ...args);
      assert.deepEqual(result.stalled, { clients: 5, closed: 5 });
      assert.equal((await scrape(server)).value('roomcast_slow_consumers_total'), 5);
    });
  }

  it('counts none when the server keeps them', async (t) => {
    const server = await startServer('bench');
    t.after(() => server.stop());
    const result = await good(server.url, 'fanout', '--clients', '5', '--stalled', '3', '--rate', '100');
    assert.deepEqual(result.stalled, { clients: 3, closed: 0 });
    assert.equal(result.clients, 5);
  });
});

describe('Bench against a server that is wrong on purpose', () => {
  const faulty = (fault) => ({
    command: [process.execPath, path.join(e2eFolder, 'fixtures', 'faulty-bench-server.mjs'), '--fault', fault],
  });
  const expected = { duplicate: 'duplicated', alter: 'corrupt', withhold: 'lost', misdeliver: 'misdelivered', close: 'closed' };
  const loads = {
    fanout: ['fanout', '--clients', '4', '--rate', '300'],
    echo: ['echo', '--clients', '4', '--rate', '300'],
    private: ['private', '--clients', '4', '--rate', '300'],
    rooms: ['rooms', '--clients', '8', '--rooms', '2', '--rate', '600'],
  };

  describe('and has no fault after all', () => {
    const server = sharedServer('faulty', faulty('none'));
    for (const [mode, args] of Object.entries(loads)) {
      it(`${mode} is good`, async () => { await good(server.url, ...args); });
    }
  });

  for (const [fault, kind] of Object.entries(expected)) {
    describe(`(${fault})`, () => {
      const server = sharedServer('faulty', faulty(fault));
      for (const [mode, args] of Object.entries(loads)) {
        if (mode === 'fanout' && fault === 'misdeliver') continue; // there is nobody that a broadcast is not for
        it(`${mode} fails and says ${kind}`, async () => {
          const { code, stderr, result } = await bench(server.url, ...args, '--drain', '0.2');
          assert.equal(code, 1, stderr);
          assert.equal(result.ok, false);
          assert.ok(result.errors[kind] > 0, JSON.stringify(result.errors));
          if (fault === 'duplicate') assert.deepEqual(result.errors, { ...result.errors, lost: 0, corrupt: 0, misdelivered: 0, closed: 0 });
          assert.match(stderr, new RegExp(`FAILED: .*[1-9]\\d* ${kind === 'closed' ? 'connections closed' : kind}`));
          if (fault === 'close') assert.match(stderr, /the first connection to be closed was client \d+: /);
        });
      }
    });
  }

  it('a window goes on behind what is lost for one recipient of a broadcast', async (t) => {
    const server = await startServer('faulty', faulty('withhold'));
    t.after(() => server.stop());
    const { code, result } = await bench(server.url, 'fanout', '--clients', '4', '--window', '4');
    assert.equal(code, 1);
    // If the tenth message were waited for, no more than its window would follow: 13 messages to 4 clients.
    assert.ok(result.errors.lost > 0 && result.urls[0].deliveries > 13 * 4, JSON.stringify(result));
  });
});

describe('The command line of bench', () => {
  it('is explained by --help, every mode with an example', async () => {
    const { code, stdout } = await run(roomcast, ['bench', '--help']);
    assert.match(stdout, /^Usage: roomcast bench /m);
    assert.equal(code, 0);
    for (const mode of ['fanout', 'echo', 'private', 'rooms', 'idle', 'polling']) {
      assert.match(stdout, new RegExp(`^ +roomcast bench ${mode}( |$)`, 'm'));
    }
  });

  it('refuses what does not go together with 2 and one line that names the option', async () => {
    for (const [args, option] of [
      [[], 'MODE'],
      [['nothing'], 'MODE'],
      [['echo', '--window', '1', '--rate', '5'], '--rate'],
      [['echo', '--rooms', '5'], '--rooms'],
      [['idle', '--rate', '5'], '--rate'],
      [['echo', '--stalled', '5'], '--stalled'],
      [['fanout', '--stalled', '5', '--transport', 'polling'], '--stalled'],
      [['polling', '--transport', 'websocket'], '--transport'],
      [['private', '--clients', '1'], '--clients'],
      [['echo', '--clients', '0'], '--clients'],
      [['echo', '--url', 'https://127.0.0.1:3000'], '--url'],
      [['echo', '--pid', '999999999'], '--pid'],
      [['echo', '--seconds', 'x'], '--seconds'],
    ]) {
      const { code, stdout, stderr } = await run(roomcast, ['bench', ...args]);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.equal(stdout, '');
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      assert.ok(stderr.includes(option), stderr);
    }
  });

  it('says with 1 that nobody listens, or not a Socket.IO server, and where', async (t) => {
    const stranger = http.createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    // The client goes away at once, with other handshakes under way.
    stranger.on('upgrade', (_, socket) => socket.on('error', () => {}).end('HTTP/1.1 404 Not Found\r\n\r\n'));
    await next(stranger, 'listening');
    t.after(() => stranger.close());
    const url = `http://127.0.0.1:${stranger.address().port}`;
    for (const [mode, word] of [['echo', 'HTTP/1.1 404'], ['polling', 'status 404']]) {
      const { code, stderr } = await run(roomcast, ['bench', mode, '--url', url]);
      assert.equal(code, 1);
      for (const part of [word, url, '--url']) assert.ok(stderr.includes(part), stderr);
    }
    stranger.closeAllConnections();
    stranger.close();
    await next(stranger, 'close');
    const { code, stderr } = await run(roomcast, ['bench', 'echo', '--url', url]);
    assert.equal(code, 1);
    assert.match(stderr, /Connection refused/);
  });

  it('prints a table, progress when asked, and writes JSON to a file', async (t) => {
    const server = await startServer('bench');
    t.after(() => server.stop());
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'roomcast-bench-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'result.json');
    const args = ['bench', 'echo', '--clients', '5', '--url', server.url, '--pid', String(server.pid), '--settle', '0'];
    const quiet = await run(roomcast, [...args, '--warmup', '0', '--seconds', '0.1']);
    assert.equal(quiet.code, 0);
    assert.equal(quiet.stderr, '');
    const { code, stdout, stderr } = await run(roomcast, [...args, '--warmup', '1.1', '--seconds', '0.1', '--json', file, '--progress']);
    assert.equal(code, 0);
    assert.match(stdout, /^echo over websocket: 5 clients, 64 bytes, window 1, /);
    assert.match(stdout, /messages +rate\/s +p50 µs +p99 µs +max µs +CPU µs\/message +CPU % +RSS MiB/);
    assert.match(stderr, /^ +1 s +\d+ messages\/s/m);
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).mode, 'echo');
    const { code: unwritable, stderr: why } = await run(roomcast, [...args, '--seconds', '0', '--json', path.join(folder, 'no/file')]);
    assert.equal(unwritable, 1);
    assert.match(why, /--json/);
  });

  it('ends at once on SIGINT while a server keeps it waiting', async (t) => {
    const silent = net.createServer().listen(0, '127.0.0.1');
    await next(silent, 'listening');
    const program = launch(roomcast, ['bench', 'echo', '--clients', '1', '--url', `http://127.0.0.1:${silent.address().port}`]);
    t.after(() => program.child.kill('SIGKILL'));
    const [socket] = await next(silent, 'connection');
    socket.on('error', () => {});
    await next(socket, 'data');
    program.child.kill('SIGINT');
    assert.deepEqual(await within(5000, 'the end', program.ended), { code: 1, signal: null });
    assert.match(program.stderr, /interrupted while 1 clients were not connected/);
    silent.close();
  });

  it('counts the processes of every --pid with their children', async (t) => {
    const server = await startServer('bench');
    t.after(() => server.stop());
    // The server is a child of this process.
    const { server: used } = await good(server.url, 'echo', '--clients', '2', '--pid', String(process.pid), '--pid', String(server.pid));
    const [tree, alone] = used.each;
    assert.deepEqual([tree.pid, alone.pid], [process.pid, server.pid]);
    assert.ok(tree.rss_bytes > alone.rss_bytes && tree.cpu_us_per_message > alone.cpu_us_per_message, JSON.stringify(used));
    assert.equal(used.rss_bytes, tree.rss_bytes + alone.rss_bytes);
  });

  it('ends early on SIGINT with what it has so far', async (t) => {
    const server = await startServer('bench');
    t.after(() => server.stop());
    const args = ['bench', 'echo', '--clients', '2', '--url', server.url, '--seconds', '1000', '--progress', '--json', '-'];
    const program = launch(roomcast, args);
    t.after(() => program.child.kill('SIGKILL'));
    await until('it to measure', () => program.stderr.includes('measuring'));
    program.child.kill('SIGINT');
    assert.deepEqual(await within(5000, 'the end', program.ended), { code: 0, signal: null });
    const result = JSON.parse(program.stdout);
    assert.ok(result.interrupted && result.messages > 0 && result.seconds < 100);
  });
});

// What the server says about itself: metrics that are true, readiness, and logs that programs can read.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RawConnection, request } from './support/http.mjs';
import { Metrics, adminPort, scrape, scrapeUntil } from './support/metrics.mjs';
import { PollingSession } from './support/polling.mjs';
import { startRedis } from './support/redis.mjs';
import { run, roomcast, sharedServer, startServer } from './support/server.mjs';
import { RawClient, connectClient, transportChoices } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { next, soon, until, within } from './support/wait.mjs';
import { RawWebSocket } from './support/websocket.mjs';

const ours = notOnNode('it has no metrics of its own');
const emitWithAck = (client, ...args) => within(soon, `the ack of ${args[0]}`, client.emitWithAck(...args));
const clients = (metrics) => ['polling', 'websocket'].map((transport) => metrics.value('roomcast_clients', { transport }));

describe('Gauges are what is true', ours, () => {
  for (const threads of [1, 2]) {
    it(`clients, sockets and rooms, with ${threads} thread(s)`, async (t) => {
      const server = await startServer('bench', { threads });
      const idle = await scrape(server);
      assert.deepEqual(clients(idle), [0, 0]);
      assert.equal(idle.value('roomcast_sockets', { namespace: '/' }), 0);

      const polling = await connectClient(t, server, transportChoices.polling);
      const websocket = await connectClient(t, server, transportChoices.websocket);
      const upgraded = await connectClient(t, server, transportChoices.upgrade);
      const all = [polling, websocket, upgraded];
      for (const client of all) await emitWithAck(client, 'join', 'room');
      await emitWithAck(websocket, 'join', 'another');
      const full = await scrapeUntil(server, 'the upgrade to be seen', (metrics) => metrics.value('roomcast_clients', { transport: 'websocket' }) === 2);
      assert.deepEqual(clients(full), [1, 2]);
      assert.equal(full.value('roomcast_sockets', { namespace: '/' }), 3);
      assert.equal(full.value('roomcast_rooms', { namespace: '/' }), 5, '3 of their own, and two');
      assert.ok(full.value('roomcast_tcp_connections') >= 3);
      assert.equal(full.value('roomcast_buffered_bytes'), 0);
      assert.equal(full.all('roomcast_loop_mailbox_depth').length, threads);
      assert.equal(full.value('roomcast_draining'), 0);
      assert.equal(full.value('roomcast_sessions_total', { transport: 'polling' }), 2);
      assert.equal(full.value('roomcast_sessions_total', { transport: 'websocket' }), 1);
      assert.equal(full.value('roomcast_upgrades_total', { result: 'done' }), 1);

      for (const client of all) client.disconnect();
      const empty = await scrapeUntil(server, 'everybody to be gone', (metrics) => clients(metrics).every((n) => n === 0));
      assert.equal(empty.value('roomcast_sockets'), 0);
      assert.equal(empty.value('roomcast_rooms'), 0);
      assert.equal(empty.value('roomcast_session_closes_total'), 3);
      await server.stop();
    });
  }

  it('nothing is left of clients whose TCP connections were destroyed', async () => {
    // Slow enough for a busy machine to answer pings, quick enough to wait for the heartbeat.
    const env = { ROOMCAST_PING_INTERVAL: '2000', ROOMCAST_PING_TIMEOUT: '2000', ROOMCAST_CONNECT_TIMEOUT: '45000' };
    const server = await startServer('conformance', { threads: 2, env });
    const websockets = [];
    for (let i = 0; i < 10; i++) {
      const client = await RawClient.open(server);
      await client.join();
      websockets.push(client);
    }
    const waiting = await PollingSession.open(server); // its GET is cut off
    const silent = await PollingSession.open(server); // nothing to cut off: the heartbeat ends it
    await silent.send('40');
    const probe = await RawWebSocket.open(server, `EIO=4&transport=websocket&sid=${silent.sid}`);
    await probe.send('2probe');
    assert.equal(await probe.next(), '3probe');
    const target = `GET ${waiting.target} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const get = await RawConnection.open(server);
    await get.write(target);
    const before = await scrapeUntil(server, 'all to be there', (metrics) => clients(metrics)[1] === 10);
    assert.equal(before.value('roomcast_sockets', { namespace: '/' }) >= 10, true);
    websockets.forEach((client, i) => (i % 2 ? client.socket.connection.reset() : client.destroy()));
    get.reset();
    probe.connection.reset();
    const after = await scrapeUntil(server, 'all to be gone',
      (metrics) => metrics.value('roomcast_clients') === 0 && metrics.value('roomcast_tcp_connections') === 1, { ms: 15_000 });
    assert.deepEqual(clients(after), [0, 0]);
    assert.equal(after.value('roomcast_sockets'), 0);
    assert.equal(after.value('roomcast_rooms'), 0);
    assert.equal(after.value('roomcast_tcp_connections'), 1, 'the one that asks');
    assert.equal(after.value('roomcast_buffered_bytes'), 0);
    assert.equal(after.value('roomcast_session_closes_total'), 12);
    await server.stop();
  });

  it('bytes that wait for a slow client are counted until they or it are gone', async () => {
    const server = await startServer('bench', { args: ['--log-level', 'error'] });
    const session = await PollingSession.open(server);
    await session.send('40');
    await session.next();
    const payload = 'x'.repeat(100_000);
    await session.send(`42["bcast","${payload}"]`);
    await scrapeUntil(server, '100 kB to wait for a GET', (metrics) => metrics.value('roomcast_buffered_bytes') > 100_000);
    await session.next();
    assert.equal((await scrape(server)).value('roomcast_buffered_bytes'), 0);

    const deaf = await RawClient.open(server);
    await deaf.send('0');
    await deaf.next();
    deaf.socket.connection.socket.pause();
    const flood = await RawClient.open(server);
    await flood.send('0');
    await flood.next();
    let closed = 0;
    for (let i = 0; i < 400 && closed === 0; i++) {
      await flood.send(`2["bcast","${payload}"]`);
      await session.next();
      closed = (await scrape(server)).value('roomcast_slow_consumers_total');
    }
    const metrics = await scrapeUntil(server, 'nothing to wait', (now) => now.value('roomcast_buffered_bytes') === 0);
    assert.equal(metrics.value('roomcast_slow_consumers_total'), 1);
    assert.equal(metrics.value('roomcast_session_closes_total', { reason: 'transport error', cause: 'slow consumer' }), 1);
    for (const client of [deaf, flood]) client.destroy();
    await server.stop();
  });

  it('clients beyond --max-clients and those of one address beyond its own are turned away and counted', async () => {
    const server = await startServer('bench', {
      args: ['--max-clients', '2', '--max-clients-per-address', '1', '--max-handshakes', '1000', '--trusted-proxy', '127.0.0.0/8'],
    });
    const open = (address) => request(server, '/socket.io/?EIO=4&transport=polling', { headers: { 'X-Forwarded-For': address } });
    const answers = [];
    for (const address of ['1.1.1.1', '1.1.1.1', '2.2.2.2', '3.3.3.3']) answers.push((await open(address)).status);
    assert.deepEqual(answers, [200, 503, 200, 503]);
    const metrics = await scrape(server);
    const refused = (limit) => metrics.value('roomcast_refused_clients_total', { limit });
    assert.deepEqual(['max_clients', 'max_clients_per_address', 'max_handshakes_per_second'].map(refused), [1, 1, 0]);
    assert.equal(metrics.value('roomcast_clients', { transport: 'polling' }), 2);
    await server.stop();
  });

  it('above --max-total-buffered who causes it is closed, and the metrics and the log name the ceiling', async () => {
    const server = await startServer('bench', { args: ['--max-total-buffered', '150kB', '--log-level', 'info'] });
    const reader = await RawClient.open(server);
    await reader.send('0');
    await reader.next();
    const silent = await PollingSession.open(server);
    await silent.send('40');
    await silent.next();
    const payload = 'x'.repeat(100_000);
    for (let i = 0; i < 2; i++) {
      await reader.send(`2["bcast","${payload}"]`);
      await reader.next();
    }
    const metrics = await scrapeUntil(server, 'one to be closed', (now) => now.value('roomcast_clients', { transport: 'polling' }) === 0);
    assert.equal(metrics.value('roomcast_clients', { transport: 'websocket' }), 1);
    assert.equal(metrics.value('roomcast_session_closes_total', { reason: 'transport error', cause: 'memory ceiling' }), 1);
    assert.equal(metrics.value('roomcast_buffered_bytes'), 0);
    assert.match(server.stderr, /slow consumer: more than max_total_buffered_bytes wait .* max_total_buffered_bytes=153600/);
    reader.destroy();
    await server.stop();
  });
});

describe('Counters count', ours, () => {
  it('events by name, packets, bytes, and what went wrong', async (t) => {
    const server = await startServer('bench');
    const client = await connectClient(t, server, transportChoices.websocket);
    const before = await scrape(server);
    for (let i = 0; i < 20; i++) await emitWithAck(client, 'echo', 'x'.repeat(1000));
    client.emit('nobody listens');
    client.emit('join', { not: 'a string' });
    client.emit('private', 'not an object'); // its handler throws
    await emitWithAck(client, 'echo', 'the end');
    const after = await scrape(server);
    const grown = (name, labels) => after.value(name, labels) - before.value(name, labels);
    assert.equal(grown('roomcast_events_received_total', { event: 'echo' }), 21);
    assert.equal(grown('roomcast_events_received_total', { event: 'join' }), 1);
    assert.equal(grown('roomcast_events_received_total', { event: 'private' }), 1);
    assert.equal(grown('roomcast_events_received_total', { event: 'other' }), 1);
    assert.equal(grown('roomcast_events_dropped_total', { reason: 'no handler' }), 1);
    assert.equal(grown('roomcast_events_dropped_total', { reason: 'arguments' }), 1);
    assert.equal(grown('roomcast_handler_errors_total'), 1);
    assert.equal(grown('roomcast_packets_received_total'), 24);
    assert.equal(grown('roomcast_packets_sent_total'), 21);
    assert.ok(grown('roomcast_received_bytes_total') > 20_000);
    assert.ok(grown('roomcast_sent_bytes_total') > 20_000);
    await server.stop();
  });

  it('bytes of websocket messages before and after compression', async (t) => {
    const server = await startServer('bench', { args: ['--per-message-deflate'] });
    const client = await connectClient(t, server, { ...transportChoices.websocket, perMessageDeflate: { threshold: 1024 } });
    await emitWithAck(client, 'echo', 'x'.repeat(1000)); // too short, whoever sends it
    const before = await scrape(server);
    await emitWithAck(client, 'echo', 'x'.repeat(10_000));
    const after = await scrape(server);
    for (const direction of ['sent', 'received']) {
      const [plain, compressed] = ['plain', 'compressed'].map((which) => {
        const name = `roomcast_deflate_${which}_bytes_total`;
        assert.equal(before.value(name, { direction }), 0);
        return after.value(name, { direction });
      });
      assert.ok(plain > 10_000 && plain < 10_050, `${direction}: ${plain}`);
      assert.ok(compressed > 0 && compressed < 100, `${direction}: ${compressed}`);
    }
    await server.stop();
  });

  it('HTTP answers by class, refusals by code, and closes by reason and cause', async () => {
    const server = await startServer('conformance', { calm: true });
    assert.equal((await request(server, '/nothing')).status, 404);
    assert.equal((await request(server, '/socket.io/?EIO=4')).status, 400); // code 0
    assert.equal((await request(server, '/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA')).status, 400); // code 1
    assert.equal((await request(server, '/socket.io/?EIO=3&transport=polling')).status, 400); // code 5
    const bad = await RawConnection.open(server);
    await bad.write('not http\r\n\r\n');
    assert.equal((await bad.readResponse()).status, 400);
    const unknown = await RawConnection.open(server);
    await unknown.write('GET /socket.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    assert.equal((await unknown.readResponse()).status, 400); // code 1 again
    const violator = await RawClient.open(server);
    await violator.join();
    await violator.send('2/other,["x"]'); // a namespace that it never joined
    await violator.closed;
    const leaver = await RawClient.open(server);
    await leaver.send('0/unknown,');
    assert.match(await leaver.next(), /^4\/unknown,/);
    leaver.destroy();
    const metrics = await scrapeUntil(server, 'both to be gone', (now) => now.value('roomcast_session_closes_total') === 2);
    assert.equal(metrics.value('roomcast_http_responses_total', { status: '4xx' }), 6);
    assert.equal(metrics.value('roomcast_http_responses_total', { status: '1xx' }), 2);
    assert.equal(metrics.value('roomcast_http_bad_requests_total', { status: '400' }), 1);
    assert.equal(metrics.value('roomcast_http_bad_requests_total'), 1);
    assert.equal(metrics.value('roomcast_refused_requests_total', { code: '0' }), 1);
    assert.equal(metrics.value('roomcast_refused_requests_total', { code: '1' }), 2);
    assert.equal(metrics.value('roomcast_refused_requests_total', { code: '5' }), 1);
    assert.equal(metrics.value('roomcast_refused_connects_total'), 1);
    assert.equal(metrics.value('roomcast_protocol_errors_total', { layer: 'socket.io' }), 1);
    assert.equal(metrics.value('roomcast_session_closes_total', { reason: 'forced close', cause: 'a packet for a namespace that was not joined' }), 1);
    assert.equal(metrics.value('roomcast_session_closes_total', { reason: 'transport close', cause: 'no close frame' }), 1);
    await server.stop();
  });

  it('10,000 event names of a hostile client make no label', async () => {
    const server = await startServer('bench');
    const client = await RawClient.open(server);
    await client.send('0');
    await client.next();
    for (let i = 0; i < 10_000; i++) await client.send(`2["hostile ${i}\\n\\"}"]`);
    await client.send('20["echo","the end"]');
    assert.equal(await client.next(), '30["the end"]');
    const metrics = await scrape(server);
    const names = metrics.all('roomcast_events_received_total').map(({ labels }) => labels.event);
    assert.deepEqual(names.sort(), ['bcast', 'echo', 'join', 'other', 'private']);
    assert.equal(metrics.value('roomcast_events_received_total', { event: 'other' }), 10_000);
    client.destroy();
    await server.stop();
  });
});

describe('Health', ours, () => {
  const server = sharedServer('chat', { args: ['--admin-port', '0'] });

  it('/readyz says what it looked at, on both ports', async () => {
    const admin = await adminPort(server);
    for (const place of [server, admin]) {
      const response = await request(place, '/readyz');
      assert.equal(response.status, 200);
      assert.equal(response.headers['content-type'], 'application/json; charset=utf-8');
      const { status, checks } = JSON.parse(response.body);
      assert.equal(status, 'ready');
      assert.deepEqual([checks.listening, checks.draining], ['ok', 'ok']);
      assert.equal((await request(place, '/healthz')).body, 'ok\n');
      assert.equal((await request(place, '/metrics', { method: 'HEAD' })).body, '');
      assert.equal((await request(place, '/metrics', { method: 'POST' })).status, 405);
    }
  });

  it('the admin port serves nothing else', async () => {
    const admin = await adminPort(server);
    for (const path of ['/', '/socket.io/?EIO=4&transport=polling', '/socket.io/socket.io.js']) {
      assert.equal((await request(admin, path)).status, 404, path);
    }
  });

  it('while the server drains, /readyz is 503 and says why, and /healthz is 200', async () => {
    const draining = await startServer('chat', { args: ['--admin-port', '0', '--drain-timeout', '30'] });
    const admin = await adminPort(draining);
    const deaf = await RawClient.open(draining);
    deaf.socket.connection.socket.pause(); // nobody answers the close frame, so the drain takes its time
    draining.signal('SIGTERM');
    const response = await until('not ready', async () => {
      const answer = await request(admin, '/readyz');
      return answer.status === 503 && answer;
    });
    const { status, checks } = JSON.parse(response.body);
    assert.equal(status, 'not ready');
    assert.deepEqual([checks.listening, checks.draining], ['the server accepts no connections', 'the server is stopping']);
    assert.equal((await request(admin, '/healthz')).status, 200);
    const metrics = await until('the session to be closed on its loop', async () => {
      const now = await scrape(admin);
      return now.value('roomcast_session_closes_total', { cause: 'server shutting down' }) === 1 && now;
    });
    assert.equal(metrics.value('roomcast_draining'), 1);
    deaf.destroy();
    await draining.stop();
  });

  it('memory above --max-ready-memory is 503', async () => {
    const small = await startServer('chat', { args: ['--max-ready-memory', '1MB'] });
    const response = await request(small, '/readyz');
    assert.equal(response.status, 503);
    assert.match(JSON.parse(response.body).checks.memory, /max_ready_memory is 1048576/);
    await small.stop();
  });

  it('--no-metrics leaves them to the admin port', async () => {
    const quiet = await startServer('chat', { args: ['--no-metrics', '--admin-port', '0'] });
    assert.equal((await request(quiet, '/metrics')).status, 404);
    assert.ok((await scrape(await adminPort(quiet))) instanceof Metrics);
    await quiet.stop();
  });

  it('an admin port that is not to be had is one line that names --admin-port', async () => {
    const { port } = server;
    const { code, stderr } = await run(roomcast, ['chat', '--host', '127.0.0.1', '--port', '0', '--log-level', 'off', '--admin-port', String(port)]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port}: .*--admin-port\n$`));
  });
});

describe('In a cluster', ours, () => {
  const start = async (t, redis) => {
    const server = await startServer('bench', { args: ['--redis', redis.url, '--log-level', 'info', '--log-format', 'json'] });
    t.after(() => server.running && server.stop());
    return server;
  };

  it('a server on its own has no metrics of an adapter', async () => {
    const server = await startServer('bench');
    const metrics = await scrape(server);
    assert.deepEqual(['adapter_ready', 'adapter_published_total', 'redis_connected'].flatMap((name) => metrics.all(`roomcast_${name}`)), []);
    await server.stop();
  });

  it('messages, servers and what is wrong with them are counted', async (t) => {
    const redis = await startRedis(t);
    const [a, b] = [await start(t, redis), await start(t, redis)];
    const [alice, bob] = [await connectClient(t, a, transportChoices.websocket), await connectClient(t, b, transportChoices.websocket)];
    await scrapeUntil(b, 'a to be known', (metrics) => metrics.value('roomcast_adapter_known_servers') === 1);
    const before = await scrapeUntil(a, 'b to be known', (metrics) => metrics.value('roomcast_adapter_known_servers') === 1);
    assert.equal(before.value('roomcast_adapter_ready'), 1);
    for (const connection of ['commands', 'subscriber']) assert.equal(before.value('roomcast_redis_connected', { connection }), 1);
    assert.ok(before.value('roomcast_redis_connect_attempts_total') >= 2);
    assert.ok(before.value('roomcast_redis_probes_total') >= 1);
    const b0 = await scrape(b);

    const seen = next(bob, 'bcast');
    alice.emit('bcast', 'to all');
    await seen;
    alice.emit('private', { to: 'a room of nobody' });
    const client = redis.client(t);
    await client.publish('socket.io-request#/#', 'rubbish');
    const after = await scrapeUntil(b, 'all three to come', (metrics) => metrics.value('roomcast_adapter_received_total') - b0.value('roomcast_adapter_received_total') >= 3);
    assert.equal(after.value('roomcast_adapter_unwanted_total') - b0.value('roomcast_adapter_unwanted_total'), 1);
    assert.equal(after.value('roomcast_adapter_malformed_total') - b0.value('roomcast_adapter_malformed_total'), 1);
    assert.equal(after.value('roomcast_adapter_published_total'), b0.value('roomcast_adapter_published_total'));
    const a1 = await scrape(a);
    assert.equal(a1.value('roomcast_adapter_published_total') - before.value('roomcast_adapter_published_total'), 2);
    for (const name of ['refused', 'incomplete_calls', 'lost_servers']) assert.equal(a1.value(`roomcast_adapter_${name}_total`), 0, name);

    await b.stop(); // says goodbye
    const alone = await scrapeUntil(a, 'b to be gone', (metrics) => metrics.value('roomcast_adapter_known_servers') === 0);
    assert.equal(alone.value('roomcast_adapter_lost_servers_total'), 0);
  });

  it('without Redis the server is not ready and says why, and counts the loss and the return', async (t) => {
    const redis = await startRedis(t);
    const server = await start(t, redis);
    const client = await connectClient(t, server, transportChoices.websocket);
    assert.equal(JSON.parse((await request(server, '/readyz')).body).checks.cluster, 'ok');
    await redis.kill();
    const gone = await scrapeUntil(server, 'both connections to be gone',
      (metrics) => metrics.value('roomcast_redis_connected') === 0 && metrics.value('roomcast_redis_connect_failures_total') >= 2);
    assert.equal(gone.value('roomcast_adapter_ready'), 0);
    assert.equal(gone.value('roomcast_redis_possible_gaps_total'), 1);
    const response = await request(server, '/readyz');
    assert.equal(response.status, 503);
    assert.equal(JSON.parse(response.body).checks.cluster, 'messages of the other servers do not arrive');
    // 8 MiB may wait; what comes then is dropped. Answers of the server's own client tell how far it is.
    const payload = 'x'.repeat(900_000);
    for (let i = 0; i < 11; i++) {
      const seen = next(client, 'bcast');
      client.emit('bcast', payload);
      await seen;
    }
    const full = await scrapeUntil(server, 'something to be dropped', (metrics) => metrics.value('roomcast_redis_commands_dropped_total') >= 1);
    assert.equal(full.value('roomcast_adapter_published_total'), 11);
    await redis.start();
    const back = await scrapeUntil(server, 'the return', (metrics) => metrics.value('roomcast_adapter_ready') === 1, { ms: 20_000 });
    assert.equal(back.value('roomcast_redis_connected'), 2);
    assert.ok(back.value('roomcast_redis_reconnects_total') >= 2);
    assert.equal((await request(server, '/readyz')).status, 200);
  });

  it('the start names the adapter, without its password', async (t) => {
    const redis = await startRedis(t);
    const server = await start(t, { url: `redis://:secret@127.0.0.1:${redis.port}` });
    await server.stop();
    const line = server.stderr.split('\n').filter(Boolean).map((text) => JSON.parse(text)).find(({ adapter }) => adapter);
    assert.match(line.adapter, new RegExp(`^redis adapter on redis://.*127\\.0\\.0\\.1:${redis.port}`));
    assert.equal(line.required, false);
    assert.doesNotMatch(server.stderr, /secret/);
  });
});

describe('Logs', ours, () => {
  const parse = (stderr) => stderr.split('\n').filter(Boolean).map((line) => JSON.parse(line));

  it('with --log-format json every line is one object, whatever peers send', async (t) => {
    const server = await startServer('chat', { args: ['--log-format', 'json', '--log-level', 'debug'] });
    await connectClient(t, server, { ...transportChoices.upgrade, auth: { username: 'a "quoted" name' } });
    const bad = await RawConnection.open(server);
    await bad.write('GET /\x1b[31m"\\\xff HTTP/9\r\n\r\n');
    await bad.readResponse();
    await request(server, '/socket.io/?EIO=4&transport=%22%0a');
    const client = await RawClient.open(server);
    await client.send('2["\\u001b\\n\\"",{}]');
    await client.closed;
    await server.stop();
    const lines = parse(server.stderr);
    for (const line of lines) {
      assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(['debug', 'info', 'warn', 'error'].includes(line.level), line.level);
      assert.equal(typeof line.message, 'string');
    }
    const ended = lines.find((line) => line.message === 'session ended' && line.cause === 'a packet for a namespace that was not joined');
    assert.equal(ended.session, client.engineId);
    assert.equal(ended.reason, 'forced close');
    assert.equal(ended.level, 'debug');
  });

  it('the start says what was chosen and why', async () => {
    const server = await startServer('chat', { threads: 2, args: ['--log-format', 'json'] });
    await server.stop();
    const lines = parse(server.stderr);
    const all = Object.assign({}, ...lines);
    assert.equal(all.address, server.url);
    assert.match(all.version, /^\d+\.\d+\.\d+$/);
    assert.equal(all.io, 'epoll');
    assert.equal(all.threads, 2);
    assert.ok(all.cores >= 1);
    assert.equal(all.store, 'memory');
    assert.equal(all.adapter, 'memory');
    assert.equal(all.max_http_buffer_size, 1_000_000);
    assert.equal(all.max_buffered_bytes, 1 << 20);
    assert.ok(all.open_files > 0);
    assert.match(lines.find((line) => line.threads).message, /as the options say/);
  });

  it('peers that misbehave leave no line at the usual level', async () => {
    const server = await startServer('chat');
    const quiet = server.stderr;
    for (let i = 0; i < 5; i++) {
      const bad = await RawConnection.open(server);
      await bad.write('rubbish\r\n\r\n');
      await bad.readResponse();
      await request(server, '/socket.io/?EIO=4&transport=none');
      const client = await RawClient.open(server);
      await client.send('9');
      await client.closed;
    }
    await server.stop();
    const lines = server.stderr.slice(quiet.length).split('\n').filter((line) => line && !/stop signal| info (roomcast|the chat|I\/O|as many|rooms by|limits|\/healthz)/.test(line));
    assert.deepEqual(lines, []);
  });

  it('--log-format takes text and json only', async () => {
    const { code, stderr } = await run(roomcast, ['chat', '--log-format', 'xml']);
    assert.ok(code > 0);
    assert.match(stderr, /--log-format/);
  });
});

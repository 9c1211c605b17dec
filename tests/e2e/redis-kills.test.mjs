// A Redis that dies, stands still or cuts connections, again and again, under traffic: no server stays deaf, nobody gets anything
// twice or out of order, what a server drops is counted, and neither descriptors nor memory grow (P1, P2, P5).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { request } from './support/http.mjs';
import { scrape } from './support/metrics.mjs';
import { startRedis } from './support/redis.mjs';
import { startServer } from './support/server.mjs';
import { connectClient } from './support/socketio.mjs';
import { notOnNode } from './support/target.mjs';
import { pause, until } from './support/wait.mjs';

const long = Boolean(process.env.ROOMCAST_LONG);
const rounds = long ? 100 : 8;
const names = ['a', 'b'];

/** A small generator of our own, so that a failing run can be repeated: ROOMCAST_SEED. */
function randomly(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const connections = async (client) => (await client.client('LIST')).split('\n').filter((line) => / name=roomcast-adapter/.test(line));

const harms = {
  async 'Redis is killed and started'(redis) {
    await redis.kill();
    await redis.start();
  },
  async 'Redis stands still'(redis, client, random) {
    redis.standStill();
    await pause(100 + random(400));
    redis.goOn();
  },
  async 'one connection is cut'(redis, client, random) {
    const all = await connections(client);
    const victim = / ?id=(\d+)/.exec(all[random(all.length)] ?? '');
    if (victim) await client.client('KILL', 'ID', victim[1]);
  },
  async 'all subscribers are cut'(redis, client) {
    await client.client('KILL', 'TYPE', 'PUBSUB');
  },
};

describe('A Redis under attack', notOnNode('how our servers stand it'), () => {
  it(`${rounds} random kills: no deaf server, no duplicate, drops are counted, descriptors and memory stay`, async (t) => {
    const seed = Number(process.env.ROOMCAST_SEED ?? Date.now() % 1e6);
    t.diagnostic(`ROOMCAST_SEED=${seed}`);
    const random = randomly(seed);
    const redis = await startRedis(t);
    const observer = redis.client(t);
    const servers = {};
    const clients = {};
    const seen = {}; // by recipient and sender: the last number
    const got = {};
    for (const name of names) {
      servers[name] = await startServer('cluster', { threads: 2, args: ['--redis', redis.url] });
      t.after(() => servers[name].running && servers[name].stop());
      clients[name] = await connectClient(t, servers[name], { transports: ['websocket'] });
    }
    const wrong = [];
    for (const to of names) {
      seen[to] = { a: 0, b: 0 };
      got[to] = { a: 0, b: 0 };
      clients[to].on('bcast', ([from, number]) => {
        if (number <= seen[to][from]) wrong.push(`${to} got ${number} of ${from} after ${seen[to][from]}`);
        seen[to][from] = number;
        got[to][from] += 1;
      });
    }
    const sent = { a: 0, b: 0 };
    const traffic = setInterval(() => {
      for (const from of names) clients[from].emit('bcast', [from, (sent[from] += 1)]);
    }, 5);
    t.after(() => clearInterval(traffic));

    const ready = async (name) => (await request(servers[name], '/readyz')).status === 200;
    /** An event that is sent from now on crosses both ways. */
    const healed = async (round) => {
      const since = { ...sent };
      await until(`both servers to hear each other after round ${round} (ROOMCAST_SEED=${seed})`, () =>
        seen.a.b > since.b && seen.b.a > since.a, { ms: 30_000 });
      await until('both servers to be ready', async () => (await ready('a')) && (await ready('b')), { ms: 30_000 });
    };
    await healed(0);
    let before;
    for (let round = 1; round <= rounds; round++) {
      const kinds = Object.keys(harms);
      const kind = kinds[random(kinds.length)];
      await harms[kind](redis, observer, random).catch((error) => {
        if (!/closed|ended|ECONN/i.test(String(error))) throw error; // the observer's own connection was hit
      });
      await healed(`${round} (${kind})`);
      if (round === 3) before = names.map((name) => ({ descriptors: servers[name].descriptors(), memory: servers[name].memory() }));
    }
    clearInterval(traffic);
    // A last event of each, behind all others.
    const last = { ...sent };
    await until('the last events', () => names.every((to) => names.every((from) => seen[to][from] === last[from])));

    assert.deepEqual(wrong, []);
    for (const [i, name] of names.entries()) {
      const other = names[1 - i];
      assert.equal(got[name][name], sent[name], 'what does not need Redis is never lost');
      const metrics = await scrape(servers[other]);
      const here = await scrape(servers[name]);
      const lost = sent[other] - got[name][other];
      const admitted = ['commands_dropped', 'commands_unknown'].reduce((sum, what) => sum + metrics.value(`roomcast_redis_${what}_total`), 0) +
        here.value('roomcast_redis_possible_gaps_total');
      t.diagnostic(`${name} missed ${lost} of ${sent[other]}; dropped, unknown and gaps: ${admitted}`);
      if (lost > 0) assert.ok(admitted > 0, `${lost} events are missing and nothing says so`);
      await until('as many descriptors as before', () => servers[name].descriptors() <= before[i].descriptors + 1);
      assert.ok(servers[name].memory() < before[i].memory + 16 * 1024 * 1024, 'memory has grown');
    }
  });
});

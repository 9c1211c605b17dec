// Hostile peers beside healthy clients: how each attack is answered, what the healthy ones notice, and that nothing of it stays.
// See docs/performance.md.
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

import { attacks } from './attacks.mjs';
import { Healthy } from './healthy.mjs';
import { metricsOf, readFlags, rssOf, serve, tableOf, watch } from './scenario.mjs';
import { Siege, limits } from './siege.mjs';

const flags = readFlags(`Usage: node bench/scenarios/attack.mjs [--only PATTERN] [--healthy N] [--connections N] [--requests N] [--seconds S]
                                        [--rounds N] [--delay MS] [--growth MIB] [--build FOLDER]

A server with two loops, and healthy clients that ask for an echo 40 times a second. Attacks it in one way after the other,
and then in all of them at once, several times. Prints how it answered, what the healthy ones noticed, the server's memory (what
the kernel has given it, and what it had allocated when all was over), and what was still open when the time for it was over.
The exit code is 1 when a healthy client lost its connection or an answer or waited too long, when an attack was answered
otherwise than it should be, or when something of it stayed: a connection, a session, memory.
  --only PATTERN   of the attacks' names, such as 'slow|races' (default: all of them)
  --healthy N      clients (default: 20)
  --connections N  of an attack by slowness; others make parts of it (default: 500)
  --requests N     that are bad (default: 10000)
  --seconds S      that an attack is repeated at least (default: 5)
  --rounds N       of all at once (default: 4)
  --delay MS       that an attack may add to the 99th percentile of the healthy ones (default: 50, or four times what it was
                   before if that is more)
  --growth MIB     of allocated memory that may be left in the end. What malloc keeps for later is not counted (default: 2)
  --build FOLDER   where roomcast and scenario_server were built (default: build/release)`,
{ only: '', healthy: 20, connections: 500, requests: 10_000, seconds: 5, rounds: 4, delay: 50, growth: 2 });

const quiet = Math.min(2, flags.seconds) * 1000; // to measure the healthy alone, in ms
const lingering = 5000 + 5000; // a close frame's answer, and a machine that does other things as well

// The server has CPU 0.
if (availableParallelism() > 1) execFileSync('taskset', ['-acp', '1', String(process.pid)], { stdio: 'ignore' });

/** The server's sockets as the kernel knows them: TCP connections, and some of its own. */
function descriptorsOf({ pid }) {
  const linkOf = (name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return ''; // closed meanwhile
    }
  };
  return readdirSync(`/proc/${pid}/fd`).filter((name) => linkOf(name).startsWith('socket:')).length;
}

async function openOf(server) {
  const metric = await metricsOf(server);
  return { connections: metric('roomcast_tcp_connections'), sessions: metric('roomcast_clients'), sockets: descriptorsOf(server), buffered: metric('roomcast_buffered_bytes') };
}

/** @return what is open beyond `usual` once that is nothing, or the time is up */
async function leftBehind(server, usual) {
  const end = performance.now() + lingering;
  for (;;) {
    const open = await openOf(server);
    const left = Object.fromEntries(Object.entries(open).map(([what, count]) => [what, Math.max(0, count - usual[what])]));
    if (Object.values(left).every((count) => count === 0) || performance.now() > end) return left;
    await pause(100);
  }
}

async function healthyFor(healthy, work) {
  healthy.begin();
  await work();
  return healthy.end();
}

/** All of them at once, each again and again, but no more than once a second. */
async function lay(sieges) {
  const end = performance.now() + flags.seconds * 1000;
  if (sieges.length === 0) await pause(flags.seconds * 1000);
  await Promise.all(sieges.map(async ({ attack, siege }) => {
    for (;;) {
      const soonest = pause(1000);
      await attack.run(siege);
      if (performance.now() > end) return;
      await soonest;
      siege.leave();
    }
  }));
}

async function measure(server, healthy, usual, chosen) {
  const before = await healthyFor(healthy, () => pause(quiet));
  const rss = { before: rssOf(server) };
  const highest = watch(server);
  const sieges = chosen.map((attack) => ({ attack, siege: new Siege(server.url, flags) }));
  const during = await healthyFor(healthy, () => lay(sieges));
  rss.peak = (await highest()).rss;
  const left = await leftBehind(server, usual); // while the peers hold on to their half
  rss.after = rssOf(server);
  const heap = (await metricsOf(server))('scenario_heap_bytes');
  for (const { siege } of sieges) siege.leave();
  return { before, during, rss, heap, left, sieges };
}

/** What is wrong with a measurement, in sentences. */
function* faultsOf({ before, during, left, sieges }) {
  if (during.lostClients > 0) yield `${during.lostClients} healthy clients lost their connection`;
  if (during.lostEchoes > 0) yield `${during.lostEchoes} echoes of healthy clients were not answered`;
  const most = Math.max(5 * before.p99, before.p99 + flags.delay * Math.max(1, sieges.length));
  if (during.p99 > most) yield `the 99th percentile of the healthy was ${shown(during.p99)} ms, and ${shown(before.p99)} before`;
  for (const [what, count] of Object.entries(left)) if (count > 0) yield `${shown(count)} ${what} were left when the attack was over`;
  for (const { attack: { name, must, may = [] }, siege } of sieges) {
    const whose = sieges.length > 1 ? ` by ${name}` : '';
    for (const answer of must) if (!siege.answers.has(answer)) yield `0 × ${answer}${whose}, and there should be some`;
    for (const [answer, count] of siege.answers) {
      if (!must.includes(answer) && !may.includes(answer)) yield `${shown(count)} × ${answer}${whose}, and there should be none`;
    }
  }
}

const shown = (value, digits = 1) => value.toLocaleString('en-US', { maximumFractionDigits: digits });
const mebibytes = (bytes) => shown(bytes / 2 ** 20);

function answersOf(sieges) {
  const sum = new Map();
  for (const { siege } of sieges) for (const [answer, count] of siege.answers) sum.set(answer, (sum.get(answer) ?? 0) + count);
  return [...sum].sort(([, a], [, b]) => b - a);
}

function rowOf(name, { before, during, rss, heap, left, sieges }) {
  const answers = answersOf(sieges);
  const made = answers.reduce((all, [, count]) => all + count, 0);
  return [
    name, shown(made), answers.map(([answer, count]) => `${shown(count)} × ${answer}`).join(', ') || 0, shown(before.p99), shown(during.p50), shown(during.p99), shown(during.longest),
    shown(during.newcomer), mebibytes(rss.before), mebibytes(rss.peak), mebibytes(rss.after), mebibytes(heap), Math.max(left.connections, left.sockets, left.sessions),
  ];
}

const chosen = attacks.filter(({ name }) => new RegExp(flags.only).test(name));
if (chosen.length === 0) {
  console.error(`--only ${flags.only} is none of: ${attacks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const server = await serve(
  flags.build, '--threads', 2, '--round-robin', '--ping-interval', limits.pingInterval, '--ping-timeout', limits.pingTimeout,
  '--upgrade-timeout', limits.upgrade, '--connect-timeout', limits.connect,
);
const faults = [];
try {
  const healthy = await Healthy.start(server.url, flags.healthy);
  setPriority(10); // of this thread, so that the healthy ones need not wait for it
  const usual = await openOf(server);
  const rows = [];
  const heaps = [];
  console.log(`${flags.healthy} healthy clients, ${flags.connections} connections of an attack by slowness, ${shown(flags.requests)} bad requests.\n`);
  const together = chosen.length > 1 ? Array(flags.rounds).fill(['all at once', chosen]) : [];
  for (const [name, at] of [['nobody', []], ...chosen.map((attack) => [attack.name, [attack]]), ...together]) {
    const measured = await measure(server, healthy, usual, at);
    rows.push(rowOf(name, measured));
    heaps.push(measured.heap);
    faults.push(...[...faultsOf(measured)].map((fault) => `${name}: ${fault}`));
  }
  console.log(tableOf(['attack', 'tried', 'answered', 'healthy p99 ms before', 'p50 beside', 'p99', 'longest', 'newcomer longest', 'RSS MiB before', 'peak', 'after', 'allocated', 'left open'], rows));
  const grown = heaps.at(-1) - heaps[0];
  if (grown > flags.growth * 2 ** 20) faults.push(`${mebibytes(grown)} MiB were left of all that`);
  await healthy.stop();
} finally {
  await server.stop();
}
for (const fault of faults) console.log(`FAILED: ${fault}`);
process.exit(faults.length ? 1 : 0);

// Readers that have stalled beside healthy clients: what each backpressure rule makes of it. See docs/performance.md.
import { execFile } from 'node:child_process';
import path from 'node:path';

import { pinned } from '../compare/servers.mjs';
import { metricsOf, readFlags, serve, tableOf, watch } from './scenario.mjs';

const flags = readFlags(`Usage: node bench/scenarios/stalled.mjs [--clients N] [--stalled N] [--bytes N] [--rate R] [--seconds S]
                                         [--max-waiting N] [--build FOLDER]

Broadcasts to healthy clients alone, then with clients beside them that never read, once for each backpressure rule, and at last
to the healthy ones alone again: what differs between the first and the last is the machine's. Prints what the healthy ones
notice, and the server's memory. The exit code is 1 when a healthy client missed a message, when more waited than may, or when
a rule was not seen at work.
  --clients N      that read (default: 10000)
  --stalled N      that do not (default: 1000)
  --bytes N        of each message (default: 4096)
  --rate R         messages a second, each to everybody (default: 10)
  --seconds S      of each measurement (default: 20)
  --max-waiting N  bytes that the rule lets wait for one client (default: 65536)
  --build FOLDER   where roomcast and scenario_server were built (default: build/release)`,
{ clients: 10_000, stalled: 1000, bytes: 4096, rate: 10, seconds: 20, 'max-waiting': 65_536 });

// Besides what its rule lets wait a client may have what was sent to it in the turn in which it stalled.
const mostWaiting = flags.stalled * (flags['max-waiting'] + 65_536);
const mostGrowth = mostWaiting + 32 * 2 ** 20; // of the memory, whose allocator keeps some

/** @return the result of `roomcast bench fanout` from CPU 1 as it is in its JSON */
function load(server, stalled) {
  const given = { clients: flags.clients, stalled, bytes: flags.bytes, rate: flags.rate, seconds: flags.seconds, warmup: Math.min(1, flags.seconds / 2), url: server.url, pid: server.pid };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [program, ...rest] = pinned(1, [path.join(flags.build, 'roomcast'), 'bench', 'fanout', ...args, '--json', '-']);
  return new Promise((resolve, reject) => {
    execFile(program, rest, (error, stdout, stderr) => (stdout ? resolve(JSON.parse(stdout)) : reject(new Error(stderr.trim() || error?.message))));
  });
}

async function measure(rule) {
  const server = await serve(flags.build, '--threads', 1, ...(rule ? ['--backpressure', rule, '--max-waiting', flags['max-waiting']] : []));
  try {
    const highest = watch(server);
    const result = await load(server, rule ? flags.stalled : 0);
    const peak = await highest();
    const metric = await metricsOf(server);
    const dropped = {
      oldest: metric('roomcast_backpressure_dropped_total', 'reason="oldest"'),
      replaced: metric('roomcast_backpressure_dropped_total', 'reason="replaced"'),
      volatile: metric('roomcast_volatile_dropped_total'),
    };
    return { rule, result, peak, dropped, slow: metric('roomcast_slow_consumers_total') };
  } finally {
    await server.stop();
  }
}

/** How many events each rule has dropped that is not `disconnect`. */
const kindOf = { drop_oldest: 'oldest', keep_latest: 'replaced', drop_volatile: 'volatile' };

/** What is wrong with a measurement, in sentences. */
function* faultsOf({ rule, result, peak, dropped, slow }) {
  const { errors, server, stalled } = result;
  if (!result.ok) yield `healthy clients missed something: ${JSON.stringify(errors)}`;
  if (!rule) return;
  if (peak.buffered > mostWaiting) yield `${peak.buffered} bytes waited, and ${mostWaiting} may`;
  const growth = peak.rss - server.rss_bytes_connected;
  if (growth > mostGrowth) yield `memory grew by ${growth} bytes, and by ${mostGrowth} it may`;
  const closed = rule === 'disconnect' ? flags.stalled : 0;
  if (stalled.closed !== closed || slow !== closed) yield `${stalled.closed} stalled clients were closed, ${slow} as slow consumers, and ${closed} should be`;
  const kind = kindOf[rule];
  if (kind && dropped[kind] === 0) yield 'nothing was dropped: a longer or quicker run (--seconds, --rate, --bytes) would fill the clients';
}

const shown = (value, digits = 0) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const milliseconds = (microseconds) => shown(microseconds / 1000, 1);
const mebibytes = (bytes) => shown(bytes / 2 ** 20, 1);

console.log(`${shown(flags.clients)} healthy clients, ${shown(flags.stalled)} stalled ones, ${shown(flags.bytes)} bytes ${flags.rate} times a second, ${flags.seconds} s each; ${shown(flags['max-waiting'])} bytes may wait for a client.\n`);
const rows = [];
const faults = [];
for (const rule of [undefined, 'disconnect', 'drop_oldest', 'keep_latest', 'drop_volatile', undefined]) {
  const measured = await measure(rule);
  const { result: { latency_us: latency, server, stalled, generator_cpu_percent: generator }, peak, dropped } = measured;
  const what = Object.entries(dropped).filter(([, count]) => count > 0).map(([kind, count]) => `${shown(count)} ${kind}`).join(', ');
  rows.push([
    rule ? `\`${rule}\`` : 'nobody stalls', milliseconds(latency.p50), milliseconds(latency.p99), mebibytes(server.rss_bytes_connected), mebibytes(peak.rss),
    mebibytes(peak.buffered), what || 0, stalled.closed, shown(server.cpu_percent), shown(generator),
  ]);
  faults.push(...[...faultsOf(measured)].map((fault) => `${rule ?? 'nobody stalls'}: ${fault}`));
}
console.log(tableOf(['rule', 'healthy p50 ms', 'p99 ms', 'RSS MiB connected', 'peak', 'waiting MiB, peak', 'dropped', 'closed', 'server CPU %', 'generator CPU %'], rows));
for (const fault of faults) console.log(`FAILED: ${fault}`);
process.exit(faults.length ? 1 : 0);

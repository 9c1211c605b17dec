// script/bench calls this: runs every load on every server, again and again, and writes what came out.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { chartOf } from './chart.mjs';
import { loads as allLoads } from './loads.mjs';
import { measure, systemCallsPerMessage } from './measure.mjs';
import { findServers, startRedis, startServer, versions } from './servers.mjs';
import { cpuOf, tablesOf } from './tables.mjs';

const refuse = (why) => {
  console.error(`bench: ${why}`);
  process.exit(2);
};
const attempt = (work) => {
  try {
    return work();
  } catch (error) {
    return refuse(error.message);
  }
};

const { values: flags } = attempt(() => parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'string', default: '.' },
    modes: { type: 'string', default: '.' },
    repetitions: { type: 'string' },
    seconds: { type: 'string' },
    out: { type: 'string' },
    root: { type: 'string' },
    installed: { type: 'string' }, // where the peers are
  },
}));
const repetitions = Number(flags.repetitions ?? (flags.quick ? 1 : 5));
const seconds = Number(flags.seconds ?? (flags.quick ? 0.4 : 2));
if (!(repetitions >= 1) || !(seconds > 0)) refuse('--repetitions and --seconds are numbers above 0');
const warmup = flags.quick ? 0.2 : 1;
const root = flags.root;
const docs = path.join(root, 'docs');
// What is published comes from a whole run.
const whole = !flags.quick && flags.peers === '.' && flags.modes === '.';
const out = path.resolve(flags.out ?? (whole ? docs : path.join(root, 'build/bench')));

const roomcast = path.join(root, 'build/release/roomcast');
const [peers, modes] = attempt(() => [new RegExp(flags.peers), new RegExp(flags.modes)]);
const loads = allLoads(flags.quick).filter(({ name }) => modes.test(name));
const found = findServers(root, flags.installed, peers);
const servers = found.filter(({ missing }) => !missing);
const missing = found.filter((server) => server.missing);
for (const { name, missing: why } of missing) console.log(`${name} is left out: ${why}`);
if (!servers.length || !loads.length) refuse('nothing is left to do; choose others with --peers and --modes');

const runs = [];
const begin = Date.now();
const busy = loadavg()[0] > 0.5 ? `Other work was running (load average ${loadavg()[0].toFixed(1)}), so these times are too long and scattered. ` : '';
if (busy) console.log(busy);

/** Starts `count` processes of a server, two with a Redis between them, and stops all of them after `work(targets)`. */
async function withServers(server, count, work) {
  const targets = [];
  try {
    const redis = count > 1 ? await startRedis() : null;
    if (redis) targets.push(redis);
    for (let i = 0; i < count; i++) targets.push(await startServer(server, redis?.url));
    await work(targets);
  } finally {
    await Promise.all(targets.map(({ stop }) => stop()));
  }
}

async function runLoad(server, load, targets, repetition) {
  const run = await measure(roomcast, load, targets, { seconds: load.idle ? seconds * 2 : seconds, warmup });
  if (repetition === 0 && !load.idle && !run.failed) {
    run.system_calls_per_message = await systemCallsPerMessage(roomcast, load, targets, { seconds: seconds / 2 });
  }
  runs.push({ server_name: server.name, load: load.name, repetition, ...run });
  const figure = run.failed ?? `${(load.idle ? run.server.cpu_us_per_connect : run.server.cpu_us_per_message).toFixed(2)} µs${run.bad ? `, ${run.bad}` : ''}`;
  const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
  console.log(`${minutes.padStart(5)} min  ${repetition + 1}/${repetitions}  ${server.name.padEnd(18)}  ${load.name.padEnd(66)}  ${figure}`);
}

// A fresh process for each server and repetition, and for each measurement of memory.
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const server of servers) {
    for (const count of [1, 2]) {
      const talks = loads.filter((load) => !load.idle && load.servers === count);
      if (!talks.length) continue;
      await withServers(server, count, async (targets) => {
        for (const load of talks) await runLoad(server, load, targets, repetition);
      });
    }
    for (const load of loads.filter(({ idle }) => idle)) {
      await withServers(server, 1, (targets) => runLoad(server, load, targets, repetition));
    }
  }
}

const machine = `${cpus().length} × ${cpus()[0].model}, Linux ${release().split('-')[0]}`;
const about = [
  `Taken on ${new Date().toISOString().slice(0, 10)} with ${versions(root, flags.installed)}.`,
  `Machine: ${machine}. ${flags.quick ? '**A quick run, which only shows that everything works.** ' : ''}${busy}Medians of ${repetitions} run${repetitions > 1 ? 's' : ''} of ${seconds} s each.`,
].join('\n');
const [first, last] = ['<!-- script/bench writes from here -->', '<!-- to here -->'];
const page = readFileSync(path.join(docs, 'performance.md'), 'utf8');
const [head, rest] = [page.slice(0, page.indexOf(first)), page.slice(page.indexOf(last))];
if (!page.includes(first) || !page.includes(last)) throw new Error(`docs/performance.md lacks the lines "${first}" and "${last}"`);
mkdirSync(path.join(out, 'images'), { recursive: true });
writeFileSync(path.join(out, 'performance.md'), `${head}${first}\n\n${about}\n\n${tablesOf({ loads, servers, runs, missing })}\n\n${rest}`);
const panels = loads.filter(({ chart }) => chart).map((load) => ({
  title: load.name,
  bars: servers.map(({ name }) => ({ name, value: cpuOf(runs.filter((run) => run.server_name === name && run.load === load.name)) })),
}));
writeFileSync(path.join(out, 'images/performance.svg'), chartOf('CPU µs of the server per delivered message (less is better)', panels));
writeFileSync(path.join(out, 'performance.json'), `{"about": ${JSON.stringify(about)},\n"runs": [\n${runs.map((run) => JSON.stringify(run)).join(',\n')}\n]}\n`);
console.log(`written: performance.md, images/performance.svg and performance.json in ${path.relative(process.cwd(), out) || '.'}`);

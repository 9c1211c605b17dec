// Markdown tables of medians.

export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (!sorted.length) return NaN;
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

export function shown(value) {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(value < 0.1 ? 2 : 3);
}

const columnsOfTalk = [
  ['CPU µs/message', (run) => run.server.cpu_us_per_message],
  ['messages/s', (run) => run.rate_per_s],
  ['p50 µs', (run) => run.latency_us.p50],
  ['p99 µs', (run) => run.latency_us.p99],
  ['server CPU %', (run) => run.server.cpu_percent],
  ['generator CPU %', (run) => run.generator_cpu_percent],
  ['RSS MiB', (run) => run.server.rss_bytes / 2 ** 20],
  ['system calls/message', (run) => run.system_calls_per_message ?? NaN],
];
const columnsOfIdle = [
  ['bytes/connection', (run) => run.server.rss_bytes_per_connection],
  ['CPU µs/connect', (run) => run.server.cpu_us_per_connect],
  ['connects/s', (run) => run.connects_per_s],
  ['idle CPU %', (run) => run.server.cpu_percent],
  ['RSS MiB before', (run) => run.server.rss_bytes_before / 2 ** 20],
  ['RSS MiB', (run) => run.server.rss_bytes / 2 ** 20],
];

/** What the chart and the first table are about. */
export const cpuOf = (runs) => median(runs.map((run) => run.server?.cpu_us_per_message));

function spreadOf(runs, load) {
  const values = runs.map((run) => (load.idle ? run.server.cpu_us_per_connect : run.server.cpu_us_per_message));
  return `${shown(Math.min(...values))}–${shown(Math.max(...values))}`;
}

function tableOf(load, servers, runsOf) {
  const columns = load.idle ? columnsOfIdle : columnsOfTalk;
  const lines = [
    `| server | ${columns.map(([name]) => name).join(' | ')} | CPU min–max | runs | bad |`,
    `|---|${columns.map(() => '--:|').join('')}--:|--:|---|`,
  ];
  for (const { name } of servers) {
    const all = runsOf(name, load.name);
    const runs = all.filter((run) => !run.failed);
    const failures = [...new Set(all.filter((run) => run.failed || run.bad).map((run) => run.failed || run.bad))].join('; ');
    if (!all.length) continue;
    const cells = runs.length ? columns.map(([, value]) => shown(median(runs.map(value)))) : columns.map(() => '–');
    lines.push(`| ${name} | ${cells.join(' | ')} | ${runs.length ? spreadOf(runs, load) : '–'} | ${runs.length} | ${failures.replaceAll('|', '/') || 'none'} |`);
  }
  return lines.join('\n');
}

function summaryOf(loads, servers, runsOf) {
  const lines = [`| load | ${servers.map(({ name }) => name).join(' | ')} |`, `|---|${servers.map(() => '--:|').join('')}`];
  for (const load of loads.filter(({ idle }) => !idle)) {
    lines.push(`| ${load.name} | ${servers.map(({ name }) => shown(cpuOf(runsOf(name, load.name)))).join(' | ')} |`);
  }
  return lines.join('\n');
}

/** All tables. `runs` are the measurements with their `server_name` and `load`. */
export function tablesOf({ loads, servers, runs, missing }) {
  const runsOf = (server, load) => runs.filter((run) => run.server_name === server && run.load === load);
  const used = loads.filter(({ name }) => runs.some(({ load }) => load === name));
  const parts = [];
  if (used.some(({ idle }) => !idle)) {
    parts.push(`### CPU microseconds of the server per delivered message\n\n${summaryOf(used, servers, runsOf)}`);
  }
  for (const load of used) parts.push(`### ${load.name}\n\n${tableOf(load, servers, runsOf)}`);
  for (const { name, missing: why } of missing) parts.push(`${name} was left out: ${why}`);
  return parts.join('\n\n');
}

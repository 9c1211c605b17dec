// One run of `roomcast bench` from CPU 1, and the system calls of a server while it runs.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { pinned } from './servers.mjs';

const finish = (command) =>
  new Promise((resolve) => {
    const [program, ...args] = command;
    execFile(program, args, { timeout: 180_000 }, (error, stdout, stderr) => resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }));
  });

function benchCommand(roomcast, load, targets, { seconds, warmup }) {
  const urls = targets.filter(({ url }) => url.startsWith('http')).flatMap(({ url }) => ['--url', url]);
  const pids = targets.flatMap(({ pid }) => ['--pid', String(pid)]);
  const times = ['--seconds', String(seconds), '--warmup', String(warmup), '--settle', '0.2'];
  return pinned(1, [roomcast, 'bench', ...load.args, ...urls, ...pids, ...times, '--json', '-']);
}

/** @return what is kept of the result; `bad` counts what must not have happened, and `failed` says that there is no result. */
export async function measure(roomcast, load, targets, times) {
  const { code, stdout, stderr } = await finish(benchCommand(roomcast, load, targets, times));
  if (!stdout) return { failed: stderr.trim().split('\n').pop() || `exit code ${code}` };
  const { messages, rate_per_s, latency_us, generator_cpu_percent, connects_per_s, server, errors, urls } = JSON.parse(stdout);
  const bad = Object.entries(errors).filter(([, count]) => count > 0);
  return {
    messages, rate_per_s, latency_us, generator_cpu_percent, connects_per_s, server,
    deliveries: urls.reduce((sum, url) => sum + url.deliveries, 0),
    bad: bad.map(([kind, count]) => `${count} ${kind}`).join(', '),
  };
}

// perf writes "count,,event,…".
async function systemCallsOf(command, pids) {
  const folder = mkdtempSync(path.join(tmpdir(), 'roomcast-perf-'));
  const file = path.join(folder, 'count');
  const perf = ['perf', 'stat', '-e', 'raw_syscalls:sys_enter', '-x', ',', '-o', file, '-p', pids.join(','), '--', ...command];
  const { code, stdout } = await finish(perf);
  try {
    const [, count] = /^(\d+),.*sys_enter/m.exec(readFileSync(file, 'utf8')) ?? [];
    return code === 0 && count && stdout ? { count: Number(count), deliveries: JSON.parse(stdout).urls.reduce((sum, url) => sum + url.deliveries, 0) } : null;
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** System calls per delivery, or null where perf cannot tell. From two runs of different length, so that connecting does not count. */
export async function systemCallsPerMessage(roomcast, load, targets, { seconds }) {
  const pids = targets.map(({ pid }) => pid);
  const counts = [];
  for (const length of [seconds * 0.2, seconds]) {
    const counted = await systemCallsOf(benchCommand(roomcast, load, targets, { seconds: length, warmup: 0 }), pids);
    if (!counted) return null;
    counts.push(counted);
  }
  const [first, second] = counts;
  const deliveries = second.deliveries - first.deliveries;
  return deliveries > 0 ? (second.count - first.count) / deliveries : null;
}

// What script/bench makes of its measurements, and that the peers serve what the generator wants.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { describe, it } from 'node:test';

import { Server } from 'socket.io';

import { chartOf } from '../../bench/compare/chart.mjs';
import { loads } from '../../bench/compare/loads.mjs';
import { median, shown, tablesOf } from '../../bench/compare/tables.mjs';
import { serve } from '../../bench/peers/app.mjs';
import { launch, roomcast } from './support/server.mjs';
import { e2eFolder } from './support/target.mjs';
import { next, within } from './support/wait.mjs';

const root = path.join(e2eFolder, '../..');

describe('The tables of script/bench', () => {
  const run = (server_name, load, cpu, more = {}) => ({
    server_name, load, rate_per_s: 1e6, latency_us: { p50: 10, p99: 20, max: 30 }, generator_cpu_percent: 5, connects_per_s: 7, bad: '',
    server: {
      cpu_us_per_message: cpu, cpu_percent: 50, cpu_us_per_connect: cpu * 10, rss_bytes_before: 2 ** 20, rss_bytes: 2 ** 21, rss_bytes_per_connection: 1234,
    },
    ...more,
  });
  const talk = { name: 'talk' }, idle = { name: 'idle', idle: true };
  const tables = tablesOf({
    loads: [talk, idle, { name: 'never run' }],
    servers: [{ name: 'one' }, { name: 'two' }],
    runs: [
      run('one', 'talk', 3, { system_calls_per_message: 0.5 }), run('one', 'talk', 1), run('one', 'talk', 2, { bad: '4 lost' }),
      { server_name: 'two', load: 'talk', failed: 'it | broke' },
      run('one', 'idle', 5),
    ],
    missing: [{ name: 'three', missing: 'it cannot be loaded' }],
  });

  it('have medians, the spread, and the system calls of the run that has them', () => {
    assert.match(tables, /^\| one \| 2\.00 \| 1,000,000 \| 10\.0 \| .* \| 0\.500 \| 1\.00–3\.00 \| 3 \| 4 lost \|$/m);
    assert.match(tables, /^\| talk \| 2\.00 \| – \|$/m);
  });

  it('say what went wrong, and who is missing and why', () => {
    assert.match(tables, /^\| two \| – .*\| 0 \| it \/ broke \|$/m);
    assert.match(tables, /^three was left out: it cannot be loaded$/m);
    assert.doesNotMatch(tables, /never run|NaN|undefined/);
  });

  it('have other columns for idle connections', () => {
    assert.match(tables, /### idle\n\n\| server \| bytes\/connection .*\n.*\n\| one \| 1,234 \| 50\.0 \|/);
  });

  it('take the middle, or the mean of the two, and show what is no number as a dash', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, NaN, 2, 3]), 2.5);
    assert.equal(shown(median([])), '–');
    assert.deepEqual([0.01234, 0.1234, 1.234, 12.34, 1234.5].map(shown), ['0.012', '0.123', '1.23', '12.3', '1,235']);
  });

  it('have a place in docs/performance.md', () => {
    const page = fs.readFileSync(path.join(root, 'docs/performance.md'), 'utf8');
    assert.match(page, /<!-- script\/bench writes from here -->[^]*<!-- to here -->/);
  });
});

describe('The chart of script/bench', () => {
  it('has a bar for each server, the longest in full, and is readable on light and dark', () => {
    const svg = chartOf('a < b', [{ title: 'load', bars: [{ name: 'roomcast', value: 1 }, { name: 'node & ws', value: 4 }, { name: 'x', value: NaN }] }]);
    assert.deepEqual([...svg.matchAll(/width="([\d.]+)" height="16"/g)].map(([, length]) => Number(length)), [120, 480, 0]);
    assert.match(svg, /a &lt; b/);
    assert.match(svg, /node &amp; ws/);
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.doesNotMatch(svg, /NaN/);
  });
});

describe('The loads of script/bench', () => {
  for (const { name, args } of loads(true).filter(({ servers }) => servers === 1)) {
    it(`${name}: is understood by roomcast bench and served by the peers`, async (t) => {
      const http = createServer();
      const io = new Server(http);
      serve(io);
      http.listen(0, '127.0.0.1');
      await next(http, 'listening');
      t.after(() => io.close());
      const fewer = args.map((argument, i) => (args[i - 1] === '--clients' && Number(argument) > 200 ? '200' : argument));
      const url = `http://127.0.0.1:${http.address().port}`;
      const program = launch(roomcast, ['bench', ...fewer, '--url', url, '--seconds', '0.1', '--warmup', '0', '--settle', '0']);
      const { code } = await within(60_000, 'the end of bench', program.ended);
      assert.equal(code, 0, program.stdout + program.stderr);
    });
  }
});

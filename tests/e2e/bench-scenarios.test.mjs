// The programs of bench/scenarios, in small: that they show what they are for, and fail when it is not to be seen.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { launch, leanSanitizer } from './support/server.mjs';
import { buildFolder, e2eFolder, notOnNode } from './support/target.mjs';
import { within } from './support/wait.mjs';

const scenarios = path.join(e2eFolder, '../../bench/scenarios');

async function play(scenario, args) {
  const program = launch(process.execPath, [path.join(scenarios, `${scenario}.mjs`), '--build', buildFolder, ...args], { env: leanSanitizer });
  try {
    const { code } = await within(90_000, `the end of ${scenario}`, program.ended);
    return { code, stdout: program.stdout, stderr: program.stderr };
  } finally {
    program.child.kill('SIGKILL');
  }
}

/** The rows of the one table, each an object of its cells by their columns. */
function rowsOf(text) {
  const [columns, , ...rows] = text.split('\n').filter((line) => line.startsWith('|')).map((line) => line.slice(2, -2).split(' | '));
  return rows.map((cells) => Object.fromEntries(cells.map((cell, i) => [columns[i], cell])));
}

const ours = notOnNode('scenario_server is ours');

describe('Readers that have stalled beside healthy ones', () => {
  it('lose what their rule says, and nobody else loses anything', ours, async () => {
    const { code, stdout, stderr } = await play('stalled', ['--clients', '100', '--stalled', '20', '--rate', '100', '--seconds', '1', '--max-waiting', '20000']);
    assert.equal(code, 0, stdout + stderr);
    const rows = rowsOf(stdout);
    assert.deepEqual(rows.map(({ rule }) => rule), ['nobody stalls', '`disconnect`', '`drop_oldest`', '`keep_latest`', '`drop_volatile`', 'nobody stalls']);
    assert.deepEqual(rows.map(({ closed }) => closed), ['0', '20', '0', '0', '0', '0']);
    assert.deepEqual(rows.map(({ dropped }) => dropped.replace(/[\d,]+ /, '')), ['0', '0', 'oldest', 'replaced', 'volatile', '0']);
    for (const row of rows) assert.ok(parseFloat(row['healthy p50 ms']) <= parseFloat(row['p99 ms']) && parseFloat(row.peak) > 1, JSON.stringify(row));
  });

  it('fail the run when they were sent too little to show a rule', ours, async () => {
    const { code, stdout } = await play('stalled', ['--clients', '5', '--stalled', '2', '--rate', '5', '--seconds', '0.2']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAILED: disconnect: 0 stalled clients were closed, 0 as slow consumers, and 2 should be$/m);
    for (const rule of ['drop_oldest', 'keep_latest', 'drop_volatile']) assert.match(stdout, new RegExp(`^FAILED: ${rule}: nothing was dropped: .*--seconds`, 'm'));
  });
});

describe('A handler that blocks one of two loops', () => {
  it('costs nobody the connection, and the other loop no time', ours, async () => {
    const { code, stdout, stderr } = await play('blocked_loop', ['--clients', '20', '--seconds', '4', '--ping-interval', '1500', '--ping-timeout', '1500']);
    assert.equal(code, 0, stdout + stderr);
    const [own, other] = rowsOf(stdout);
    const longest = (row) => Number(row['longest echo during the block, ms'].replaceAll(',', ''));
    assert.ok(longest(own) > 3000 && longest(other) < longest(own) / 2, stdout);
    assert.deepEqual([own, other].map((row) => [row['how many'], row.lost, row['would have left']]), [['10', '0', '10'], ['10', '0', '0']]);
  });

  it('fails the run when clients lose their connection', ours, async () => {
    // They hold back their first pong, and are given up before all have been pinged.
    const { code, stdout } = await play('blocked_loop', ['--clients', '20', '--seconds', '0.1', '--ping-interval', '300', '--ping-timeout', '1']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAILED: \d+ clients of the blocked loop lost their connection$/m);
  });
});

describe('Attacks beside healthy clients', () => {
  it('are answered as they should be, and leave nothing', ours, async () => {
    const { code, stdout, stderr } = await play('attack', ['--only', 'heads|messages|requests|races', '--rounds', '2', '--connections', '30', '--requests', '300', '--seconds', '0.5', '--delay', '2000']);
    assert.equal(code, 0, stdout + stderr);
    const rows = rowsOf(stdout);
    assert.deepEqual(rows.map(({ attack }) => attack), ['nobody', 'large heads', 'large messages', 'bad requests', 'upgrade races', 'all at once', 'all at once']);
    assert.deepEqual(rows.map((row) => row['left open']), Array(7).fill('0'));
    assert.match(rows[1].answered, /^[\d,]+ × 431$/);
    assert.match(rows[5].answered, /× 431.*/);
    for (const row of rows) assert.ok(parseFloat(row['p50 beside']) <= parseFloat(row.p99) && parseFloat(row.after) > 1, JSON.stringify(row));
  });

  it('fail the run when they leave something', ours, async (t) => {
    // A server that waits ten minutes for a pong, whatever it is told.
    const folder = await mkdtemp(path.join(tmpdir(), 'roomcast-patient-'));
    t.after(() => rm(folder, { recursive: true }));
    await mkdir(path.join(folder, 'bench'));
    await writeFile(path.join(folder, 'roomcast'), '');
    const patient = `#!/bin/sh\nexec '${buildFolder}/bench/scenario_server' $(echo "$@" | sed 's/--ping-timeout [0-9]*/--ping-timeout 600000/')\n`;
    await writeFile(path.join(folder, 'bench/scenario_server'), patient, { mode: 0o755 });
    const { code, stdout } = await play('attack', ['--build', folder, '--only', 'attachments', '--connections', '30', '--seconds', '0.5', '--delay', '2000']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAILED: missing attachments: 6 connections were left when the attack was over$/m);
    assert.match(stdout, /^FAILED: missing attachments: 6 × left open, and there should be none$/m);
  });
});

describe('Compressed broadcasts beside plain ones', () => {
  it('take fewer bytes on the wire', ours, async () => {
    const { code, stdout, stderr } = await play('deflate', ['--clients', '20', '--broadcasts', '10', '--only', '^roomcast']);
    assert.equal(code, 0, stdout + stderr);
    const rows = rowsOf(stdout);
    assert.deepEqual(rows.map((row) => [row[''], row.compressed]), [['roomcast', 'no'], ['roomcast, compressing', 'yes']]);
    const [plain, compressed] = rows.map((row) => Number(row['bytes on the wire'].replaceAll(',', '')));
    assert.ok(plain > 3900 && plain < 4300 && compressed < plain / 2, stdout);
    for (const row of rows) assert.ok(parseFloat(row['RSS MiB afterwards']) > 1, JSON.stringify(row));
  });
});

describe('The command line of a scenario', () => {
  for (const [scenario, number] of [['stalled', '--seconds'], ['blocked_loop', '--seconds'], ['attack', '--seconds'], ['deflate', '--clients']]) {
    it(`${scenario}: has a --help, and refuses with 2 what it does not understand`, async () => {
      const { code, stdout } = await play(scenario, ['--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: node bench/scenarios/${scenario}.mjs`));
      for (const args of [[number, 'x'], ['--nothing']]) {
        const refused = await play(scenario, args);
        assert.equal(refused.code, 2);
        assert.ok(refused.stderr.includes(args[0]), refused.stderr);
      }
    });
  }
});

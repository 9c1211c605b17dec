// docs/security.md names a test for each advisory: that these tests are there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { e2eFolder } from './support/target.mjs';

const tests = path.dirname(e2eFolder);
const sources = [];
for (const entry of fs.readdirSync(tests, { recursive: true })) {
  if (/node_modules|advisories\.test/.test(entry) || !/_test\.cpp$|\.test\.mjs$/.test(entry)) continue;
  sources.push(fs.readFileSync(path.join(tests, entry), 'utf8'));
}
const all = sources.join('\n');

describe('Advisories', () => {
  const page = fs.readFileSync(path.join(tests, '..', 'docs', 'security.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| (CVE|GHSA)-/.test(line));

  it('there is a row for each that concerns a server', () => {
    assert.equal(rows.length, 16);
  });

  for (const row of rows) {
    const [, advisory, , , named] = row.split(' | ').join('|').split('|').map((cell) => cell.trim());
    it(`${advisory}: its tests exist`, () => {
      const names = [...named.matchAll(/`((?:[^`])+)`/g)].map(([, name]) => name);
      assert.ok(names.length > 0, 'no test is named');
      for (const name of names) assert.ok(all.includes(name), `no test has the name ${name}`);
    });
  }
});

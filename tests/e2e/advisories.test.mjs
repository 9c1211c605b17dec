// docs/security.md names a test for each advisory, by its whole title: that these tests are there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { e2eFolder } from './support/target.mjs';

const tests = path.dirname(e2eFolder);
const titles = new Set();
for (const entry of fs.readdirSync(tests, { recursive: true })) {
  if (/node_modules|advisories\.test/.test(entry) || !/_test\.cpp$|\.test\.mjs$/.test(entry)) continue;
  const source = fs.readFileSync(path.join(tests, entry), 'utf8');
  for (const [, suite, name] of source.matchAll(/^(?:TYPED_)?TEST(?:_[FP])?\((\w+),\s*(\w+)\)/gm)) titles.add(`${suite}.${name}`);
  // What a title takes from a table stands there as …
  for (const [, , title] of source.matchAll(/^ *it\((['`])(.*?)(?<!\\)\1,/gm)) titles.add(title.replace(/\$\{[^}]*\}/g, '…').replaceAll('\\', ''));
}

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
      for (const name of names) assert.ok(titles.has(name), `no test has the title ${name}`);
    });
  }
});

// Reads /metrics as a scraper would.
import assert from 'node:assert/strict';

import { request } from './http.mjs';
import { until } from './wait.mjs';

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/gy;

function readLabels(text) {
  const labels = {};
  let end = 0;
  for (const [pair, name, value] of text.matchAll(labelPair)) {
    labels[name] = value.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
    end += pair.length;
  }
  assert.equal(end, text.length, `bad labels: ${text}`);
  return labels;
}

/** The samples of one scrape. */
export class Metrics {
  #samples = [];

  constructor(text) {
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('# HELP ') || line.startsWith('# TYPE ')) continue;
      const match = sampleLine.exec(line);
      assert.ok(match, `not a sample: ${line}`);
      this.#samples.push({ name: match[1], labels: readLabels(match[2] ?? ''), value: Number(match[3]) });
    }
  }

  /** All samples of a metric: [{ labels, value }]. */
  all(name) {
    return this.#samples.filter((sample) => sample.name === name);
  }

  /** The sum of the samples that have these labels; 0 if there is none. */
  value(name, labels = {}) {
    return this.all(name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, sample) => sum + sample.value, 0);
  }
}

export async function scrape({ host, port, ca }) {
  const response = await request({ host, port, ca }, '/metrics');
  assert.equal(response.status, 200);
  assert.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  return new Metrics(response.body);
}

/** Scrapes until `holds(metrics)`; for what the server has yet to notice. */
export async function scrapeUntil(server, what, holds, options) {
  let last;
  await until(what, async () => holds((last = await scrape(server))), options).catch((error) => {
    const seen = ['roomcast_clients', 'roomcast_sockets', 'roomcast_rooms', 'roomcast_session_closes_total'];
    error.message += `: ${JSON.stringify(seen.map((name) => last?.all(name)))}`;
    throw error;
  });
  return last;
}

/** The admin port of a server that was started with --admin-port 0 and --log-level info. */
export async function adminPort(server) {
  const line = await until('the line that names the admin port', () => /admin"?[=:]"?http:\/\/([^:]+):(\d+)/.exec(server.stderr));
  return { host: line[1], port: Number(line[2]) };
}

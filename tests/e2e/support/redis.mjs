// A Redis of a test's own: real, on a free port, gone when the test ends; without a file unless it has to remember.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import Redis from 'ioredis';

import { freePort } from './ports.mjs';
import { within } from './wait.mjs';

class RedisServer {
  #child;
  #files;
  #more;
  constructor(port, folder, more) {
    this.port = port;
    this.#more = more;
    this.#files = folder ? ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  }

  get url() { return `redis://127.0.0.1:${this.port}`; }

  async start() {
    this.#child = spawn('redis-server', ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', ...this.#files, ...this.#more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ready = new Promise((resolve, reject) => {
      let said = '';
      this.#child.stdout.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (said.includes('Ready to accept connections')) resolve();
      });
      this.#child.once('exit', () => reject(new Error(`redis-server ended:\n${said}`)));
    });
    await within(10000, 'redis-server', ready);
  }

  async kill() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** It keeps its connections and answers nothing, until it goes on. */
  standStill() { this.#child.kill('SIGSTOP'); }
  goOn() { this.#child.kill('SIGCONT'); }

  /** A client of it for the test itself, closed when `t` ends. */
  client(t) {
    // The check asks Redis with INFO when the connection is made. A subscription that gets in front of it makes that an error,
    // whereupon ioredis connects again and has lost the subscription.
    const client = new Redis(this.port, '127.0.0.1', { enableReadyCheck: false });
    client.on('error', () => {});
    t.after(() => client.disconnect());
    return client;
  }
}

const escapes = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };
const unquoted = (text) => text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex, one) => (hex ? String.fromCharCode(parseInt(hex, 16)) : escapes[one] ?? one));

/**
 * Every command that the Redis on `port` gets from now on, as [source, [name, ...args]] in a list that grows until `t` ends. Done
 * by hand: ioredis loses its way when a command comes in the same read as the answer to its MONITOR.
 */
export async function monitor(t, port) {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const seen = [];
  let unread = '';
  const listening = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.setEncoding('latin1').on('data', (text) => {
      const lines = (unread + text).split('\r\n');
      unread = lines.pop();
      for (const line of lines) {
        const command = /^\+[\d.]+ \[\d+ ([^\]]*)\] (.*)$/.exec(line);
        if (command) seen.push([command[1], [...command[2].matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, word]) => unquoted(word))]);
        else resolve();
      }
    });
  });
  socket.write('MONITOR\r\n');
  await within(10000, 'MONITOR', listening);
  return seen;
}

/** A Redis that is gone when test `t` ends; `args` go to redis-server. A durable one still has what it acknowledged when it is killed and started again. */
export async function startRedis(t, { durable = false, args = [] } = {}) {
  const folder = durable && fs.mkdtempSync(path.join(os.tmpdir(), 'roomcast-redis-'));
  const redis = new RedisServer(await freePort(), folder, args);
  t.after(async () => {
    await redis.kill();
    if (folder) fs.rmSync(folder, { recursive: true });
  });
  await redis.start();
  return redis;
}

// A Redis of a test's own: real, on a free port, gone when the test ends; without a file unless it has to remember.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import Redis from 'ioredis';

import { within } from './wait.mjs';

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

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
    const client = new Redis(this.port, '127.0.0.1');
    client.on('error', () => {});
    t.after(() => client.disconnect());
    return client;
  }
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

// Starts one server as a child process, waits for its ready line, and at the end insists that it ended well:
// not before it was told to, with exit code 0, and without a sanitizer's report on standard error.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';

import { Authority, tlsFlags } from './certificates.mjs';
import { buildFolder, e2eFolder, onNode, overTls } from './target.mjs';
import { within } from './wait.mjs';

const fixture = (file, ...args) => [process.execPath, path.join(e2eFolder, 'fixtures', file), ...args];

const commands = onNode
  ? {
      conformance: fixture('conformance-node-server.mjs'),
      engine: fixture('conformance-node-server.mjs', '--engine'),
      bench: fixture('conformance-node-server.mjs', '--bench'),
      hooks: fixture('hooks-node-server.mjs'),
      chat: fixture('chat-node-server.mjs'),
      replay: fixture('replay-node-server.mjs'),
    }
  : {
      conformance: [path.join(buildFolder, 'tests', 'conformance_server')],
      engine: [path.join(buildFolder, 'tests', 'conformance_server'), '--engine'],
      cluster_node: fixture('cluster-node-server.mjs'),
      cluster: [path.join(buildFolder, 'tests', 'cluster_server')],
      bench: [path.join(buildFolder, 'bench', 'bench_server')],
      operators: [path.join(buildFolder, 'tests', 'operators_server')],
      cluster: [path.join(buildFolder, 'tests', 'cluster_server')],
      hooks: [path.join(buildFolder, 'tests', 'hooks_server')],
      hello: [path.join(buildFolder, 'examples', 'hello')],
      echo_room: [path.join(buildFolder, 'examples', 'echo_room')],
      chat: [path.join(buildFolder, 'roomcast'), 'chat'],
      chat_node: fixture('chat-node-server.mjs'),
      replay: [path.join(buildFolder, 'tests', 'replay_server')],
    };

/** The path that each kind of server answers on. */
export const pathOf = (kind) => (kind === 'engine' ? '/engine.io/' : '/socket.io/');

const readyLine = /^listening on (https?:\/\/(.+):(\d+))$/m;
const sanitizerReport = /(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|: runtime error: /;

// The conformance server pings every 300 ms, gives up after 200 ms, and wants a CONNECT within 1 s, which a busy machine
// can exceed at any time. Tests in which these play no part ask for a calm server, with the usual timings.
const usualTimings = { ROOMCAST_PING_INTERVAL: '25000', ROOMCAST_PING_TIMEOUT: '20000', ROOMCAST_CONNECT_TIMEOUT: '45000' };

/** Environment for servers whose memory is looked at: what a sanitizer keeps of freed memory would look like a leak. */
export const leanSanitizer = { ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'quarantine_size_mb=1'].filter(Boolean).join(':') };

// A forgotten handle would keep a test file running for ever.
const longest = process.env.ROOMCAST_LONG ? 600_000 : 180_000;
setTimeout(() => {
  console.error(`this test file did not end within ${longest} ms`);
  process.exit(1);
}, longest).unref();

const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** A child process with its output collected; the building block of `startServer` and of the command line tests. */
export function launch(command, args = [], { env = {} } = {}) {
  if (!fs.existsSync(command)) throw new Error(`${command} does not exist: build it first, or set ROOMCAST_BUILD`);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: undefined, ...env },
  });
  alive.add(child);
  const program = { child, pid: child.pid, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (program.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (program.stderr += text));
  program.ended = once(child, 'close').then(([code, signal]) => {
    alive.delete(child);
    return { code, signal };
  });
  return program;
}

/** Runs a program to its end; for calls that should not stay. */
export async function run(command, args = [], options = {}) {
  const program = launch(command, args, options);
  try {
    const { code, signal } = await within(10000, `the end of ${path.basename(command)} ${args.join(' ')}`, program.ended);
    return { code, signal, stdout: program.stdout, stderr: program.stderr };
  } finally {
    program.child.kill('SIGKILL');
  }
}

/** The program `roomcast` and the arguments of a subcommand, for tests of the command line. */
export const roomcast = path.join(buildFolder, 'roomcast');

// What servers over TLS show, made when the first one starts.
let authority;
let certificate;
function tlsOfTests() {
  authority ??= new Authority("roomcast's test authority");
  certificate ??= authority.issue('server', 'localhost');
  return tlsFlags(certificate);
}

class Server {
  #program;
  #options;
  #stopping = false;

  constructor(kind, options) {
    this.kind = kind;
    this.path = pathOf(kind);
    this.#options = options;
  }

  get pid() { return this.#program.pid; }
  get stdout() { return this.#program.stdout; }
  get stderr() { return this.#program.stderr; }
  get ended() { return this.#program.ended; }
  get running() { return this.#program.child.exitCode === null && this.#program.child.signalCode === null; }

  /** Starts the process and resolves once it has printed its ready line. */
  async start() {
    const { threads = 2, port = 0, args = [], calm = false, tls = overTls } = this.#options;
    const env = { ...(calm && usualTimings), ...this.#options.env };
    const [command, ...fixed] = this.#options.command ?? commands[this.kind];
    const secure = tls && command !== process.execPath && !args.includes('--tls-cert');
    const flags = ['--host', '127.0.0.1', '--port', String(port), '--threads', String(threads), ...(secure ? tlsOfTests() : []), ...args];
    this.#stopping = false;
    this.#program = launch(command, [...fixed, ...flags], { env });
    const line = new Promise((resolve) => {
      const look = () => readyLine.test(this.stdout) && resolve();
      this.#program.child.stdout.on('data', look);
    });
    const early = this.ended.then(({ code, signal }) => {
      throw new Error(`${this.kind} ended before it was ready (${signal ?? `exit code ${code}`})\n${this.stderr}`);
    });
    early.catch(() => {});
    try {
      await within(20000, `the ready line of ${this.kind}`, Promise.race([line, early]));
    } catch (error) {
      this.#program.child.kill('SIGKILL');
      throw error;
    }
    const [, url, host, number] = readyLine.exec(this.stdout);
    return Object.assign(this, { url, host, port: Number(number), ca: secure ? authority.pem : undefined });
  }

  signal(name) {
    if (!['SIGSTOP', 'SIGCONT', 'SIGHUP'].includes(name)) this.#stopping = true;
    this.#program.child.kill(name);
  }

  /** Ends the server and checks how it went; a second call only repeats the check. */
  async stop(signal = 'SIGTERM') {
    const endedByItself = !this.running && !this.#stopping;
    if (this.running && !this.#stopping) this.signal(signal);
    let how;
    try {
      how = await within(15000, `${this.kind} to end after ${signal}`, this.ended);
    } finally {
      this.#program.child.kill('SIGKILL');
    }
    const outcome = how.signal ? `signal ${how.signal}` : `exit code ${how.code}`;
    if (endedByItself) throw new Error(`${this.kind} ended by itself with ${outcome}\n${this.stderr}`);
    if (sanitizerReport.test(this.stderr)) throw new Error(`sanitizer report from ${this.kind}\n${this.stderr}`);
    if (signal !== 'SIGKILL' && how.code !== 0) throw new Error(`${this.kind} ended with ${outcome}\n${this.stderr}`);
    return how;
  }

  /** Open file descriptors of the process. */
  descriptors() {
    return fs.readdirSync(`/proc/${this.pid}/fd`).length;
  }

  threads() {
    return fs.readdirSync(`/proc/${this.pid}/task`).length;
  }

  /** Resident memory in bytes. */
  memory() {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(kilobytes) * 1024;
  }
}

/**
 * Starts a server of the given kind (`conformance`, `engine`, `bench`, `chat`, …) on a free loopback port; with `command` it is
 * that program with its first arguments, and the kind is only its name. With `tls` it serves https, and `ca` is whom to trust.
 */
export const startServer = (kind, options = {}) => new Server(kind, options).start();

/** One server for all tests of the `describe` that this is called in; a bad end of it fails them as a whole. */
export function sharedServer(kind, options = {}) {
  const server = new Server(kind, options);
  before(() => server.start());
  after(() => server.port && server.stop());
  return server;
}

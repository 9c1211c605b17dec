// What compressing websockets costs and saves: CPU and bytes of a broadcast, and memory, with permessage-deflate and without, here
// and on Node.js with ws. See docs/performance.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startServer } from '../compare/servers.mjs';
import { frame, opcode } from './frame.mjs';
import { readFlags, rssOf, tableOf } from './scenario.mjs';

const flags = readFlags(`Usage: node bench/scenarios/deflate.mjs [--clients N] [--broadcasts N] [--bytes N] [--only PATTERN] [--peers FOLDER] [--build FOLDER]

Connects websockets that offer permessage-deflate, looks at the server's memory, broadcasts JSON to all of them, one after the
other, and looks again. Prints CPU per delivered message, bytes per message on the wire, and memory per client.
  --clients N      (default: 1000)
  --broadcasts N   (default: 200)
  --bytes N        of each message, about (default: 4096)
  --only PATTERN   of the servers' names (default: all of them)
  --peers FOLDER   where script/bench has installed Node's packages (default: build/bench-peers); without it Node.js is left out
  --build FOLDER   where bench_server was built (default: build/release)`,
{ clients: 1000, broadcasts: 200, bytes: 4096, only: '', peers: '' }, ['bench/bench_server']);

// The server has CPU 0.
if (availableParallelism() > 1) execFileSync('taskset', ['-acp', '1', String(process.pid)], { stdio: 'ignore' });

const ticks = 100; // a second, of the kernel's clock for processes

const cpuOf = ({ pid }) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
};

let random = 1;

/** Rows such as dashboards are sent: names that repeat and numbers that do not, and no message like another. */
function payload(bytes) {
  const rows = [];
  const next = (below) => (random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0) % below;
  for (let size = 2; size < bytes - 110; size += JSON.stringify(rows.at(-1)).length + 1) {
    rows.push({ id: next(1e9), symbol: ['ALPHA', 'BRAVO', 'CHARLIE', 'DELTA'][next(4)], bid: next(1e6) / 100, ask: next(1e6) / 100, volume: next(1e7), open: next(2) === 1 });
  }
  return rows;
}

/** A websocket that has offered to take compressed messages; it counts those that arrive, and reads none but pings. */
class Client {
  messages = 0;
  compressed = 0;
  #left = Buffer.alloc(0);
  #waiting = null;

  constructor(url) {
    const { hostname, port } = new URL(url);
    this.socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('data', (bytes) => this.#read(bytes));
    this.socket.on('close', () => this.#waiting?.reject(new Error('the server has closed a connection')));
    this.socket.write([
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', `Host: ${hostname}:${port}`, 'Connection: Upgrade', 'Upgrade: websocket',
      'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits', '', '',
    ].join('\r\n'));
  }

  say(text) {
    this.socket.write(frame(opcode.text, text));
  }

  /** Resolves when so many messages have come. */
  until(count) {
    if (this.messages >= count) return Promise.resolve();
    return new Promise((resolve, reject) => (this.#waiting = { count, resolve, reject }));
  }

  #read(bytes) {
    let input = this.#left.length === 0 ? bytes : Buffer.concat([this.#left, bytes]);
    if (!this.upgraded) {
      const end = input.indexOf('\r\n\r\n');
      if (end < 0) return void (this.#left = input);
      this.upgraded = true;
      input = input.subarray(end + 4);
    }
    for (;;) {
      if (input.length < 4) break;
      const short = input[1];
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (input.length < header) break;
      const size = short < 126 ? short : short === 126 ? input.readUInt16BE(2) : Number(input.readBigUInt64BE(2));
      if (input.length < header + size) break;
      if (size === 1) this.say('3'); // a ping
      else this.messages++;
      if (input[0] & 0x40) this.compressed++;
      input = input.subarray(header + size);
    }
    this.#left = Buffer.from(input);
    if (this.#waiting && this.messages >= this.#waiting.count) this.#waiting.resolve();
  }
}

async function measure(server) {
  const empty = rssOf(server);
  const clients = [];
  while (clients.length < flags.clients) {
    const some = Array.from({ length: Math.min(100, flags.clients - clients.length) }, () => new Client(server.url));
    await Promise.all(some.map((client) => client.until(1)));
    for (const client of some) client.say('40');
    await Promise.all(some.map((client) => client.until(2)));
    clients.push(...some);
  }
  await pause(500);
  const idle = rssOf(server);
  const rounds = async (count) => {
    for (let i = 0; i < count; i++) {
      const all = Promise.all(clients.map((client) => client.until(client.messages + 1)));
      clients[0].say(`42${JSON.stringify(['bcast', payload(flags.bytes)])}`);
      await all;
    }
  };
  await rounds(Math.ceil(flags.broadcasts / 10)); // what a server makes only once, and a compiler that has to warm up
  const before = { cpu: cpuOf(server), bytes: clients[1].socket.bytesRead, compressed: clients[1].compressed };
  await rounds(flags.broadcasts);
  const cpu = cpuOf(server) - before.cpu;
  const bytes = clients[1].socket.bytesRead - before.bytes;
  const compressed = clients[1].compressed - before.compressed;
  const worked = rssOf(server);
  for (const client of clients) client.socket.destroy();
  return [
    ((cpu * 1e6) / flags.broadcasts / flags.clients).toFixed(2), Math.round(bytes / flags.broadcasts).toLocaleString('en'),
    compressed > 0 ? 'yes' : 'no', ((idle - empty) / 1024 / flags.clients).toFixed(1), (worked / 2 ** 20).toFixed(0),
  ];
}

const folder = path.resolve(flags.peers || path.join(flags.build, '../bench-peers'));
const node = (name, env) => ({ name, env, command: () => [process.execPath, path.join(folder, 'node-ws.mjs')] });
const roomcast = (name, ...args) => ({ name, command: () => [path.join(flags.build, 'bench/bench_server'), '--port', '0', '--threads', '1', ...args] });
const servers = [
  roomcast('roomcast'), roomcast('roomcast, compressing', '--per-message-deflate'),
  ...(existsSync(path.join(folder, 'node_modules')) ? [node('Node.js + ws', {}), node('Node.js + ws, compressing', { PER_MESSAGE_DEFLATE: '1' })] : []),
].filter(({ name }) => new RegExp(flags.only).test(name));

const rows = [];
for (const one of servers) {
  const server = await startServer(one);
  try {
    rows.push([one.name, ...(await measure(server))]);
    console.error(rows.at(-1).join(', '));
  } finally {
    await server.stop();
  }
}
console.log(`${flags.clients} clients, ${flags.broadcasts} broadcasts of about ${flags.bytes} bytes\n`);
console.log(tableOf(['', 'CPU µs per delivery', 'bytes on the wire', 'compressed', 'KiB per idle client', 'RSS MiB afterwards'], rows));

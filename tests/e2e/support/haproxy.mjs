// A HAProxy of a test's own, which hands TCP connections on with a header of the PROXY protocol.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

const answers = (port) =>
  new Promise((resolve) => {
    const probe = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });

/**
 * Starts one in front of `server`; `how` is `send-proxy` or `send-proxy-v2`. It ends with test `t`. Returns what clients
 * connect to: { host, port, url, path }.
 */
export async function startHaproxy(t, server, how) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'roomcast-haproxy-'));
  const port = await freePort();
  const file = path.join(folder, 'haproxy.cfg');
  fs.writeFileSync(file, `
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen roomcast
  bind 127.0.0.1:${port}
  # From an address that is not the clients': who only skips the header takes them for it.
  source 127.0.0.3
  server one 127.0.0.1:${server.port} ${how}
`);
  const child = spawn('haproxy', ['-f', file, '-db', '-q'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  let failure;
  child.on('error', (error) => (failure = error));
  t.after(async () => {
    if (child.exitCode === null && !failure) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    fs.rmSync(folder, { recursive: true, force: true });
  });
  await until('HAProxy to accept connections', () => {
    if (failure || child.exitCode !== null) throw failure ?? new Error(`haproxy ended:\n${said}`);
    return answers(port);
  });
  const scheme = new URL(server.url).protocol;
  return { host: '127.0.0.1', port, url: `${scheme}//127.0.0.1:${port}`, path: server.path };
}

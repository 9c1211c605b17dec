// Healthy clients on a thread of their own, so that what an attacker costs its own process is not taken for the server's delay.
// Each asks for an echo every 25 ms, whether or not the last one was answered; while it is measured, further clients come, ask once
// and go, one after the other.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { Client } from './client.mjs';

const interval = 25;
const patience = 10_000; // for an answer

/** The thread as the main one sees it. */
export class Healthy {
  #worker;

  static async start(url, clients) {
    const healthy = new Healthy();
    healthy.#worker = new Worker(new URL(import.meta.url), { workerData: { url, clients } });
    await once(healthy.#worker, 'message');
    return healthy;
  }

  /** Begins to measure. */
  begin() {
    this.#worker.postMessage('begin');
  }

  /** Ends it. @return times in ms, and what was lost since the start: { p50, p99, longest, newcomer, lostEchoes, lostClients } */
  async end() {
    this.#worker.postMessage('end');
    const [report] = await once(this.#worker, 'message');
    return report;
  }

  stop() {
    return this.#worker.terminate();
  }
}

function run({ url, clients: count }) {
  let window; // { echoes, newcomers } while it is measured
  const lost = { echoes: 0, clients: 0 };

  function ask(client) {
    const echo = { sent: performance.now(), answered: undefined };
    echo.over = client.echo().then((answered) => answered && (echo.answered = performance.now()));
    window?.echoes.push(echo);
    return echo.over;
  }

  async function welcomeNewcomers(open) {
    while (open === window) {
      const came = performance.now();
      const client = await Client.connect(url);
      if (!(await client.echo())) lost.clients++;
      client.leave();
      open.newcomers.push(performance.now() - came);
      await pause(100);
    }
  }

  async function report({ echoes, newcomers, welcomed }) {
    const waited = AbortSignal.timeout(patience);
    await Promise.race([Promise.all([welcomed, ...echoes.map(({ over }) => over)]), once(waited, 'abort')]);
    if (waited.aborted) newcomers.push(patience);
    lost.echoes += echoes.filter(({ answered }) => !answered).length;
    const times = echoes.map(({ sent, answered }) => (answered ?? Infinity) - sent).sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return { p50: at(0.5), p99: at(0.99), longest: times.at(-1), newcomer: Math.max(...newcomers), lostEchoes: lost.echoes, lostClients: lost.clients };
  }

  parentPort.on('message', async (order) => {
    if (order === 'begin') {
      window = { echoes: [], newcomers: [] };
      window.welcomed = welcomeNewcomers(window);
      return;
    }
    const over = window;
    window = undefined;
    parentPort.postMessage(await report(over));
  });

  const connected = Array.from({ length: count }, async (_, i) => {
    const client = await Client.connect(url);
    await pause((i * interval) / count);
    const asking = setInterval(() => ask(client), interval);
    client.on('lost', () => {
      lost.clients++;
      clearInterval(asking);
    });
  });
  Promise.all(connected).then(() => parentPort.postMessage('ready'));
}

if (!isMainThread) run(workerData);

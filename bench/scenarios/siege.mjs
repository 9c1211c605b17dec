// What the attacks have in common: their connections, the server's limits, and what became of each thing that was tried.
import { setTimeout as pause } from 'node:timers/promises';

import { Peer } from './peer.mjs';

export const polling = '/socket.io/?EIO=4&transport=polling';
export const websocket = '/socket.io/?EIO=4&transport=websocket';
export const upgradeLines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: cm9vbWNhc3QgYmVuY2ghIQ=='];
/** For a request after which the server closes; else it would wait 75 s for the next. */
export const once = ['Connection: close'];
const tick = 200; // between two bytes of who is slow, in ms

/** Limits of the server in ms: those of HTTP are fixed, see docs/architecture.md; the others are given to it. */
export const limits = { head: 10_000, body: 30_000, upgrade: 2000, connect: 8000, pingInterval: 3000, pingTimeout: 3000 };
/** In which a client that answers no ping is given up. */
export const heartbeats = limits.pingInterval + limits.pingTimeout;
const slack = 4000; // for a machine that does other things as well

/** The connections of one attack, and what became of what was tried, by words of Peer: `answers` counts them. */
export class Siege {
  #peers = [];
  answers = new Map();

  /** @param size how many connections the slow ways make; others make a part of it */
  constructor(url, { connections, requests }) {
    this.url = new URL(url);
    this.size = connections;
    this.few = Math.ceil(connections / 10);
    this.requests = requests;
  }

  count(what, times = 1) {
    this.answers.set(what, (this.answers.get(what) ?? 0) + times);
  }

  async open() {
    const peer = await Peer.open(this.url);
    this.#peers.push(peer);
    return peer;
  }

  /** `make` so many times, fifty at a time. @return what was made */
  async crowd(count, make) {
    const made = [];
    while (made.length < count) {
      const first = made.length;
      made.push(...(await Promise.all(Array.from({ length: Math.min(50, count - first) }, (_, i) => make(first + i)))));
    }
    return made;
  }

  /** A polling session. @return { peer, target } */
  async session(peer) {
    const answer = await (peer ?? (await this.open())).ask('GET', polling, { lines: peer ? [] : once });
    return { sid: JSON.parse(answer.body.slice(1)).sid, get target() { return `${polling}&sid=${this.sid}`; } };
  }

  async websocket(sid) {
    const peer = await this.open();
    await peer.ask('GET', sid ? `${websocket}&sid=${sid}` : websocket, { lines: upgradeLines });
    return peer;
  }

  /** A websocket in the main namespace. */
  async member() {
    const peer = await this.websocket();
    peer.say('40');
    while (!(await peer.next())?.text?.startsWith('40'));
    return peer;
  }

  /** Waits for the server to end them for `ms` at the most, and counts how it did. */
  async ends(peers, ms) {
    await Promise.race([Promise.all(peers.map(({ ended }) => ended)), pause(ms + slack)]);
    for (const { fate } of peers) this.count(fate ?? 'left open');
  }

  leave() {
    for (const peer of this.#peers.splice(0)) peer.leave();
  }
}

/** Writes `bytesOf(n)`, n = 0, 1, …, to each that is open, until none is or the time is up. */
export async function drip(peers, ms, bytesOf) {
  const end = performance.now() + ms + slack;
  for (let n = 0; performance.now() < end && peers.some(({ isOpen }) => isOpen); n++) {
    const bytes = bytesOf(n);
    for (const peer of peers) peer.write(bytes);
    await pause(tick);
  }
}

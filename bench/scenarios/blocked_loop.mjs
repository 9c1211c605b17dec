// A handler that blocks one of two loops: what the clients of either notice. See docs/performance.md.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from './client.mjs';
import { readFlags, serve, tableOf } from './scenario.mjs';

const flags = readFlags(`Usage: node bench/scenarios/blocked_loop.mjs [--clients N] [--seconds S] [--ping-interval MS] [--ping-timeout MS]
                                              [--build FOLDER]

A server with two loops, and clients that ask for an echo every second. One of them makes a handler block its loop at
the worst moment: all have been pinged, and no pong has been read. Then they go on for --ping-interval and --ping-timeout
together, and a second. Prints for the clients of each loop how many lost their connection, and how long an echo took. The
exit code is 1 when one lost it, or when the other loop was held up as well.
  --clients N         of both loops together (default: 2000)
  --seconds S         that the handler blocks (default: 30)
  --ping-interval MS  of the server (default: 25000)
  --ping-timeout MS   (default: 20000)
  --build FOLDER      where roomcast and scenario_server were built (default: build/release)`,
{ clients: 2000, seconds: 30, 'ping-interval': 25_000, 'ping-timeout': 20_000 });

const patience = flags['ping-interval'] + flags['ping-timeout']; // of an official client without a ping

async function connectAll(url) {
  const members = [];
  const connectOne = async () => {
    const client = await Client.connect(url);
    client.holdsPongs = true;
    const member = { client, lost: false, echoes: [], pinged: Promise.race([once(client, 'ping'), once(client, 'lost')]) };
    client.on('lost', () => (member.lost = true));
    members.push(member);
  };
  while (members.length < flags.clients) {
    await Promise.all(Array.from({ length: Math.min(50, flags.clients - members.length) }, connectOne));
  }
  return members;
}

/** Asks for one echo after the other until `isOver()`, and keeps when they were sent and answered. */
async function talk(member, isOver) {
  while (!isOver() && member.client.isOpen) {
    const sent = performance.now();
    if (await member.client.echo()) member.echoes.push({ sent, answered: performance.now() });
    await pause(1000);
  }
}

/** Blocks the loop of the first member. @return when that began and ended */
async function block(members) {
  const [first] = members;
  const begin = performance.now();
  first.client.emitEvent('block', flags.seconds * 1000);
  const ended = first.client.echo(); // the loop handles it next
  await pause(200); // the handler has begun by then, and nothing would tell
  let over = false;
  const talks = members.map((member) => talk(member, () => over));
  for (const { client } of members) client.release();
  await ended;
  const end = performance.now();
  await pause(patience + 1000);
  over = true;
  await Promise.all(talks);
  return { begin, end };
}

const longest = (echoes) => Math.max(0, ...echoes.map(({ sent, answered }) => answered - sent));
const shown = (milliseconds) => milliseconds.toLocaleString('en-US', { maximumFractionDigits: 1 });

function summaryOf(members, { end }) {
  const worst = (choose) => Math.max(0, ...members.map(({ echoes }) => longest(echoes.filter(choose))));
  return {
    clients: members.length,
    lost: members.filter(({ lost }) => lost).length,
    during: worst(({ sent }) => sent < end),
    after: worst(({ sent }) => sent >= end),
    wouldLeave: members.filter(({ client }) => client.silence() > patience).length,
  };
}

const server = await serve(flags.build, '--threads', 2, '--round-robin', '--ping-interval', flags['ping-interval'], '--ping-timeout', flags['ping-timeout']);
const faults = [];
try {
  const members = await connectAll(server.url);
  await Promise.all(members.map(({ pinged }) => pinged));
  const times = await block(members);
  // Who was answered while it lasted is on the other loop.
  const isOfOther = ({ echoes }) => echoes.some(({ answered }) => answered < times.end);
  const other = summaryOf(members.filter(isOfOther), times);
  const own = summaryOf(members.filter((member) => !isOfOther(member)), times);
  const lasted = times.end - times.begin;

  console.log(`${flags.clients} clients on two loops, pinged every ${flags['ping-interval']} ms and given up ${flags['ping-timeout']} ms later; one loop was blocked for ${shown(lasted)} ms.\n`);
  const rows = [['the blocked loop', own], ['the other loop', other]];
  console.log(tableOf(
    ['clients of', 'how many', 'lost', 'longest echo during the block, ms', 'longest echo after it, ms', 'would have left'],
    rows.map(([name, { clients, lost, during, after, wouldLeave }]) => [name, clients, lost, shown(during), shown(after), wouldLeave]),
  ));
  console.log(`\nwould have left: an official client leaves by itself, and comes back, when it has had no ping for ${shown(patience)} ms; these do not.`);

  for (const [name, { clients, lost }] of rows) {
    if (clients === 0) faults.push(`no client is on ${name}`);
    if (lost > 0) faults.push(`${lost} clients of ${name} lost their connection`);
  }
  if (other.during > lasted / 2) faults.push(`an echo of the other loop took ${shown(other.during)} ms`);
  for (const { client } of members) client.leave();
} finally {
  await server.stop();
}
for (const fault of faults) console.log(`FAILED: ${fault}`);
process.exit(faults.length ? 1 : 0);

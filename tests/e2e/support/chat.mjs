// Tabs of the chat's page without the page: official clients that keep what they receive; and several servers of the chat.
import { startRedis } from './redis.mjs';
import { startServer } from './server.mjs';
import { makeClient, whenConnected } from './socketio.mjs';
import { Inbox, soon, until, within } from './wait.mjs';

export const hexId = /^[0-9a-f]{16}$/;

/** A user's id that nobody has. */
export const nobody = '0'.repeat(16);

const watched = ['session', 'users', 'user connected', 'private message', 'user disconnected'];

let names = 0;
export const freshName = (base) => `${base} ${++names}`;

/** A tab of the chat: an official client that keeps what it receives, by event and in order of arrival. */
export class Tab {
  constructor(t, server, auth, transport = { transports: ['websocket'] }) {
    this.client = makeClient(t, server, { ...transport, auth });
    this.log = []; // [event, argument]
    for (const event of watched) {
      const received = new Inbox();
      this[event] = received;
      this.client.on(event, (...args) => {
        const what = args.length === 1 ? args[0] : args;
        this.log.push([event, what]);
        received.push(what);
      });
    }
  }

  /** Connects and takes in the greeting. */
  async open() {
    this.client.connect();
    await whenConnected(this.client);
    const { sessionID, userID } = await this.session.next('the event session');
    this.client.auth = { sessionID }; // as the page does, S0-F5
    Object.assign(this, { sessionID, userID, list: await this.users.next('the event users') });
    return this;
  }

  /** How often an event has come, about a certain user if one is given. */
  count(event, userID) {
    return this.log.filter(([name, about]) => name === event && (!userID || (about.userID ?? about) === userID)).length;
  }

  entry(userID) {
    return this.list.find((user) => user.userID === userID);
  }

  /** The contents exchanged with a user, as the greeting told them. */
  historyWith(userID) {
    return this.entry(userID).messages.map(({ content }) => content);
  }

  /** Whom the page would list now, and whether as online (S0-F9): a map by userID. */
  get page() {
    const page = new Map();
    for (const [event, about] of this.log) {
      if (event === 'users') for (const { userID, connected } of about) page.set(userID, connected);
      if (event === 'user connected') page.set(about.userID, true);
      if (event === 'user disconnected' && page.has(about)) page.set(about, false);
    }
    return page;
  }

  send(content, to, ms = soon) {
    return within(ms, 'the ack of a private message', this.client.emitWithAck('private message', { content, to }));
  }

  close() {
    this.client.disconnect();
  }
}

/** Waits for a user to be announced, skipping others that come and go. */
export async function announced(tab, event, is, ms = soon) {
  const end = Date.now() + ms;
  for (;;) {
    const about = await tab[event].next(`${event} about a certain user`, Math.max(0, end - Date.now()));
    if (is(about)) return about;
  }
}

export const heardOf = (tab, userID, ms) => announced(tab, 'user connected', (about) => about.userID === userID, ms);
export const heardGone = (tab, userID, ms) => announced(tab, 'user disconnected', (about) => about === userID, ms);

/** Waits until all these users were announced as gone, in any order. */
export async function heardAllGone(tab, users, ms) {
  const waiting = new Set(users.map(({ userID }) => userID));
  await announced(tab, 'user disconnected', (about) => waiting.delete(about) && waiting.size === 0, ms);
}

/**
 * Servers of the chat on one Redis, all gone when `t` ends. `kinds` tells their kinds by name (`chat`, `chat_node`); the result
 * has the servers by name, and `redis`. Resolves when all of them hear one another; with `acquainted`, when roomcast's have
 * also told one another who they are, which they do every 2.5 s: only who is known can be missed.
 */
export async function startChatCluster(t, kinds, { durable = false, acquainted = false } = {}) {
  const cluster = {};
  t.after(async () => {
    const running = Object.keys(kinds).map((name) => cluster[name]).filter((server) => server?.running);
    running.forEach((server) => server.signal('SIGCONT')); // one that stands still would not end
    const stopped = await Promise.allSettled(running.map((server) => server.stop()));
    client?.disconnect();
    await endRedis();
    for (const { reason } of stopped) if (reason) throw reason;
  });
  let endRedis = () => {};
  let client;
  cluster.redis = await startRedis({ after: (end) => { endRedis = end; } }, { durable });
  const { redis } = cluster;
  await Promise.all(Object.entries(kinds).map(async ([name, kind]) => {
    cluster[name] = await startServer(kind, { threads: 2, args: ['--redis', redis.url] });
  }));
  client = redis.client({ after: () => {} });
  await until('all servers to listen to one another', async () => {
    const [, subscribers] = await client.pubsub('NUMSUB', 'socket.io-request#/#');
    return subscribers === Object.keys(kinds).length;
  });
  if (!acquainted) return cluster;
  const ours = Object.values(kinds).filter((kind) => kind === 'chat').length;
  await until('all of ours to listen to introductions', async () => (await client.pubsub('NUMSUB', 'roomcast#nodes'))[1] === ours);
  const introduced = new Set();
  const all = new Promise((resolve) => {
    client.on('message', (_, text) => introduced.add(JSON.parse(text).id).size === ours && resolve());
  });
  await client.subscribe('roomcast#nodes');
  await within(soon, 'an introduction of each', all);
  return cluster;
}

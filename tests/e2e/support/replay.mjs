// Plays a recorded exchange of the official server (tests/data/vectors) against a running replay server, step by step,
// and compares all that a client can see, and what the application saw. Session ids and the like stand as placeholders
// in the recordings: the first value that takes the place of one is meant wherever it stands afterwards.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import zlib from 'node:zlib';

import { RawConnection, request } from './http.mjs';
import { startServer } from './server.mjs';
import { e2eFolder, later, onNode } from './target.mjs';
import { Inbox, quickly, soon, until, within } from './wait.mjs';
import { RawWebSocket, inflated } from './websocket.mjs';

const repository = path.join(e2eFolder, '..', '..');
const differences = fs.readFileSync(path.join(repository, 'docs', 'differences.md'), 'utf8');

/** The scenarios of a file of recordings. */
export const recordings = (file) =>
  JSON.parse(fs.readFileSync(path.join(repository, 'tests', 'data', 'vectors', file), 'utf8')).scenarios;

class Placeholders {
  #values = new Map();

  /** `template` with every placeholder that is known by now. */
  fill(template) {
    return template.replace(/<[A-Z]+\d*>/g, (name) => this.#values.get(name) ?? name);
  }

  /** Compares, and learns the placeholders that were not known yet. */
  match(actual, template, where) {
    const names = [];
    const pattern = this.fill(template).replace(/<(?:SID|PID|OFFSET)\w+>|[\\^$.*+?()[\]{}|]/g, (found) => {
      if (found.length === 1) return `\\${found}`;
      names.push(found);
      return found.startsWith('<OFFSET') ? '([\\w-]+)' : '([\\w-]{20})';
    });
    const found = new RegExp(`^${pattern}$`, 's').exec(actual);
    if (!found) assert.equal(actual, this.fill(template), where);
    names.forEach((name, i) => this.#values.set(name, found[i + 1]));
  }

  fillAll(value) {
    return JSON.parse(JSON.stringify(value), (_, part) => (typeof part === 'string' ? this.fill(part) : part));
  }
}

// What differs on every answer by the rows of docs/differences.md on `Date`, `Keep-Alive` and chunked error answers, or
// is not the same twice; that bodies are framed properly is seen by reading them.
const framing = new Set(['date', 'keep-alive', 'transfer-encoding', 'connection']);

const nameIs = (wanted) => ([name]) => name.toLowerCase() === wanted;

function visible(headers, hasLength) {
  const kept = headers
    .map(([name, value]) => [name.toLowerCase(), value])
    .filter(([name]) => !framing.has(name) && (hasLength || name !== 'content-length'));
  return { headers: kept, connection: headers.find(nameIs('connection'))?.[1] };
}

const headerPairs = (head) =>
  head.trimEnd().split('\r\n').slice(1).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });

/** A websocket that notes everything in the order of its arrival, in the form of the recordings. */
class RecordedSocket {
  arrivals = new Inbox();

  constructor(connection, response) {
    this.connection = connection;
    const ended = () => connection.ended.then(() => this.arrivals.push({ event: 'tcp-close' }));
    if (response?.status !== 101) return void ended();
    this.socket = new RawWebSocket(connection, response, false, this.arrivals);
    this.socket.closed.then(ended);
  }
}

/** One recording in the course of being played. */
class Replay {
  placeholders = new Placeholders();
  sockets = [];
  held = new Map();
  eventsExpected = [];

  constructor(server, scenario, hints) {
    Object.assign(this, { server, scenario, hints });
  }

  /** What the test plays in addition to the recorded steps: orders for the application… */
  async tell(target, order = '') {
    const { status, body } = await request(this.server, `/replay/${target}`, { method: 'POST', body: order && JSON.stringify(order) });
    assert.deepEqual([status, body], [200, 'ok'], `POST /replay/${target}`);
  }
  order(order) {
    return this.tell('do', order);
  }

  /** …and what the recorded client did beside sending whole messages. */
  socket(number) {
    return this.sockets[number - 1].socket;
  }

  async expectPong(number, payload) {
    const pong = await this.socket(number).controls.next('a pong');
    assert.deepEqual([pong.code, pong.payload.toString()], [10, payload]);
  }

  async journal() {
    if (!this.server.running) return JSON.parse(/^journal (.*)$/m.exec(this.server.stdout)[1]);
    const { body } = await request(this.server, '/replay/journal');
    return JSON.parse(body);
  }

  /** Until the application has seen what it had seen at this point of the recording. */
  untilSeen(count) {
    return until(`the application to see event ${count}`, async () => (await this.journal()).length >= count);
  }

  /**
   * A request is written; another one is answered afterwards. With one loop that means that the first was handled too:
   * connections are accepted, and read, in the order in which they were made and written to.
   */
  async settle() {
    for (let i = 0; i < 2; i++) await this.journal();
  }

  async play() {
    const { steps } = this.scenario;
    for (const [number, step] of steps.entries()) {
      await this.hints.before?.[number]?.(this);
      const where = `step ${number} of "${this.scenario.name}"`;
      for (const expected of this.expectationsOf(number, step)) await this[expected.op](expected, number, where);
      for (const [held, { until: last, finish }] of this.held) {
        if (last !== number) continue;
        await finish();
        this.held.delete(held);
      }
    }
    assert.equal(this.held.size, 0, 'every held request was awaited');
    if (this.server.running) await this.settle();
    await this.compareEvents();
    for (const [i, { arrivals }] of this.sockets.entries())
      assert.deepEqual(arrivals.drain(), [], `nothing more on websocket ${i + 1} of "${this.scenario.name}"`);
  }

  /** The recorded step, or what this server does instead by a row of docs/differences.md. */
  expectationsOf(number, step) {
    const difference = !onNode && this.hints.differs?.[number];
    if (!difference) return [step];
    const { row, steps, also = [], response, ...instead } = difference;
    assert.ok(differences.includes(`| ${row}`), `docs/differences.md has no row that begins with "${row}"`);
    if (steps) return steps;
    return [{ ...step, ...instead, ...(response && { response: { ...step.response, ...response } }) }, ...also];
  }

  note() {}

  async http(step, number, where) {
    const connection = await RawConnection.open(this.server);
    const text = this.placeholders.fill(step.request);
    // Requests that were recorded from bytes show them as latin1.
    await connection.write(Buffer.from(text, this.hints.latin1 === number ? 'latin1' : 'utf8'));
    const finish = async () => {
      try {
        await this.compareAnswer(connection, step, where);
      } finally {
        connection.destroy();
      }
    };
    const last = this.hints.held?.[number];
    if (last !== undefined) {
      this.held.set(number, { until: last, finish });
      await this.settle();
    } else {
      await finish();
    }
  }

  async compareAnswer(connection, { request: text, response: expected }, where) {
    if (expected.status === null && expected.note === 'timeout') {
      await this.settle();
      assert.ok(!connection.closed, `${where}: no end of the connection`);
      await assert.rejects(connection.peek(1, 1), /in vain/, `${where}: no answer`);
      return;
    }
    const actual = await connection.readResponse({ headOnly: text.startsWith('HEAD ') });
    if (expected.status === null) return assert.equal(actual, null, `${where}: the connection ends without an answer`);
    assert.ok(actual, `${where}: an answer`);
    if (expected.body === undefined) assert.equal(plain(actual.bytes, actual.headers), plainRecorded(expected), where);
    else this.placeholders.match(actual.body, expected.body, where);
    this.compareHead(actual, expected, where);
    if (expected.note === 'server closed the connection')
      await within(soon, `${where}: the end of the connection`, connection.ended);
  }

  compareHead(actual, expected, where) {
    const [, status, reason] = /^HTTP\/1\.1 (\d+) ?(.*)$/.exec(actual.statusLine);
    const hasLength = expected.headers.some(nameIs('content-length'));
    const expectedHeaders = this.placeholders.fillAll(expected.headers);
    assert.deepEqual(
      { status: Number(status), reason, ...visible(headerPairs(actual.head), hasLength) },
      { status: expected.status, reason: expected.reason, ...visible(expectedHeaders, hasLength) },
      where,
    );
    if (expected.headers.some(nameIs('date'))) assert.match(actual.headers.date, / GMT$/, `${where}: a date`);
  }

  /** Ends a websocket's TCP connection. */
  async drop(number) {
    this.sockets[number - 1].connection.destroy();
    await this.settle();
    this.sockets[number - 1].arrivals.drain();
  }

  async 'ws-open'(step, number, where) {
    const connection = await RawConnection.open(this.server);
    await connection.write(Buffer.from(this.placeholders.fill(step.request), 'utf8'));
    const actual = await connection.readResponse();
    if (step.response.status === null) {
      assert.equal(actual, null, `${where}: the connection ends without an answer`);
    } else {
      assert.ok(actual, `${where}: an answer`);
      this.compareHead(actual, step.response, where);
      if (step.response.status !== 101) assert.equal(actual.body, withoutChunks(step.response), where);
    }
    const [next] = this.expectationsOf(number + 1, this.scenario.steps[number + 1] ?? {});
    this.sockets.push(new RecordedSocket(connection, next.op === 'raw-after-101' ? null : actual));
    assert.equal(this.sockets.length, step.ws, where);
    if (step.closes) await this['ws-recv']({ ws: step.ws, event: 'tcp-close' }, number, where);
  }

  async 'ws-send'(step) {
    const socket = this.socket(step.ws);
    await (step.frame === 'text' ? socket.send(this.placeholders.fill(step.data)) : socket.sendBinary(Buffer.from(step.b64, 'base64')));
  }

  async 'ws-recv'({ op, ws, t, ...recorded }, number, where) {
    const expected = plainMessage(recorded);
    const actual = await this.sockets[ws - 1].arrivals.next(`${where}: ${JSON.stringify(expected).slice(0, 200)}`);
    if (actual.frame !== 'text' || expected.frame !== 'text') return assert.deepEqual(actual, expected, where);
    assert.equal(actual.rsv1_compressed, expected.rsv1_compressed, `${where}: whether it was compressed`);
    this.placeholders.match(actual.data, expected.data, where);
  }

  /** Everything that came after the 101, whatever it is. */
  async 'raw-after-101'(step, number, where) {
    const bytes = await this.sockets[0].connection.readToEnd();
    assert.equal(bytes.toString('latin1'), step.utf8, where);
    assert.deepEqual(await this.sockets[0].arrivals.next(`${where}: the end of the connection`), { event: 'tcp-close' });
  }

  async 'server-event'({ event, args }, number) {
    const expected = (this.hints.seen ?? asIs)([event, ...args]);
    if (expected === null) return;
    this.eventsExpected.push(expected);
    // What a new websocket causes was noted in front of it.
    const next = this.scenario.steps.slice(number).find((step) => step.op !== 'server-event');
    if (this.server.running && next?.op !== 'ws-open') await this.untilSeen(this.eventsExpected.length);
  }

  async compareEvents() {
    const sort = (list) => (Array.isArray(list) ? list.map(sort).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : list);
    const order = this.hints.anyOrder ? sort : asIs;
    assert.deepEqual(
      order(withNumbers(await this.journal())), order(withNumbers(this.placeholders.fillAll(this.eventsExpected))),
      `what the application saw in "${this.scenario.name}"`,
    );
  }

  end() {
    for (const { connection } of this.sockets) connection.destroy();
  }
}

const asIs = (value) => value;

// How small a body was made is nobody's business but that it can be read; others are compared byte by byte.
const unpack = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync };
const plain = (bytes, headers) => {
  const read = unpack[headers['content-encoding']];
  return read ? read(bytes).toString() : bytes.toString('base64');
};
const plainRecorded = ({ headers, body_b64: bytes }) =>
  plain(Buffer.from(bytes, 'base64'), { 'content-encoding': headers.find(nameIs('content-encoding'))?.[1] });

// A compressed message was recorded as its bytes, with the session id in them.
const plainMessage = ({ b64, ...message }) => {
  if (message.frame !== 'text' || b64 === undefined) return { ...message, ...(b64 !== undefined && { b64 }) };
  return { ...message, data: inflated(Buffer.from(b64, 'base64')).toString().replace(/"sid":"[^"]+"/, '"sid":"<SID1>"') };
};

// Numbers that JSON cannot hold are tagged in the recordings.
const withNumbers = (value) =>
  JSON.parse(JSON.stringify(value, (_, part) => (Object.is(part, -0) ? { $num: '-0' } : part)));

const withoutChunks = ({ headers, body }) =>
  headers.some(nameIs('transfer-encoding')) ? body.split('\r\n')[1] : body;

/**
 * Plays one recording. `hints` holds what the recording does not say, by the number of the step:
 *   held: { 3: 5 }       the client did not wait for the answer to request 3 before step 6
 *   before: { 3: f }     what happened before step 3 and is no step: f(replay)
 *   differs: { 3: {…} }  what roomcast does instead: other members of the step, other `steps`, or more behind it (`also`);
 *                        and `row`, how its row in docs/differences.md begins
 *   seen: f              which server events are compared, in which form; null for those that are not
 *   anyOrder             the order of server events, or of what they hold, depends on two connections
 *   latin1: 3            request 3 was recorded from bytes beyond ASCII
 *   quick                the client has to be: one attempt of a few must succeed
 *   notPlayed: 'why'     what it would take to play a recording of what roomcast does not have yet
 */
export async function play(server, scenario, hints = {}) {
  const replay = new Replay(server, scenario, hints);
  try {
    await replay.play();
  } finally {
    replay.end();
  }
}

// What our server lacks is played against the official one only, unless playing it needs more than is here.
const skipping = (capability, notPlayed) =>
  notPlayed ? { skip: `a later capability: ${capability} (${notPlayed})` } : later(capability);

/**
 * The tests of a file of recordings, each on a server of its own. `options(scenario)` are those of the server if they are
 * not the recorded ones, `seen` is the hint for all. `hints` and `laterOn` go by the scenario's name; the latter holds what roomcast does not have
 * yet. A recording of neither kind is played too: nothing in the file is dropped.
 */
export function replayAll(file, { args = [], hints, laterOn, seen, options = (scenario) => scenario.server_options ?? {} }) {
  const scenarios = recordings(file);
  for (const scenario of scenarios) {
    const { quick, notPlayed, ...hint } = hints[scenario.name] ?? {};
    const capability = laterOn[scenario.name];
    const attempt = async () => {
      const flags = ['--scenario', scenario.name, '--options', JSON.stringify(options(scenario))];
      const server = await startServer('replay', { threads: 1, args: [...args, ...flags] });
      try {
        await play(server, scenario, { seen, ...hint });
      } finally {
        await server.stop();
      }
    };
    it(`${scenario.name}: ${scenario.about}`, capability ? skipping(capability, notPlayed) : {}, quick ? quickly(attempt) : attempt);
  }
  it('the tables name recordings that exist', () => {
    const names = new Set(scenarios.map(({ name }) => name));
    assert.equal(names.size, scenarios.length, 'no two recordings have one name');
    assert.deepEqual([...Object.keys(hints), ...Object.keys(laterOn)].filter((name) => !names.has(name)), []);
  });
}

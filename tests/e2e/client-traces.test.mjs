// What the official clients were recorded to send (tests/data/vectors/client-traces.json), sent again byte by byte: the
// server answers as it answered them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { RawConnection } from './support/http.mjs';
import { startServer } from './support/server.mjs';
import { e2eFolder } from './support/target.mjs';
import { Inbox, soon, within } from './support/wait.mjs';
import { RawWebSocket, opcode } from './support/websocket.mjs';

const { scenarios } = JSON.parse(fs.readFileSync(path.join(e2eFolder, '..', 'data', 'vectors', 'client-traces.json'), 'utf8'));

const laterOn = { 'v4 msgpack': 'the msgpack parser', 'v4 recovery': 'connection state recovery' };

/** The recording's stand-ins: ids are learnt where they first stand, the rest is made up. */
class Placeholders {
  #values = new Map([['<t>', 'abc'], ['<key>', 'dGhlIHNhbXBsZSBub25jZQ==']]);

  constructor(port) {
    this.#values.set('<PORT>', String(port));
  }

  fill(text) {
    return text.replace(/<[^<>]+>/g, (name) => this.#values.get(name) ?? name);
  }

  match(actual, template) {
    const names = [];
    const pattern = this.fill(template).replace(/<(?:EIO_)?SID[^<>]*>|[\\^$.*+?()[\]{}|]/g, (found) => {
      if (found.length === 1) return `\\${found}`;
      names.push(found);
      return '([\\w-]{20})';
    });
    const found = new RegExp(`^${pattern}$`, 's').exec(actual);
    if (!found) assert.equal(actual, this.fill(template));
    names.forEach((name, i) => this.#values.set(name, found[i + 1]));
  }
}

const bodyOf = (http) => http.slice(http.indexOf('\r\n\r\n') + 4);
const isPoll = (http) => /^GET .*transport=polling.*sid=/.test(http);

/** One recording, played in the order of its log. */
class Player {
  connections = new Map();
  sockets = new Map();
  poll = null; // the GET that waits
  polled = []; // packets that came by polling and were not awaited yet

  constructor(server) {
    this.server = server;
    this.placeholders = new Placeholders(server.port);
  }

  async 'client http'(entry) {
    // Of two packets that Node answers two polls with, ours may answer one with both: then one poll less is sent.
    if (isPoll(entry.http) && this.poll) return;
    const connection = await RawConnection.open(this.server);
    this.connections.set(entry.conn, connection);
    if (isPoll(entry.http)) this.poll = connection;
    await connection.write(Buffer.from(this.placeholders.fill(entry.http), 'utf8'));
  }

  async 'server http'({ conn, http }) {
    const status = Number(http.split(' ')[1]);
    if (isPoll(this.requests.get(conn))) return this.expectPolled(bodyOf(http));
    const connection = this.connections.get(conn);
    const response = await connection.readResponse();
    assert.equal(response.status, status);
    if (status === 101) this.sockets.set(conn, new RecordingSocket(connection, response));
    else this.placeholders.match(response.body, bodyOf(http));
  }

  async expectPolled(body) {
    for (const packet of body.split('\x1e')) {
      while (this.polled.length === 0) {
        const response = await this.poll.readResponse();
        this.poll = null;
        assert.equal(response.status, 200);
        this.polled.push(...response.body.split('\x1e'));
      }
      this.placeholders.match(this.polled.shift(), packet);
    }
  }

  async 'client frames'({ conn, frames }) {
    const { socket } = this.sockets.get(conn);
    for (const frame of frames) {
      if (frame.text !== undefined) await socket.send(this.placeholders.fill(frame.text));
      else if (frame.binary_b64 !== undefined) await socket.sendBinary(Buffer.from(frame.binary_b64, 'base64'));
      // A close frame of the server is answered by the socket itself.
      else if (!this.sockets.get(conn).over) await socket.sendFrame(frame.opcode, Buffer.from(frame.b64, 'base64'));
    }
  }

  async 'server frames'({ conn, frames }) {
    const recorder = this.sockets.get(conn);
    for (const frame of frames) {
      const actual = await recorder.arrivals.next(`a frame: ${JSON.stringify(frame)}`);
      if (frame.text !== undefined) this.placeholders.match(actual.data, frame.text);
      else if (frame.binary_b64 !== undefined) assert.deepEqual(actual, { frame: 'binary', b64: frame.binary_b64 });
      else assert.deepEqual([actual.frame, frame.opcode], ['close', opcode.close]);
      recorder.over ||= actual.frame === 'close';
    }
  }

  async play(log) {
    this.requests = new Map(log.filter(({ dir, http }) => dir === 'client' && http).map(({ conn, http }) => [conn, http]));
    for (const entry of log) {
      if (entry.event) continue;
      await this[`${entry.dir} ${entry.http ? 'http' : 'frames'}`](entry);
    }
    for (const { socket } of this.sockets.values()) await within(soon, 'the end of the websocket', socket.closed);
    assert.deepEqual(this.polled, [], 'nothing more by polling');
  }

  end() {
    for (const connection of this.connections.values()) connection.destroy();
  }
}

class RecordingSocket {
  arrivals = new Inbox();
  over = false;

  constructor(connection, response) {
    this.socket = new RawWebSocket(connection, response, false, this.arrivals);
  }
}

describe('What official clients were recorded to send', () => {
  for (const { name, about, log } of scenarios) {
    it(`${name}: ${about}`, laterOn[name] ? { skip: `a later capability: ${laterOn[name]}` } : {}, async () => {
      const options = JSON.stringify(/^v2/.test(name) ? { allowEIO3: true } : {});
      const server = await startServer('replay', { threads: 1, args: ['--scenario', 'client-traces', '--options', options] });
      const player = new Player(server);
      try {
        await player.play(log);
      } finally {
        player.end();
        await server.stop();
      }
    });
  }
});

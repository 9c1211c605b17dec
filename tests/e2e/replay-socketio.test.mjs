// What the official Socket.IO server was recorded to do, packet by packet, played against ours.
import { describe } from 'node:test';

import { recordings, replayAll } from './support/replay.mjs';
import { onNode } from './support/target.mjs';

// What roomcast does not have yet.
const laterOn = {
  'connect-dynamic-namespace': 'dynamic namespaces',
  recovery: 'connection state recovery',
  'recovery-refused unknown pid': 'connection state recovery',
  'recovery-refused pid without offset': 'connection state recovery',
  'recovery-refused numeric pid': 'connection state recovery',
  'recovery-unknown-offset': 'connection state recovery',
  'recovery-not-after-client-disconnect': 'connection state recovery',
  msgpack: 'the msgpack parser',
  'msgpack-polling': 'the msgpack parser',
};

const noParser = { notPlayed: 'the parser is not installed' };
const noScript = { notPlayed: 'the test servers have no script for it' };

const decidedLater = 'CONNECT is decided a tick later';
const relayed = 'A relayed event is parsed and written anew';
const event = (name, ...args) => ({ op: 'server-event', event: name, args });

// What was recorded beside the steps (support/replay.mjs), and where roomcast differs.
const hints = {
  'connect-timeout': { quick: true },
  'connect-timeout-after-refused': { quick: true },
  'client-ping-timeout': { quick: true },
  events: {
    differs: {
      15: { row: 'A number may be the name of an event', args: ['/', ['5', 'x']] },
      20: { row: relayed, data: '42["message-back",{"b":1,"2":2,"1":3}]' },
      23: { row: relayed, data: '42["message-back",1.0,1e2,-0]' },
    },
  },
  'invalid event without payload': { differs: { 6: { row: 'An event without a payload', steps: [] } } },
  'server-shutdown': { before: { 5: (replay) => replay.server.stop() } },
  'client-transport-close': { before: { 5: (replay) => replay.drop(1) } },
  'server-emits': {
    before: { 12: (replay) => replay.tell('emits') },
    differs: {
      16: {
        row: 'Second `volatile` packet of a tick is dropped',
        also: [{ op: 'ws-recv', ws: 1, frame: 'text', data: '42["vol",1]' }],
      },
    },
  },
  'server-emit-ack': {
    anyOrder: true,
    // 20: the second broadcast has timed out without an answer.
    before: { 10: (replay) => replay.tell('asks'), 20: (replay) => replay.untilSeen(4) },
  },
  'polling-first-packets': {
    held: { 1: 2 },
    differs: {
      1: {
        row: decidedLater,
        response: {
          headers: [
            ['Content-Type', 'text/plain; charset=UTF-8'], ['Content-Length', '99'], ['cache-control', 'no-store'],
            ['Connection', 'keep-alive'],
          ],
          body: '40{"sid":"<SID2>"}\x1e40/admin,{"sid":"<SID3>"}\x1e42["message-back","early"]',
        },
      },
      2: {
        row: decidedLater,
        also: [
          event('connection', '/', { id: '<SID2>', auth: {} }),
          event('connection', '/admin', { id: '<SID3>', auth: {} }),
          event('event', '/', ['message', 'early']),
        ],
      },
      3: {
        row: decidedLater,
        response: { status: null, note: 'timeout' },
        also: ['/', '/admin'].flatMap((name) => [
          event('disconnecting', name, 'transport error'), event('disconnect', name, 'transport error'),
        ]),
      },
    },
  },
  'polling-bad-packet-without-poll': {
    differs: {
      7: { row: 'A violation by a polling client', args: ['/', 'forced server close'] },
      8: { row: 'A violation by a polling client', args: ['/', 'forced server close'] },
    },
  },
  recovery: noScript,
  'recovery-unknown-offset': noScript,
  'recovery-not-after-client-disconnect': noScript,
  msgpack: noParser,
  'msgpack-polling': noParser,
  'v2-polling-close': { before: { 6: (replay) => replay.tell('kicks') } },
};

// Packets that cannot be decoded are counted here, and an `error` event on Node.
for (const { name, steps } of recordings('socketio-sessions.json')) {
  if (!/^invalid |^polling-bad-packet/.test(name)) continue;
  const number = steps.findIndex((step) => step.event === 'error');
  if (number < 0) continue;
  hints[name] = { ...hints[name], differs: { ...hints[name]?.differs, [number]: { row: 'An `error` event', steps: [] } } };
}

// An acknowledgement is no argument of a catch-all listener here, and there is no recovery that could be told of.
const seen = ([event, name, ...rest]) => {
  if (onNode) return [event, name, ...rest];
  if (event === 'event') return [event, name, rest[0].filter((argument) => !argument?.$function)];
  if (event !== 'connection') return [event, name, ...rest];
  const { recovered, ...handshake } = rest[0];
  return [event, name, handshake];
};

describe('Recorded sessions of the official Socket.IO server', () => {
  replayAll('socketio-sessions.json', { hints, laterOn, seen });
});

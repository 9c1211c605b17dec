// What the official Engine.IO server was recorded to do, byte by byte, played against ours.
import { describe } from 'node:test';

import { replayAll } from './support/replay.mjs';
import { closePayload, frame, opcode, sampleAccept } from './support/websocket.mjs';

const send = (socket, text) => (replay) => replay.order({ socket, send: text });
const close = (socket) => (replay) => replay.order({ socket, close: true });

const sends = (steps) => Object.fromEntries(Object.entries(steps).map(([step, order]) => [step, (replay) => replay.order(order)]));

// Rows of docs/differences.md, by their beginnings.
const bodyUnread = 'Reads a body that it will refuse';
const refusedUnread = { row: bodyUnread, response: { headers: [['Date', ''], ['Connection', 'close']] } };
const big = 'x'.repeat(2000);

// What was recorded beside the steps (support/replay.mjs), and where roomcast differs.
const hints = {
  'transports-polling-only': {
    differs: {
      2: {
        row: 'An upgrade while websockets are switched off',
        response: {
          headers: [['Connection', 'close'], ['Content-type', 'text/html'], ['Content-Length', '17']], body: 'Transport unknown',
        },
        closes: true,
      },
    },
  },
  'polling-session': { held: { 20: 22 } },
  'polling-server-close': {
    held: { 1: 2 },
    before: {
      2: close(0),
      6: close(1),
      11: async (replay) => {
        await replay.order({ socket: 2, send: 'last' });
        await replay.order({ socket: 2, close: true });
      },
      16: (replay) => replay.order({ socket: 3, discard: true }),
    },
  },
  'polling-invalid-payload': { held: { 1: 2 } },
  'polling-duplicate-get': { held: { 1: 2 } },
  'polling-duplicate-post': { held: { 1: 2 }, differs: { 2: refusedUnread } },
  'polling-too-large': {
    before: { 13: send(0, 'z'.repeat(300)) },
    differs: { 3: refusedUnread, 4: refusedUnread, 8: refusedUnread },
  },
  'polling-heartbeat': { quick: true },
  'polling-heartbeat-refresh': { quick: true, held: { 3: 6 }, before: { 1: (replay) => replay.order({ echo: false }) } },
  'polling-compression': {
    before: sends({
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((step) => [step, { socket: 0, send: big }])),
      7: { socket: 0, send: 'x'.repeat(1022) },
      8: { socket: 0, send: 'x'.repeat(1023) },
      10: { socket: 0, send: big, compress: false },
    }),
  },
  'polling-compression-off': { before: { 1: send(0, big) } },
  upgrade: { held: { 1: 4 } },
  'upgrade-messages-during-probe': { before: { 4: send(0, 'one'), 5: send(0, 'two') } },
  'upgrade-pending-poll-at-upgrade': { held: { 2: 3 } },
  'upgrade-timeout': { quick: true },
  'upgrade-websocket-dropped': { before: { 4: (replay) => replay.drop(1) } },
  'websocket-client-close': {
    before: { 2: (replay) => replay.socket(1).sendFrame(opcode.close, closePayload(1000)) },
  },
  'websocket-server-close': {
    before: {
      2: async (replay) => {
        await replay.order({ socket: 0, send: 'bye' });
        await replay.order({ socket: 0, close: true });
      },
    },
  },
  'websocket-frames': {
    before: {
      2: (replay) =>
        replay.socket(1).write(Buffer.concat([frame(opcode.text, '4he', { fin: false }), frame(opcode.continuation, 'llo')])),
      4: async (replay) => {
        await replay.socket(1).sendFrame(opcode.ping, 'p');
        await replay.expectPong(1, 'p');
      },
      5: (replay) => replay.socket(1).sendFrame(opcode.text, Buffer.from([0x34, 0xff])),
      11: (replay) => replay.socket(2).sendFrame(opcode.text, '4a', { mask: false }),
    },
  },
  'websocket-heartbeat': { quick: true },
  'websocket-upgrade-eio3-raw': {
    differs: {
      2: {
        row: 'EIO other than 4 on a websocket',
        steps: [
          { op: 'ws-recv', ws: 1, frame: 'close', code: 1002, reason: '' },
          { op: 'ws-recv', ws: 1, event: 'tcp-close' },
        ],
      },
    },
  },
  'websocket-deflate-on': {
    differs: {
      0: {
        row: 'A compressed message may refer to earlier ones',
        response: {
          headers: [
            ['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Accept', sampleAccept],
            ['Sec-WebSocket-Extensions', 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
          ],
        },
      },
      1: { row: '`perMessageDeflate` compresses every message', rsv1_compressed: undefined },
    },
  },
  'cookie true': { before: { 1: send(0, 'x') } },
  'cookie custom': { before: { 1: send(0, 'x') } },
  'b64-query': { before: sends({ 1: { socket: 0, bytes: [1, 2] }, 4: { socket: 1, bytes: [1, 2] } }) },
  'eio3-polling': { held: { 10: 11 } },
  'eio3-polling-binary': { latin1: 1 },
  'eio3-upgrade': { held: { 1: 4 } },
};

// Node's engine tells its application more than ours does: refusals, and the error behind a reason.
const seen = ([event, reason]) => (event === 'connection_error' ? null : [event, reason]);

// Origins are checked here and nowhere on Node (docs/differences.md), so the recordings of foreign origins are played
// without the check; engineio-polling.test.mjs has what it does.
const options = ({ name, server_options: recorded }) => ({ ...recorded, ...(/^cors/.test(name) && { originCheck: false }) });

describe('Recorded exchanges of the official Engine.IO server', () => {
  replayAll('engineio-transcripts.json', { args: ['--engine'], hints, laterOn: {}, seen, options });
});

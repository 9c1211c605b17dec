// Autobahn|Python as a client: a WebSocket implementation that shares nothing with ours, Node's or the browsers'.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import { launch, sharedServer } from './support/server.mjs';
import { e2eFolder, notOnNode } from './support/target.mjs';
import { within } from './support/wait.mjs';

// Debian's own, which python3-autobahn is installed for.
const python = '/usr/bin/python3';
const client = path.join(e2eFolder, 'fixtures', 'autobahn-client.py');

async function talk(server, offer) {
  const url = `ws://${server.host}:${server.port}/engine.io/?EIO=4&transport=websocket`;
  const program = launch(python, [client, url, JSON.stringify(offer)]);
  const { code } = await within(40_000, 'the Python client to end', program.ended);
  assert.equal(code, 0, program.stderr);
  return JSON.parse(program.stdout);
}

for (const deflate of [true, false]) {
  describe(`Autobahn|Python, server ${deflate ? 'with' : 'without'} compression`, () => {
    const server = sharedServer('engine', { args: deflate ? ['--per-message-deflate'] : [], calm: true });

    for (const [offer, agreed, options = {}] of [
      [null, false],
      [{}, true],
      [{ accept_no_context_takeover: false }, true],
      [{ request_no_context_takeover: true }, true],
      [{ accept_max_window_bits: false }, true],
      [{ request_max_window_bits: 10 }, false, notOnNode('takes a smaller window')],
    ]) {
      it(`offering ${JSON.stringify(offer)}: everything comes back`, options, async () => {
        const { extensions, echoes, wrong, pongs, clean, code } = await talk(server, offer);
        assert.deepEqual(wrong, []);
        assert.equal(echoes, 37);
        assert.deepEqual(pongs, ['between', '', 'x'.repeat(125)]);
        assert.deepEqual({ clean, code }, { clean: true, code: 1000 });
        assert.equal(extensions.length, deflate && agreed ? 1 : 0);
      });
    }
  });
}

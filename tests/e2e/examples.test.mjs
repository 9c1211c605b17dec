// The examples, each as an official client meets it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { run, sharedServer } from './support/server.mjs';
import { connectClient } from './support/socketio.mjs';
import { buildFolder, e2eFolder, notOnNode } from './support/target.mjs';
import { next, soon, within } from './support/wait.mjs';

const ask = (client, ...args) => within(soon, `the ack of ${args[0]}`, client.emitWithAck(...args));
const ours = notOnNode('they are ours');
const examples = fs.readdirSync(path.join(e2eFolder, '../../examples')).filter((file) => file.endsWith('.cpp'));

describe('Every example', ours, () => {
  for (const name of examples.map((file) => path.basename(file, '.cpp'))) {
    it(`${name} explains its flags, and refuses a bad one with one line`, async () => {
      const program = path.join(buildFolder, 'examples', name);
      const helped = await run(program, ['--help']);
      assert.equal(helped.code, 0);
      for (const flag of ['--host', '--port', '--threads', '--log-level']) assert.ok(helped.stdout.includes(flag), flag);
      const refused = await run(program, ['--threads', '0']);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, new RegExp(`^${name}: --threads: .*\\n$`));
    });
  }
});

describe('examples/hello', ours, () => {
  const server = sharedServer('hello');

  it('greets by name', async (t) => {
    const client = await connectClient(t, server);
    assert.equal(await ask(client, 'hello', 'Ada'), 'Hello, Ada!');
  });

  it('is a program of ten lines', () => {
    const text = fs.readFileSync(path.join(e2eFolder, '../../examples/hello.cpp'), 'utf8');
    assert.ok(text.split('\n').filter((line) => line && !line.startsWith('//')).length <= 10);
  });
});

describe('examples/echo_room', ours, () => {
  const server = sharedServer('echo_room', { threads: 2, args: ['--round-robin'] });
  const connect = (t, count) => Promise.all(Array.from({ length: count }, () => connectClient(t, server)));

  it('everybody in the room hears what is said there, the speaker too, and nobody else does', async (t) => {
    const [a, b, stranger] = await connect(t, 3);
    assert.equal(await ask(a, 'join', 'tea'), 1);
    const joined = next(a, 'joined');
    assert.equal(await ask(b, 'join', 'tea'), 2);
    assert.deepEqual(await joined, ['tea', b.id]);

    stranger.on('said', () => assert.fail('a stranger heard it'));
    const heard = [next(a, 'said'), next(b, 'said')];
    const what = { text: 'milk?', bytes: Buffer.from([1, 2]) };
    assert.equal(await ask(a, 'say', 'tea', what), true);
    assert.deepEqual(await Promise.all(heard), [['tea', a.id, what], ['tea', a.id, what]]);
    assert.equal(await ask(stranger, 'say', 'tea', 'me too'), false);
  });

  it('the room hears who leaves it, whether they say so or vanish', async (t) => {
    const [a, b, c] = await connect(t, 3);
    for (const client of [a, b, c]) await ask(client, 'join', 'hall');
    const { id } = c;
    let left = next(a, 'left');
    assert.equal(await ask(b, 'leave', 'hall'), 2);
    assert.deepEqual(await left, ['hall', b.id]);
    left = next(a, 'left');
    c.disconnect();
    assert.deepEqual(await left, ['hall', id]);
  });
});

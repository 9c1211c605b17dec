// The files of the browser client as the official server was recorded to serve them (tests/data/vectors).
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';

import { RawConnection } from './support/http.mjs';
import { sharedServer } from './support/server.mjs';
import { e2eFolder } from './support/target.mjs';

const { scenarios } = JSON.parse(fs.readFileSync(path.join(e2eFolder, '..', 'data', 'vectors', 'serve-client.json'), 'utf8'));

// What the recorded servers were told. Origins are checked here and nowhere on Node (docs/differences.md).
const options = {
  default: { serveClient: true },
  cors: { serveClient: true, cors: { origin: 'https://a.example' } },
  'serveClient false': { serveClient: false },
  'custom path': { serveClient: true, path: '/rt' },
};

// Of HTTP itself (docs/differences.md), and for requests that nobody answers the application's.
const framing = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']);
const visible = (headers) => headers.filter(([name]) => !framing.has(name.toLowerCase()));

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const unpack = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync, br: zlib.brotliDecompressSync };

// Compressed bytes depend on the build of the library, so what is in them is compared with the plain file.
const plainOf = (target) =>
  scenarios[0].requests.find(({ request: { method, target: recorded, headers } }) =>
    method === 'GET' && recorded === target && Object.keys(headers).length === 0).body_sha256;

for (const { name, requests } of scenarios) {
  describe(`Files of the client: ${name}`, () => {
    const server = sharedServer('replay', { threads: 1, args: ['--options', JSON.stringify({ ...options[name], originCheck: false })] });

    for (const [i, { request, ...expected }] of requests.entries()) {
      const { method, target, headers } = request;
      it(`${i}: ${method} ${target} ${JSON.stringify(headers)}`, async () => {
        const connection = await RawConnection.open(server);
        const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`).join('');
        await connection.write(Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: localhost:3000\r\n${lines}\r\n`));
        const answer = await connection.readResponse({ headOnly: method === 'HEAD' });
        connection.destroy();
        assert.equal(answer.status, expected.status);
        if (expected.status === 404) return;
        const pairs = answer.head.trimEnd().split('\r\n').slice(1).map((line) => line.split(/: (.*)/s).slice(0, 2));
        assert.deepEqual(visible(pairs), visible(expected.headers));
        if (expected.body !== undefined) assert.equal(answer.body, expected.body);
        else if (answer.headers['content-encoding']) assert.equal(sha256(unpack[answer.headers['content-encoding']](answer.bytes)), plainOf(target));
        else if (expected.body_length > 0) assert.equal(sha256(answer.bytes), expected.body_sha256);
        else assert.equal(answer.bytes?.length ?? 0, 0);
      });
    }
  });
}

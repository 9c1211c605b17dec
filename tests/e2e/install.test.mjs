// The installed package, as a stranger uses it: `cmake --install`, then a server of ten lines (tests/install) that is built
// by CMake and by hand with pkg-config, and serves an official client.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { request } from './support/http.mjs';
import { run, startServer } from './support/server.mjs';
import { connectClient } from './support/socketio.mjs';
import { buildFolder, e2eFolder, notOnNode } from './support/target.mjs';
import { soon, within } from './support/wait.mjs';

const root = path.join(e2eFolder, '..', '..');
const stranger = path.join(root, 'tests', 'install');
const longestBuild = 150_000; // a compiler, on a machine that does other things

/** Runs a tool of the build to its end and returns its standard output. */
async function tool(command, args, { cwd, env } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complained] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (complained += text));
  try {
    const [code] = await within(longestBuild, `the end of ${command} ${args.join(' ')}`, once(child, 'close'));
    assert.equal(code, 0, `${command} ${args.join(' ')}\n${(said + complained).slice(0, 4000)}`);
  } finally {
    child.kill('SIGKILL');
  }
  return said;
}

/** What a variable of the build under test was set to. */
function cached(name) {
  const cache = fs.readFileSync(path.join(buildFolder, 'CMakeCache.txt'), 'utf8');
  return new RegExp(`^${name}:[A-Z]+=(.*)$`, 'm').exec(cache)?.[1] ?? '';
}

const words = (text) => text.trim().split(/\s+/).filter(Boolean);

describe('The installed package', notOnNode('it is ours'), () => {
  let folder, prefix, sanitizers, compiler;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'roomcast-install-'));
    await tool('cmake', ['--install', buildFolder, '--prefix', path.join(folder, 'at first')]);
    // Nothing may remember where it was installed, so it is moved before it is used.
    prefix = path.join(folder, 'moved');
    fs.renameSync(path.join(folder, 'at first'), prefix);
    // What a sanitized build is linked into must be sanitized too.
    sanitizers = cached('ROOMCAST_SANITIZE') && `-fsanitize=${cached('ROOMCAST_SANITIZE')}`;
    compiler = words(cached('CCACHE')).filter((name) => !name.endsWith('NOTFOUND'));
  });
  after(() => folder && fs.rmSync(folder, { recursive: true }));

  // The temporary folder has another name each time; ccache must not care.
  const environment = () => ({ CCACHE_BASEDIR: folder, CCACHE_NOHASHDIR: '1' });

  async function assertServes(t, program) {
    const server = await startServer('stranger', { command: [program] });
    t.after(() => server.stop());
    const client = await connectClient(t, server);
    assert.equal(await within(soon, 'the ack of hello', client.emitWithAck('hello', 'stranger')), 'Hello, stranger!');
  }

  it('has the public headers and no others, and one archive', () => {
    const headers = (at) => fs.readdirSync(path.join(at, 'include'), { recursive: true }).map(String).sort();
    const listed = fs.readdirSync(path.join(prefix, 'include'));
    assert.deepEqual(listed, ['roomcast']);
    assert.deepEqual(headers(prefix), headers(root));
    assert.deepEqual(fs.readdirSync(path.join(prefix, 'lib')).sort(), ['cmake', 'libroomcast.a', 'pkgconfig']);
  });

  it('serves an official client from a project that says find_package(roomcast)', async (t) => {
    const build = path.join(folder, 'with cmake');
    const env = environment();
    await tool('cmake', ['-S', stranger, '-B', build, '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${prefix}`,
      `-DCMAKE_CXX_FLAGS=${sanitizers}`, `-DCMAKE_CXX_COMPILER_LAUNCHER=${compiler.join(';')}`], { env });
    await tool('cmake', ['--build', build], { env });
    await assertServes(t, path.join(build, 'server'));
  });

  it('serves an official client from one line of g++ and pkg-config', async (t) => {
    const build = path.join(folder, 'by-hand');
    const env = { ...environment(), PKG_CONFIG_PATH: path.join(prefix, 'lib', 'pkgconfig') };
    fs.mkdirSync(build);
    fs.copyFileSync(path.join(stranger, 'server.cpp'), path.join(build, 'server.cpp'));
    const flags = async (...options) => words(await tool('pkg-config', [...options, 'roomcast'], { env }));
    const [gcc, ...rest] = [...compiler, 'g++', ...words(sanitizers)];
    // In two steps, because ccache keeps what is compiled and not what is linked.
    await tool(gcc, [...rest, '-c', 'server.cpp', '-o', 'server.o', ...(await flags('--cflags'))], { cwd: build, env });
    await tool('g++', [...words(sanitizers), 'server.o', '-o', 'server', ...(await flags('--libs', '--static'))], { cwd: build, env });
    await assertServes(t, path.join(build, 'server'));
  });

  it('says one version everywhere: headers, pkg-config, CMake and program', async () => {
    const header = fs.readFileSync(path.join(prefix, 'include/roomcast/version.hpp'), 'utf8');
    const part = (name) => new RegExp(`^#define ROOMCAST_VERSION_${name} (\\d+)$`, 'm').exec(header)[1];
    const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
    const env = { PKG_CONFIG_PATH: path.join(prefix, 'lib', 'pkgconfig') };
    assert.equal(await tool('pkg-config', ['--modversion', 'roomcast'], { env }), `${version}\n`);
    const config = fs.readFileSync(path.join(prefix, 'lib/cmake/roomcast/roomcast-config-version.cmake'), 'utf8');
    assert.ok(config.includes(`set(PACKAGE_VERSION "${version}")`));
    assert.equal((await run(path.join(prefix, 'bin', 'roomcast'), ['--version'])).stdout, `${version}\n`);
  });

  it('brings the program, which serves the chat with no file beside it', async (t) => {
    const server = await startServer('chat', { command: [path.join(prefix, 'bin', 'roomcast'), 'chat'] });
    t.after(() => server.stop());
    assert.equal((await request(server, '/')).status, 200);
  });
});

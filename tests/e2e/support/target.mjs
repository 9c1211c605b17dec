// Which implementation is under test, and how tests say that they concern only one of them.
//
//   ROOMCAST_TARGET=node   the official server (fixtures/*-node-server.mjs): proves the tests themselves
//   ROOMCAST_BUILD=DIR     where roomcast was built, default build/release of this repository
//   ROOMCAST_TLS=1         over https and wss, wherever a test starts its server and its clients in the usual way
//   ROOMCAST_LONG=1        also run the tests that must sit out a timeout of many seconds
//   ROOMCAST_LATER=1       also run the tests of capabilities that roomcast does not have yet
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const target = process.env.ROOMCAST_TARGET === 'node' ? 'node' : 'roomcast';
export const onNode = target === 'node';
export const overTls = !onNode && Boolean(process.env.ROOMCAST_TLS);

export const e2eFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const buildFolder = path.resolve(
  process.env.ROOMCAST_BUILD || path.join(e2eFolder, '..', '..', 'build', 'release'),
);

/** For behaviour in which roomcast differs from the official server on purpose, or which only our program has. */
export const notOnNode = (reason) => (onNode ? { skip: `not on Node: ${reason}` } : {});

/** For tests that wait for a long timeout of the server. */
export const onlyInLongRuns = (reason) =>
  process.env.ROOMCAST_LONG ? {} : { skip: `long run only (ROOMCAST_LONG=1): ${reason}` };

/** For what the reference describes and roomcast does not have yet; the official server must pass at once. */
export const later = (capability) =>
  onNode || process.env.ROOMCAST_LATER ? {} : { skip: `a later capability: ${capability}` };

// Attacks on the upgrade from polling to a websocket.
import { headOf } from './peer.mjs';
import { heartbeats, limits, once } from './siege.mjs';

/** Two at once, upgrades that are dropped or never ended, and requests that overlap. Each has a session of its own. */
const races = [
  // Both probe, and whoever is let in goes on.
  async (siege, { sid }) => {
    let upgraded = 0;
    const peers = await Promise.all([0, 1].map(async () => {
      const peer = await siege.websocket(sid);
      peer.say('2probe');
      if ((await peer.next())?.text !== '3probe') return peer;
      peer.say('5');
      peer.say('40');
      if ((await peer.next())?.text?.startsWith('40{')) upgraded++;
      return peer;
    }));
    siege.count(['not upgraded', 'upgraded', 'upgraded twice'][upgraded]);
    return peers;
  },
  (siege, { sid }) => Promise.all([siege.websocket(sid), siege.websocket(sid)]),
  async (siege, { sid }) => {
    const peer = await siege.websocket(sid);
    await peer.say('2probe'); // and no 5
    return [peer];
  },
  async (siege, { sid }, i) => {
    const peer = await siege.websocket(sid);
    if (i % 3 > 0) await peer.say('2probe');
    if (i % 3 > 1) await peer.say('5');
    peer.reset();
    siege.count('we left');
    return [];
  },
  async (siege, { sid, target }) => {
    const peers = [await siege.websocket(sid), await siege.open(), await siege.open()];
    peers[0].say('2probe');
    for (const peer of peers.slice(1)) peer.write(headOf('GET', target, once));
    return peers;
  },
  async (siege, { sid, target }) => {
    const peers = [await siege.websocket(sid), await siege.open(), await siege.open()];
    peers[0].say('2probe');
    for (const peer of peers.slice(1)) peer.write(`${headOf('POST', target, ['Content-Length: 100'])}4`);
    return peers;
  },
  // The last POST and the last GET of polling come beside the 5.
  async (siege, { sid, target }) => {
    const peers = [await siege.websocket(sid), await siege.open(), await siege.open()];
    peers[0].say('2probe');
    peers[1].write(headOf('GET', target, once));
    peers[2].write(`${headOf('POST', target, [...once, 'Content-Length: 2'])}40`);
    peers[0].say('5');
    return peers;
  },
];

export async function upgradeRaces(siege) {
  const peers = await siege.crowd(siege.size, async (i) => races[i % races.length](siege, await siege.session(), Math.floor(i / races.length)));
  await siege.ends(peers.flat(), Math.max(limits.upgrade, heartbeats));
}

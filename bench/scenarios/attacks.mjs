// What hostile peers do to a server, one function for each way. All of them wait until the server has ended what it should have
// ended, and say what became of each connection or request: see Siege.
import { frame, opcode } from './frame.mjs';
import { headOf } from './peer.mjs';
import { upgradeRaces } from './races.mjs';
import { drip, heartbeats, limits, once, polling, upgradeLines, websocket } from './siege.mjs';

async function slowHeaders(siege) {
  const peers = await siege.crowd(siege.size, () => siege.open());
  const head = headOf('GET', polling).slice(0, -2); // without the empty line
  await drip(peers, limits.head, (n) => head[n] ?? 'x');
  await siege.ends(peers, 0);
}

async function slowBodies(siege) {
  // Without a session the time for bodies is what ends them, with one its heartbeats.
  const peers = await siege.crowd(siege.size, async (i) => {
    const target = i % 2 ? polling : (await siege.session()).target;
    const peer = await siege.open();
    peer.write(headOf('POST', target, ['Content-Length: 1000']));
    return peer;
  });
  await drip(peers, limits.body, () => '4');
  await siege.ends(peers, 0);
}

async function silentConnections(siege) {
  await siege.ends(await siege.crowd(siege.size, () => siege.open()), limits.head);
}

async function silentWebSockets(siege) {
  const peers = await siege.crowd(siege.size, () => siege.websocket());
  for (const peer of peers.slice(siege.few)) peer.pongs = true;
  await siege.ends(peers, Math.max(limits.connect, heartbeats));
}

async function fragments(siege) {
  const start = frame(opcode.text, '4', { final: false });
  const more = (count) => Buffer.concat(Array.from({ length: count }, () => frame(opcode.continuation, 'x', { final: false })));
  const endless = await siege.crowd(siege.few, () => siege.member());
  for (const peer of endless) peer.write(start);
  const thousand = more(1000);
  const dripping = drip(endless, heartbeats, () => thousand);

  // Until they are more than a message may have.
  const quick = await siege.crowd(Math.ceil(siege.few / 10), () => siege.member());
  const flood = Promise.all(quick.map(async (peer) => {
    await peer.write(start);
    for (let i = 0; i < 1100 && peer.isOpen; i++) await peer.write(thousand);
  }));

  // A good message, each byte of which is a segment.
  await Promise.all((await siege.crowd(siege.few, () => siege.member())).map(async (peer) => {
    for (const byte of frame(opcode.text, `421["echo","${'x'.repeat(1000)}"]`)) await peer.write(Buffer.from([byte]));
    while (peer.isOpen && !(await peer.next())?.text?.startsWith('43'));
    siege.count(peer.isOpen ? 'answered' : peer.fate);
    peer.leave();
  }));
  await Promise.all([dripping, flood]);
  await siege.ends([...endless, ...quick], 0);
}

async function largeHeads(siege) {
  const heads = [
    headOf('GET', polling, Array.from({ length: 10_000 }, (_, i) => `X${i}: 1`)),
    headOf('GET', polling, Array(1500).fill('a:')), // too many, and not too long
    headOf('GET', polling, [`X: ${'x'.repeat(20_000)}`]),
    headOf('GET', `${polling}&x=${'x'.repeat(20_000)}`),
    headOf('GET', websocket, [...upgradeLines, `X: ${'x'.repeat(20_000)}`]),
  ];
  await siege.ends(await siege.crowd(siege.size, async (i) => {
    const peer = await siege.open();
    peer.write(heads[i % heads.length]);
    await peer.next();
    return peer;
  }), limits.head);
}

async function largeMessages(siege) {
  const lengths = [1_000_001n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
  const frames = await siege.crowd(siege.few, async (i) => {
    const peer = await siege.member();
    peer.write(frame(opcode.binary, 'x', { length: lengths[i % lengths.length] }));
    return peer;
  });
  const chunk = `10000\r\n${'4'.repeat(0x10000)}\r\n`;
  const bodies = await siege.crowd(siege.few, async (i) => {
    const { target } = await siege.session();
    const peer = await siege.open();
    if (i % 2) peer.write(headOf('POST', target, ['Content-Length: 1000001']));
    else peer.write(headOf('POST', target, ['Transfer-Encoding: chunked']) + chunk.repeat(16));
    return peer;
  });
  await siege.ends([...frames, ...bodies], heartbeats);
}

/** Ways to be refused. Each is given a connection for requests, and resolves with how it was answered. */
const refusals = [
  async (siege, peer) => (await peer.ask('POST', `${polling}&sid=abcdefghijklmnopqrst`, { body: '4x' }))?.status,
  async (siege, peer) => (await peer.ask('POST', polling, { body: '4x' }))?.status,
  async (siege, peer) => (await peer.ask('POST', (await siege.session(peer)).target, { body: 'x' }))?.status, // no packet
  async (siege, peer) => {
    const { target } = await siege.session(peer);
    const answer = await peer.ask('POST', target, { body: Buffer.from([0x34, 0xff, 0xfe, 0xc0]) }); // no UTF-8
    await peer.ask('GET', target); // takes leave
    return answer?.status;
  },
  async (siege, peer) => (await peer.ask('POST', (await siege.session(peer)).target, { body: 'x', lines: ['Content-Type: application/octet-stream'] }))?.status,
  (siege) => refusedFrame(siege, frame(opcode.text, '40', { masked: false })),
  (siege) => refusedFrame(siege, frame(opcode.text, Buffer.from([0x34, 0xff, 0xfe, 0xc0]))),
];

async function refusedFrame(siege, bytes) {
  const peer = await siege.websocket();
  peer.write(bytes);
  await peer.ended;
  peer.leave();
  return peer.fate;
}

async function badRequests(siege) {
  let next = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    let peer = await siege.open();
    while (next < siege.requests) {
      const refused = await refusals[next++ % refusals.length](siege, peer);
      siege.count(String(refused ?? peer.fate));
      if (!peer.isOpen) peer = await siege.open();
    }
    peer.leave(); // between requests it might stay for 75 s
  }));
}

async function droppedPolls(siege) {
  const peers = await siege.crowd(siege.size, async () => {
    const { target } = await siege.session();
    const peer = await siege.open();
    peer.write(headOf('GET', target, once));
    return peer;
  });
  for (const peer of peers.splice(0, siege.size / 2)) {
    peer.reset();
    siege.count('we left');
  }
  await siege.ends(peers, heartbeats); // by a ping
}

async function namespaces(siege) {
  const connects = (id, count) => Buffer.concat(Array.from({ length: count }, (_, i) => frame(opcode.text, `40/${id}-${i},`)));
  const asked = 2000;
  const asking = await siege.crowd(Math.ceil(siege.few / 5), async (id) => {
    const peer = await siege.websocket();
    await peer.next(); // the open packet
    peer.pongs = true;
    peer.write(connects(id, asked));
    return peer;
  });
  // Events for namespaces that were refused in the same breath are dropped, each of which has to be looked for.
  const told = 1000;
  const telling = await siege.crowd(Math.ceil(siege.few / 5), () => siege.websocket());
  const breath = Buffer.concat([connects('x', told), ...Array(told).fill(frame(opcode.text, `42/x-${told - 1},["x"]`))]);
  const dripping = drip(telling, heartbeats, () => breath);

  // The same in one body, which is one breath, but as large as a body may be.
  const words = [...Array.from({ length: 40_000 }, (_, i) => `40/${i},`), ...Array(40_000).fill('42/39999,["x"]')];
  const { target } = await siege.session();
  const posting = await siege.open();
  const posted = await posting.ask('POST', target, { lines: once, body: words.join('\x1e') });
  siege.count(String(posted?.status ?? posting.fate));

  await Promise.all(asking.map(async (peer) => {
    for (let i = 0; i < asked && (await peer.next())?.text?.startsWith('44'); i++) siege.count('CONNECT_ERROR');
  }));
  await dripping;
  await siege.ends([...asking, ...telling], limits.connect);
}

async function attachments(siege) {
  const packet = (count) => `45${count}-["echo",${JSON.stringify(Array.from({ length: count }, (_, num) => ({ _placeholder: true, num })))}]`;
  const attachment = Buffer.alloc(50_000);
  const peers = await siege.crowd(2 * siege.few, async (i) => {
    const peer = await siege.member();
    if (i % 2) {
      peer.say(packet(1));
    } else {
      peer.say(packet(10));
      for (let sent = 0; sent < 9; sent++) peer.write(frame(opcode.binary, attachment));
    }
    return peer;
  });
  await siege.ends(peers, heartbeats);
}

/** Their names, and the answers of a server that knows what to do: all of `must` come, and besides them only those of `may`. */
export const attacks = [
  { name: 'slow headers', run: slowHeaders, must: ['408'] },
  { name: 'slow bodies', run: slowBodies, must: ['408', '400'] },
  { name: 'silent connections', run: silentConnections, must: ['closed'] },
  { name: 'silent websockets', run: silentWebSockets, must: ['close'] },
  { name: '1-byte fragments', run: fragments, must: ['close', 'close 1009', 'answered'] },
  { name: 'large heads', run: largeHeads, must: ['431'] },
  { name: 'large messages', run: largeMessages, must: ['close 1009', '413'], may: ['close 1002'] },
  { name: 'bad requests', run: badRequests, must: ['200', '400', 'close 1002', 'close 1007'] },
  { name: 'upgrade races', run: upgradeRaces, must: ['upgraded', '200', '400', 'close', 'closed', 'we left'] },
  { name: 'dropped polls', run: droppedPolls, must: ['200', 'we left'] },
  { name: 'unknown namespaces', run: namespaces, must: ['CONNECT_ERROR', '200', 'close'] },
  { name: 'missing attachments', run: attachments, must: ['close'] },
];

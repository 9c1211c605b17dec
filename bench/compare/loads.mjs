// What each server is loaded with, and what is said of it.

const talk = (group, title, args, more = {}) => ({ group, title, args, servers: 1, ...more });

/** @param quick few connections and fewer loads, to see that all works */
export function loads(quick) {
  const some = (full, few) => String(quick ? few : full);
  const many = some(1000, 200);
  const all = [
    talk('fanout', '100 clients, window 1', ['fanout', '--clients', '100', '--window', '1']),
    talk('fanout', `${many} clients, window 1`, ['fanout', '--clients', many, '--window', '1'], { chart: true }),
    talk('fanout', `${many} clients, window 16`, ['fanout', '--clients', many, '--window', '16'], { chart: true }),
    talk('fanout', `${many} clients, 1,024 bytes, window 1`, ['fanout', '--clients', many, '--bytes', '1024', '--window', '1']),
    talk('echo', '100 clients, window 1', ['echo', '--clients', '100', '--window', '1'], { chart: true }),
    talk('echo', '100 clients, window 16', ['echo', '--clients', '100', '--window', '16']),
    talk('private', `${many} clients, window 1`, ['private', '--clients', many, '--window', '1'], { chart: true }),
    talk('rooms', '1,000 clients in 100 rooms, 20,000 deliveries a second',
      ['rooms', '--clients', '1000', '--rooms', '100', '--publishers', '100', '--rate', '20000'], { chart: true }),
    talk('polling', '100 clients, window 1', ['polling', '--clients', '100', '--window', '1'], { chart: true }),
    talk('cluster', `fanout, ${many} clients, window 1`, ['fanout', '--clients', many, '--window', '1'], { servers: 2, chart: true }),
    talk('cluster', `fanout, ${many} clients, window 16`, ['fanout', '--clients', many, '--window', '16'], { servers: 2 }),
    talk('cluster', `private, ${many} clients, window 1`, ['private', '--clients', many, '--window', '1'], { servers: 2, chart: true }),
    talk('idle', `${some('10,000', '1,000')} connections by websocket`, ['idle', '--clients', some(10_000, 1000)], { idle: true }),
    talk('idle', `${some('2,000', '500')} connections by polling`, ['idle', '--clients', some(2000, 500), '--transport', 'polling'], { idle: true }),
  ];
  return all.filter(({ chart, idle }) => !quick || chart || idle).map((load) => ({ ...load, name: `${load.group}: ${load.title}` }));
}

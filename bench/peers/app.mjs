// What every peer serves: the events of bench/bench_server.cpp, written as its users would.
export function serve(io) {
  io.on('connection', (socket) => {
    socket.on('bcast', (payload) => io.emit('bcast', payload));
    socket.on('echo', (payload, ack) => ack(payload));
    socket.on('join', async (room, ack) => {
      await socket.join(room);
      ack();
    });
    socket.on('private', (message) => io.to(message.to).emit('private', message));
  });
}

/** The line that script/bench waits for. */
export const ready = (port) => console.log(`listening on http://127.0.0.1:${port}`);

/**
 * Socket.IO's options: with REDIS, the URL of one, the server joins the others on it; with PER_MESSAGE_DEFLATE it compresses
 * messages of 1 KiB and more.
 */
export async function options() {
  const compression = process.env.PER_MESSAGE_DEFLATE ? { perMessageDeflate: { threshold: 1024 } } : {};
  if (!process.env.REDIS) return compression;
  const { createClient } = await import('redis');
  const { createAdapter } = await import('@socket.io/redis-adapter');
  const publisher = createClient({ url: process.env.REDIS });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return { ...compression, adapter: createAdapter(publisher, subscriber) };
}

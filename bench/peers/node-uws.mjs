// Socket.IO on Node.js with uWebSockets.js instead of ws and Node's own HTTP.
import { createRequire } from 'node:module';
import { Server } from 'socket.io';
import { options, ready, serve } from './app.mjs';

const uws = createRequire(import.meta.url)('@btc-vision/uwebsockets.js');
const http = uws.App();
const io = new Server(await options());
io.attachApp(http);
serve(io);
http.listen('127.0.0.1', 0, (socket) => {
  if (!socket) throw new Error('no port to listen on');
  ready(uws.us_socket_local_port(socket));
});

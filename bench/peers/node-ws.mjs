// Socket.IO as most people run it: on Node.js, with the package ws.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { options, ready, serve } from './app.mjs';

const http = createServer();
serve(new Server(http, await options()));
http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => ready(http.address().port));

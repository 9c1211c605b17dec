// Socket.IO on Bun, with its own engine.
import { Server as Engine } from '@socket.io/bun-engine';
import { Server } from 'socket.io';
import { options, ready, serve } from './app.mjs';

const io = new Server(await options());
const engine = new Engine({ path: '/socket.io/' });
io.bind(engine);
serve(io);
ready(Bun.serve({ port: 0, hostname: '127.0.0.1', ...engine.handler() }).port);

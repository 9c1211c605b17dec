/** The one connection of this page, and the identity it is remembered by. */
import { io, type Socket } from "socket.io-client";
import type { PageEvents, ServerEvents } from "./protocol";

export type ChatSocket = Socket<ServerEvents, PageEvents>;

export function createSocket(): ChatSocket {
  const server: string | undefined = import.meta.env.VITE_SERVER_URL;
  const options = { autoConnect: false };
  const socket: ChatSocket = server ? io(server, options) : io(options);
  socket.onAny((event: string, ...args: unknown[]) => console.log(event, args));
  return socket;
}

const sessionKey = "sessionID";

/** localStorage throws where cookies are blocked: the chat then works, and forgets us with the tab. */
export function storedSession(): string | null {
  try {
    return localStorage.getItem(sessionKey);
  } catch {
    return null;
  }
}

export function storeSession(sessionID: string): void {
  try {
    localStorage.setItem(sessionKey, sessionID);
  } catch {
    // nothing to be done, see above
  }
}

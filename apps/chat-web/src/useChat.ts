/** Joins the socket to the state: what the components read, and the few things they can ask for. */
import { computed, reactive, ref } from "vue";
import * as chat from "./chat";
import type { Message } from "./protocol";
import { createSocket, storedSession, storeSession } from "./socket";

/** `stopped`: the client will not try again by itself. */
export type Link = "connecting" | "connected" | "reconnecting" | "stopped";

export function useChat() {
  const socket = createSocket();
  const state = reactive(chat.createChat());
  const view = ref<"form" | "chat">("form");
  const link = ref<Link>("connecting");
  const notice = ref("");
  const formerName = ref("");
  const announcement = ref({ count: 0, text: "" });
  const selected = computed(() => chat.findUser(state, state.selected));

  function enter(auth: { username: string } | { sessionID: string }): void {
    view.value = "chat";
    link.value = "connecting";
    notice.value = "";
    socket.auth = auth;
    socket.connect();
  }

  function leave(): void {
    const byName = "username" in (socket.auth as object);
    notice.value = byName
      ? "That name was not accepted. Please try another one."
      : "Your last visit has expired. Choose a name to come back.";
    formerName.value = chat.findUser(state, state.self)?.username ?? "";
    // What the former user had left to send must not go out under the next name.
    socket.sendBuffer = [];
    Object.assign(state, chat.createChat());
    view.value = "form";
  }

  function announce(message: Message): void {
    const sender = message.from === state.self ? "you, in another tab" : (chat.findUser(state, message.from)?.username ?? "someone");
    announcement.value = { count: announcement.value.count + 1, text: `New message from ${sender}: ${message.content.slice(0, 300)}` };
  }

  socket.on("connect", () => {
    link.value = "connected";
    chat.connected(state);
  });
  socket.on("disconnect", () => {
    link.value = socket.active ? "reconnecting" : "stopped";
    chat.disconnected(state);
  });
  socket.on("connect_error", (error) => {
    if (error.message === "invalid username") leave();
    else if (!socket.active) link.value = "stopped";
  });
  socket.on("session", ({ sessionID, userID }) => {
    socket.auth = { sessionID };
    storeSession(sessionID);
    chat.sessionOpened(state, userID);
  });
  socket.on("users", (users) => chat.usersListed(state, users));
  socket.on("user connected", (user) => chat.userConnected(state, user));
  socket.on("user disconnected", (userID) => chat.userDisconnected(state, userID));
  socket.on("private message", (message) => {
    chat.messageReceived(state, message);
    announce(message);
  });

  const sessionID = storedSession();
  if (sessionID) enter({ sessionID });

  return {
    state,
    view,
    link,
    notice,
    formerName,
    announcement,
    selected,
    enter: (username: string) => enter({ username }),
    reconnect: () => {
      link.value = "connecting";
      socket.connect();
    },
    select: (userID: string | null) => chat.select(state, userID),
    send: (content: string) => {
      const message = chat.messageSent(state, content);
      if (message) socket.emit("private message", { content, to: message.to });
    },
  };
}

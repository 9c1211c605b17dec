/**
 * What the page knows, and how each event changes it. No Vue, no socket and no DOM in here:
 * every function takes the state and changes it in place, so that a reactive proxy works as
 * well as a plain object in a test.
 */
import type { ListedUser, Message } from "./protocol";

export interface User {
  userID: string;
  username: string;
  connected: boolean;
  messages: Message[];
  unread: boolean;
}

export interface Chat {
  /** Our own userID, once the server has told it. */
  self: string | null;
  online: boolean;
  /** Whether the server's list for the current connection has arrived. */
  listed: boolean;
  users: User[];
  /** userID of the conversation on screen. */
  selected: string | null;
  /** Messages that the next list from the server may not hold yet: see `usersListed`. */
  unlisted: Message[];
}

export function createChat(): Chat {
  return { self: null, online: false, listed: false, users: [], selected: null, unlisted: [] };
}

export function findUser(chat: Chat, userID: string | null): User | undefined {
  return chat.users.find((user) => user.userID === userID);
}

export function connected(chat: Chat): void {
  setOnline(chat, true);
}

export function disconnected(chat: Chat): void {
  setOnline(chat, false);
  chat.listed = false;
}

export function sessionOpened(chat: Chat, userID: string): void {
  if (chat.self !== null && chat.self !== userID) {
    // Somebody else now: nothing of the former user may stay on screen.
    const online = chat.online;
    Object.assign(chat, createChat(), { online });
  }
  chat.self = userID;
}

/**
 * Takes over the server's list: known users are updated where they stand, then everybody is
 * put in order. A message written while offline, or received before the list, may be missing
 * from the server's history, which was read at the moment of connecting; such messages are kept.
 */
export function usersListed(chat: Chat, listed: ListedUser[]): void {
  for (const { userID, username, connected, messages } of listed) {
    const recent = chat.unlisted.filter((message) => partnerOf(chat, message) === userID);
    const user = findUser(chat, userID);
    if (user) {
      const news = countFrom(userID, messages) > countFrom(userID, user.messages);
      if (news && userID !== chat.self && userID !== chat.selected) user.unread = true;
      user.messages = withMissing(messages, user.messages, recent);
      user.connected = connected;
    } else {
      const unread = recent.some((message) => message.from === userID) && userID !== chat.self;
      chat.users.push({ userID, username, connected, unread, messages: withMissing(messages, recent, recent) });
    }
  }
  chat.users.sort((a, b) => compare(chat, a, b));
  chat.unlisted = chat.unlisted.filter((message) => !findUser(chat, partnerOf(chat, message)));
  chat.listed = true;
  setOnline(chat, chat.online);
}

export function userConnected(chat: Chat, { userID, username, messages }: ListedUser): void {
  const user = findUser(chat, userID);
  if (user) {
    user.connected = true;
    return;
  }
  chat.users.push({ userID, username, connected: true, unread: false, messages });
  if (!chat.listed) return;
  const early = chat.unlisted.filter((message) => partnerOf(chat, message) === userID);
  chat.unlisted = chat.unlisted.filter((message) => !early.includes(message));
  for (const message of early) messageReceived(chat, message);
}

export function userDisconnected(chat: Chat, userID: string): void {
  // Our own row follows our own connection, not what is said about another tab of ours.
  const user = userID === chat.self ? undefined : findUser(chat, userID);
  if (user) user.connected = false;
}

export function messageReceived(chat: Chat, message: Message): void {
  const partner = partnerOf(chat, message);
  const user = findUser(chat, partner);
  if (!user || !chat.listed) chat.unlisted.push(message);
  if (!user) return;
  user.messages.push(message);
  if (partner !== chat.selected) user.unread = true;
}

/** Notes a message of ours as sent to the selected user and returns it, or nothing if there is no one to send it to. */
export function messageSent(chat: Chat, content: string): Message | undefined {
  const user = findUser(chat, chat.selected);
  if (!user || chat.self === null || content.length === 0) return undefined;
  const message = { content, from: chat.self, to: user.userID };
  if (!chat.listed) chat.unlisted.push(message);
  user.messages.push(message);
  return message;
}

export function select(chat: Chat, userID: string | null): void {
  chat.selected = userID;
  const user = findUser(chat, userID);
  if (user) user.unread = false;
}

/** Whether the message at `index` opens a new run of one sender, and so carries the sender's name. */
export function opensRun(messages: Message[], index: number): boolean {
  return index === 0 || messages[index - 1]?.from !== messages[index]?.from;
}

function setOnline(chat: Chat, online: boolean): void {
  chat.online = online;
  const self = findUser(chat, chat.self);
  if (self) self.connected = online;
}

function partnerOf(chat: Chat, message: Message): string {
  return message.from === chat.self ? message.to : message.from;
}

function countFrom(userID: string, messages: Message[]): number {
  return messages.filter((message) => message.from === userID).length;
}

/** Ourselves first, then by name in plain string order. */
function compare(chat: Chat, a: User, b: User): number {
  if (a.userID === chat.self) return -1;
  if (b.userID === chat.self) return 1;
  return a.username < b.username ? -1 : a.username > b.username ? 1 : 0;
}

/**
 * `history` and, after it, those of the `recent` messages that it lacks. Messages carry no id: one is taken as
 * missing when we had seen its like more often than the history holds it. `seen` includes `recent`.
 */
function withMissing(history: Message[], seen: Message[], recent: Message[]): Message[] {
  if (recent.length === 0) return history;
  const surplus = new Map<string, number>();
  const key = (message: Message) => JSON.stringify([message.from, message.to, message.content]);
  for (const message of seen) surplus.set(key(message), (surplus.get(key(message)) ?? 0) + 1);
  for (const message of history) surplus.set(key(message), (surplus.get(key(message)) ?? 0) - 1);
  const missing: Message[] = [];
  for (const message of [...recent].reverse()) {
    const left = surplus.get(key(message)) ?? 0;
    if (left <= 0) continue;
    surplus.set(key(message), left - 1);
    missing.unshift(message);
  }
  return [...history, ...missing];
}

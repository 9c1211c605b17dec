import assert from "node:assert/strict";
import { test } from "node:test";
import * as chat from "../src/chat";
import type { ListedUser, Message } from "../src/protocol";

const user = (userID: string, username: string, messages: Message[] = [], connected = true): ListedUser => ({
  userID,
  username,
  connected,
  messages,
});
const message = (from: string, to: string, content: string): Message => ({ content, from, to });

/** A page of user "me", connected, that has received the list. */
function pageWith(...others: ListedUser[]) {
  const state = chat.createChat();
  chat.connected(state);
  chat.sessionOpened(state, "me");
  chat.usersListed(state, [...others, user("me", "mary")]);
  return state;
}
const names = (state: chat.Chat) => state.users.map((row) => row.username);
const texts = (state: chat.Chat, userID: string) => chat.findUser(state, userID)?.messages.map((m) => m.content);

test("S0-F7: self first, the rest by name in plain string order", () => {
  assert.deepEqual(names(pageWith(user("1", "bob"), user("2", "Zoe"), user("3", "alice"))), ["mary", "Zoe", "alice", "bob"]);
});

test("S0-F9: a second list updates rows where they stand", () => {
  const state = pageWith(user("b", "bob"));
  const row = chat.findUser(state, "b");
  chat.usersListed(state, [user("b", "bob", [message("b", "me", "hi")], false), user("me", "mary")]);
  assert.equal(chat.findUser(state, "b"), row);
  assert.deepEqual(names(state), ["mary", "bob"]);
  assert.equal(row?.connected, false);
  assert.deepEqual(texts(state, "b"), ["hi"]);
});

test("S0-F9: a newcomer goes to the end, a known user only turns online", () => {
  const state = pageWith(user("b", "bob", [message("b", "me", "hi")], false));
  chat.userConnected(state, user("a", "alice"));
  chat.userConnected(state, user("b", "bob"));
  assert.deepEqual(names(state), ["mary", "bob", "alice"]);
  assert.equal(chat.findUser(state, "b")?.connected, true);
  assert.deepEqual(texts(state, "b"), ["hi"]);
  chat.userDisconnected(state, "b");
  assert.equal(chat.findUser(state, "b")?.connected, false);
});

test("S0-F10: the own row follows the transport and nothing else", () => {
  const state = pageWith();
  chat.userDisconnected(state, "me");
  assert.equal(chat.findUser(state, "me")?.connected, true);
  chat.disconnected(state);
  assert.equal(chat.findUser(state, "me")?.connected, false);
  chat.connected(state);
  assert.equal(chat.findUser(state, "me")?.connected, true);
});

test("S0-F8, S0-F13: a message to a conversation that is not on screen sets its badge, selecting clears it", () => {
  const state = pageWith(user("a", "alice"), user("b", "bob"));
  chat.select(state, "a");
  chat.messageReceived(state, message("b", "me", "hello"));
  chat.messageReceived(state, message("a", "me", "hey"));
  assert.equal(chat.findUser(state, "b")?.unread, true);
  assert.equal(chat.findUser(state, "a")?.unread, false);
  chat.select(state, "b");
  assert.equal(chat.findUser(state, "b")?.unread, false);
});

test("S0-F14: what another tab of ours sends belongs to the one it was sent to", () => {
  const state = pageWith(user("b", "bob"));
  chat.messageReceived(state, message("me", "b", "from my other tab"));
  chat.messageReceived(state, message("me", "me", "a note"));
  assert.deepEqual(texts(state, "b"), ["from my other tab"]);
  assert.deepEqual(texts(state, "me"), ["a note"]);
});

test("S0-F12: sending appends as own; there is nobody to send to without a selection", () => {
  const state = pageWith(user("b", "bob"));
  assert.equal(chat.messageSent(state, "lost"), undefined);
  chat.select(state, "b");
  assert.deepEqual(chat.messageSent(state, "hello"), message("me", "b", "hello"));
  assert.deepEqual(texts(state, "b"), ["hello"]);
});

test("S0-F15: a message written while offline survives the list that comes with the reconnection", () => {
  const state = pageWith(user("b", "bob"));
  chat.select(state, "b");
  chat.messageSent(state, "same words");
  chat.disconnected(state);
  chat.messageSent(state, "same words");
  chat.messageSent(state, "and more");
  chat.connected(state);
  chat.sessionOpened(state, "me");
  chat.usersListed(state, [user("b", "bob", [message("me", "b", "same words"), message("b", "me", "meanwhile")])]);
  assert.deepEqual(texts(state, "b"), ["same words", "meanwhile", "same words", "and more"]);
});

test("S0-F15: a message written while offline is not doubled when the list holds it already", () => {
  const state = pageWith(user("b", "bob"));
  chat.select(state, "b");
  chat.disconnected(state);
  chat.messageSent(state, "quick");
  chat.connected(state);
  chat.usersListed(state, [user("b", "bob", [message("me", "b", "quick")])]);
  assert.deepEqual(texts(state, "b"), ["quick"]);
});

test("S0-F13: a message that arrives before the list is neither lost nor doubled", () => {
  for (const history of [[], [message("b", "me", "early")]]) {
    const state = chat.createChat();
    chat.connected(state);
    chat.sessionOpened(state, "me");
    chat.messageReceived(state, message("b", "me", "early"));
    chat.usersListed(state, [user("b", "bob", history), user("me", "mary")]);
    assert.deepEqual(texts(state, "b"), ["early"]);
    assert.equal(chat.findUser(state, "b")?.unread, true);
    assert.deepEqual(state.unlisted, []);
  }
});

test("S0-F13: a message of somebody not listed yet waits for the row", () => {
  const state = pageWith();
  chat.messageReceived(state, message("c", "me", "hi"));
  chat.userConnected(state, user("c", "carol"));
  assert.deepEqual(texts(state, "c"), ["hi"]);
  assert.equal(chat.findUser(state, "c")?.unread, true);
});

test("S0-F8: messages that came while we were away set the badge on return", () => {
  const state = pageWith(user("b", "bob"));
  chat.disconnected(state);
  chat.connected(state);
  chat.usersListed(state, [user("b", "bob", [message("b", "me", "are you there?")])]);
  assert.equal(chat.findUser(state, "b")?.unread, true);
});

test("S0-F11: only the first message of a run names its sender", () => {
  const run = [message("a", "b", "1"), message("a", "b", "2"), message("b", "a", "3")];
  assert.deepEqual(run.map((_, index) => chat.opensRun(run, index)), [true, false, true]);
});

test("S0-F5: another identity starts with an empty page", () => {
  const state = pageWith(user("b", "bob"));
  chat.select(state, "b");
  chat.sessionOpened(state, "other");
  assert.deepEqual([state.users, state.selected, state.self, state.online], [[], null, "other", true]);
});

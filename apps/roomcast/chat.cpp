#include "chat.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/describe/class.hpp>

namespace roomcast::app {
namespace {

// GCC 12 destroys an aggregate that is made inside a co_await expression twice (GCC bug 98401): in
// coroutines, what is passed on has a name.

constexpr std::size_t max_name = 64;              // characters
constexpr std::size_t max_content = 64 * 1024;    // bytes
constexpr std::size_t max_user_id = 64;           // bytes
constexpr std::chrono::seconds unknown_pause{2};  // until servers that did not answer are asked again

struct SessionEvent {
  std::string sessionID;
  std::string userID;
};
BOOST_DESCRIBE_STRUCT(SessionEvent, (), (sessionID, userID))

struct IncomingMessage {
  std::string content;
  std::string to;
};
BOOST_DESCRIBE_STRUCT(IncomingMessage, (), (content, to))

struct Stored {
  bool ok = true;
};
BOOST_DESCRIBE_STRUCT(Stored, (), (ok))

// 8 bytes of the OS's randomness as 16 lower-case hexadecimal characters.
std::string random_id() {
  std::random_device source;
  std::string id;
  for (int i = 0; i < 2; ++i) {
    std::uint32_t bits = source();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) id += "0123456789abcdef"[bits & 15];
  }
  return id;
}

// A member of `auth` that is a string; nothing if it is missing or something else.
std::optional<std::string> text_of(const boost::json::object& auth, std::string_view key) {
  const auto* value = auth.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::size_t characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

const ChatIdentity& identity(const Socket& socket) {
  return std::any_cast<const ChatIdentity&>(socket.state());
}

}  // namespace

Chat::Chat(Server& io, SessionStore& sessions, MessageStore& messages)
    : io_(io), sessions_(sessions), messages_(messages) {
  io.use([this](Socket socket) { return authenticate(std::move(socket)); });
  io.on_connection([this](Socket socket) { return welcome(std::move(socket)); });
}

Task<> Chat::authenticate(Socket socket) {
  const boost::json::object& auth = socket.handshake().auth;
  if (const auto session_id = text_of(auth, "sessionID")) {
    if (const auto session = co_await sessions_.find(*session_id)) {
      socket.state() = ChatIdentity{*session_id, session->user_id, session->username};
      co_return;
    }
  } else if (auth.contains("sessionID") && !auth.at("sessionID").is_null()) {
    throw ConnectError("invalid username");
  }
  const auto username = text_of(auth, "username");
  if (!username || username->empty() || characters(*username) > max_name)
    throw ConnectError("invalid username");
  socket.state() = ChatIdentity{random_id(), random_id(), *username};
}

Task<> Chat::welcome(Socket socket) {
  const ChatIdentity me = identity(socket);
  // Before anything is waited for, so that no event can come too early.
  socket.on("private message", [this, socket, me](IncomingMessage message, Ack ack) {
    return on_message(socket, me, std::move(message.content), std::move(message.to), std::move(ack));
  });
  socket.on_disconnect([this, me](std::string reason) { return on_disconnect(me, std::move(reason)); });

  const ChatSession online{me.user_id, me.username, true};
  co_await sessions_.save(me.session_id, online);
  socket.emit("session", SessionEvent{me.session_id, me.user_id});
  socket.join(me.user_id);
  // Another tab that closed meanwhile may not have seen this one in the room yet and have written "offline".
  if (const auto stored = co_await sessions_.find(me.session_id); stored && !stored->connected)
    co_await sessions_.save(me.session_id, online);
  co_await send_users(socket, me);
  socket.broadcast().emit("user connected", UserEntry{me.user_id, me.username, true});
}

Task<> Chat::send_users(Socket socket, ChatIdentity me) {
  std::map<std::string, std::vector<ChatMessage>> conversations;
  for (ChatMessage& message : co_await messages_.of_user(me.user_id)) {
    const std::string other = message.from == me.user_id ? message.to : message.from;
    conversations[other].push_back(std::move(message));
  }
  std::vector<UserEntry> users;
  for (const ChatSession& session : co_await sessions_.all())
    users.push_back(
        {session.user_id, session.username, session.connected, std::move(conversations[session.user_id])});
  socket.emit("users", users);
}

Task<> Chat::on_message(Socket socket, ChatIdentity me, std::string content, std::string to, Ack ack) {
  if (content.size() > max_content || to.empty() || to.size() > max_user_id) {
    log(LogLevel::debug, "chat: a message that is too long or goes nowhere was ignored");
    co_return;
  }
  const ChatMessage message{std::move(content), me.user_id, std::move(to)};
  // All tabs of both, but for the one that sent it; a tab that is in both rooms gets it once.
  socket.to({message.to, me.user_id}).emit("private message", message);
  co_await messages_.save(message);
  ack(Stored{});
}

// Whether no tab of this user is left on any server. While one of the servers does not answer nobody knows:
// then it is asked again, and the user stays online.
Task<bool> Chat::has_left(ChatIdentity me, std::string reason) {
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  for (;;) {
    const FetchedSockets tabs = co_await io_.in(me.user_id).fetch_sockets();
    if (!tabs.empty()) co_return false;
    if (tabs.complete()) co_return true;
    if (reason == reasons::server_shutting_down) co_return false;  // no time for another answer
    pause.expires_after(unknown_pause);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

Task<> Chat::on_disconnect(ChatIdentity me, std::string reason) {
  const ChatSession offline{me.user_id, me.username, false};
  const ChatSession online{me.user_id, me.username, true};
  if (!co_await has_left(me, reason)) co_return;
  // Several tabs may close at the same moment, here and elsewhere, and all find none left.
  if (!co_await sessions_.leave(me.session_id, offline)) co_return;
  io_.emit("user disconnected", me.user_id);
  // A page that was only reloaded may have come back while this was going on: the last word is "online".
  const FetchedSockets tabs = co_await io_.in(me.user_id).fetch_sockets();
  if (tabs.empty()) co_return;
  co_await sessions_.save(me.session_id, online);
  io_.except(me.user_id).emit("user connected", UserEntry{me.user_id, me.username, true});
}

}  // namespace roomcast::app

#include "lost_servers.hpp"

#include <chrono>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "chat.hpp"

// GCC 12 destroys an aggregate that is made inside a co_await expression twice (GCC bug 98401): in
// coroutines, what is passed on has a name.

namespace roomcast::app {
namespace {

constexpr std::chrono::seconds pause_between_tries{2};
constexpr int tries = 10;

// How long a claim holds: a server that comes back has to be silent for as long as this to be lost again.
const std::string claim_milliseconds = "10000";

// The others take a server for dead after 10 s at least, and then need a while to show its users as offline.
constexpr std::chrono::seconds between_looks_at_the_clock{1};
constexpr std::chrono::seconds standstill{5};
constexpr int looks_after_a_standstill = 15;

// Each user's sockets are in the room named by the user's id.
std::unordered_set<std::string> rooms_of(const FetchedSockets& sockets) {
  std::unordered_set<std::string> rooms;
  for (const RemoteSocket& socket : sockets) rooms.insert(socket.rooms().begin(), socket.rooms().end());
  return rooms;
}

}  // namespace

LostServers::LostServers(Server& io, RedisClient& client, RedisSessionStore& sessions)
    : io_(io), client_(client), sessions_(sessions) {
  io.on_server_lost([this](std::string name) {
    boost::asio::co_spawn(io_.executor(), clean_up(std::move(name)), [](std::exception_ptr error) {
      if (!error) return;
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        log(LogLevel::warn, std::string("chat: users of a dead server may be shown as online: ") + e.what());
      }
    });
  });
  boost::asio::co_spawn(io.executor(), notice_standstills(), boost::asio::detached);
}

Task<> LostServers::clean_up(std::string name) {
  const RedisCommand claim("SET", "roomcast:lost:" + name, "1", "NX", "PX", claim_milliseconds);
  const RedisReply claimed = co_await client_.command(claim);
  if (claimed.is_nil()) co_return;  // another server does it
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  for (int attempt = 0; attempt < tries; ++attempt) {
    const FetchedSockets sockets = co_await io_.fetch_sockets();
    if (sockets.complete()) co_return co_await show_offline(sockets);
    pause.expires_after(pause_between_tries);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

// Everybody who has none of the sockets.
Task<> LostServers::show_offline(const FetchedSockets& sockets) {
  const auto rooms = rooms_of(sockets);
  std::vector<std::pair<std::string, ChatSession>> gone;
  const auto sessions = co_await sessions_.all_by_id();
  for (const auto& [session_id, session] : sessions) {
    if (!session.connected || rooms.contains(session.user_id)) continue;
    const ChatSession offline{session.user_id, session.username, false};
    if (!co_await sessions_.leave(session_id, offline)) continue;
    io_.emit("user disconnected", session.user_id);
    gone.emplace_back(session_id, session);
  }
  if (gone.empty()) co_return;
  // Who came while this was going on: the last word is "online".
  const FetchedSockets now = co_await io_.fetch_sockets();
  const auto back = rooms_of(now);
  for (const auto& [session_id, session] : gone) {
    if (!back.contains(session.user_id)) continue;
    co_await sessions_.save(session_id, session);
    io_.except(session.user_id).emit("user connected", UserEntry{session.user_id, session.username, true});
  }
}

// Nobody tells a server that it was taken for dead, but it can see on the clock that it stood still: it was
// stopped, or its machine slept.
Task<> LostServers::notice_standstills() {
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  int looks = 0;
  for (;;) {
    const auto before = std::chrono::steady_clock::now();
    pause.expires_after(between_looks_at_the_clock);
    co_await pause.async_wait(boost::asio::use_awaitable);
    if (std::chrono::steady_clock::now() - before > standstill) looks = looks_after_a_standstill;
    if (looks == 0) continue;
    --looks;
    try {
      co_await show_online();
    } catch (const std::exception& e) {
      log(LogLevel::debug, std::string("chat: who is online is not known now: ") + e.what());
    }
  }
}

// Those who are here and shown as offline.
Task<> LostServers::show_online() {
  const auto sessions = co_await sessions_.all_by_id();
  const FetchedSockets sockets = co_await io_.local().fetch_sockets();
  const auto here = rooms_of(sockets);
  std::vector<std::pair<std::string, ChatSession>> back;
  for (const auto& [session_id, session] : sessions) {
    if (session.connected || !here.contains(session.user_id)) continue;
    const ChatSession online{session.user_id, session.username, true};
    co_await sessions_.save(session_id, online);
    io_.except(session.user_id).emit("user connected", UserEntry{session.user_id, session.username, true});
    back.emplace_back(session_id, session);
  }
  if (back.empty()) co_return;
  // Who left while this was going on: the last word is "offline".
  const FetchedSockets now = co_await io_.fetch_sockets();
  const auto left = rooms_of(now);
  for (const auto& [session_id, session] : back) {
    if (!now.complete() || left.contains(session.user_id)) continue;
    if (co_await sessions_.leave(session_id, session)) io_.emit("user disconnected", session.user_id);
  }
}

}  // namespace roomcast::app

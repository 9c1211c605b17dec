#include "redis_store.hpp"

#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <roomcast/value.hpp>

// GCC 12 destroys an aggregate that is made inside a co_await expression twice (GCC bug 98401): in
// coroutines, what is passed on has a name.

namespace roomcast::app {
namespace {

const std::string time_to_live = "86400";  // seconds
const std::string session_prefix = "session:";

// The answer to HMGET userID username connected.
std::optional<ChatSession> session_from(const RedisReply& reply) {
  if (reply.elements.size() < 3 || !reply.elements[0].is_bulk() || reply.elements[0].text.empty())
    return std::nullopt;
  return ChatSession{reply.elements[0].text, reply.elements[1].text, reply.elements[2].text == "true"};
}

void add_save(RedisTransaction& transaction, const std::string& session_id, const ChatSession& session) {
  const std::string key = session_prefix + session_id;
  transaction.add(RedisCommand("HSET", key, "userID", session.user_id, "username", session.username,
                               "connected", session.connected ? "true" : "false"));
  transaction.add(RedisCommand("EXPIRE", key, time_to_live));
}

bool not_sent(const RedisError& error) { return error.code() == RedisErrorCode::dropped; }

}  // namespace

// ---- sessions

Task<std::optional<ChatSession>> RedisSessionStore::find(std::string session_id) {
  if (client_.ready()) {
    const RedisCommand command("HMGET", session_prefix + session_id, "userID", "username", "connected");
    const RedisReply reply = co_await client_.command(command);
    auto found = session_from(reply);
    if (found) remember(session_id, *found);
    co_return found;
  }
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(session_id);
  if (known == known_.end()) throw std::runtime_error("the store is away");
  co_return known->second;
}

Task<> RedisSessionStore::save(std::string session_id, ChatSession session) {
  remember(session_id, session);
  if (client_.ready()) {
    co_await write_unsaved();
    try {
      co_return co_await write(session_id, session);
    } catch (const RedisError&) {
      // It has just gone. Writing a session again does no harm.
    }
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  keep_for_later(std::move(session_id), std::move(session), executor);
}

Task<bool> RedisSessionStore::leave(std::string session_id, ChatSession session) {
  session.connected = false;
  bool was_connected = true;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(session_id); known != known_.end())
      was_connected = known->second.connected;
  }
  remember(session_id, session);
  if (client_.ready()) {
    co_await write_unsaved();
    RedisTransaction transaction;
    transaction.add(RedisCommand("HGET", session_prefix + session_id, "connected"));
    add_save(transaction, session_id, session);
    try {
      const std::vector<RedisReply> replies = co_await client_.multi(transaction);
      co_return replies.empty() || !replies.front().is_bulk() || replies.front().text != "false";
    } catch (const RedisError&) {
      was_connected = true;  // whatever Redis has done
    }
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  keep_for_later(std::move(session_id), std::move(session), executor);
  co_return was_connected;
}

void RedisSessionStore::keep_for_later(std::string session_id, ChatSession session,
                                       const boost::asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  if (unsaved_.size() >= max_known) throw std::runtime_error("too many sessions wait for Redis");
  unsaved_.insert_or_assign(std::move(session_id), std::move(session));
  if (!std::exchange(waiting_, true))
    boost::asio::co_spawn(executor, wait_for_redis(), boost::asio::detached);
}

// Until all is written. Nothing tells when Redis is back but asking.
Task<> RedisSessionStore::wait_for_redis() {
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  for (;;) {
    pause.expires_after(std::chrono::milliseconds(250));
    co_await pause.async_wait(boost::asio::use_awaitable);
    if (!client_.ready()) continue;
    co_await write_unsaved();
    const std::lock_guard lock(mutex_);
    if (!unsaved_.empty()) continue;
    waiting_ = false;
    co_return;
  }
}

Task<> RedisSessionStore::write(std::string session_id, ChatSession session) {
  RedisTransaction transaction;
  add_save(transaction, session_id, session);
  co_await client_.multi(transaction);
}

Task<> RedisSessionStore::write_unsaved() {
  std::map<std::string, ChatSession> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(unsaved_);
  }
  for (const auto& [session_id, session] : waiting) {
    try {
      co_await write(session_id, session);
    } catch (const RedisError&) {
      const std::lock_guard lock(mutex_);
      unsaved_.insert(waiting.begin(), waiting.end());  // newer states stay
      co_return;
    }
  }
}

Task<std::vector<ChatSession>> RedisSessionStore::all() {
  std::vector<ChatSession> sessions;
  const auto found = co_await all_by_id();
  sessions.reserve(found.size());
  for (const auto& [session_id, session] : found) sessions.push_back(session);
  co_return sessions;
}

Task<std::vector<std::pair<std::string, ChatSession>>> RedisSessionStore::all_by_id() {
  std::vector<std::pair<std::string, ChatSession>> sessions;
  if (!client_.ready()) {
    const std::lock_guard lock(mutex_);
    sessions.assign(known_.begin(), known_.end());
    co_return sessions;
  }
  const std::vector<std::string> keys = co_await client_.scan(session_prefix + "*", 100);
  if (keys.empty()) co_return sessions;
  RedisTransaction transaction;
  for (const std::string& key : keys)
    transaction.add(RedisCommand("HMGET", key, "userID", "username", "connected"));
  const std::vector<RedisReply> replies = co_await client_.multi(transaction);
  for (std::size_t i = 0; i < keys.size() && i < replies.size(); ++i) {
    if (auto session = session_from(replies[i])) {
      remember(keys[i].substr(session_prefix.size()), *session);
      sessions.emplace_back(keys[i].substr(session_prefix.size()), std::move(*session));
    }
  }
  co_return sessions;
}

void RedisSessionStore::remember(const std::string& session_id, const ChatSession& session) {
  const std::lock_guard lock(mutex_);
  if (known_.size() < max_known || known_.contains(session_id)) known_.insert_or_assign(session_id, session);
}

// ---- messages

Task<> RedisMessageStore::save(ChatMessage message) {
  const std::string text(Value::of(message).json());
  const std::string newest = "-" + std::to_string(limit_);
  RedisTransaction transaction;
  std::vector<std::string> users{message.from};
  if (message.to != message.from) users.push_back(message.to);  // a note to oneself is kept once
  for (const std::string& user : users) transaction.add(RedisCommand("RPUSH", "messages:" + user, text));
  for (const std::string& user : users)
    transaction.add(RedisCommand("LTRIM", "messages:" + user, newest, "-1"));
  for (const std::string& user : users)
    transaction.add(RedisCommand("EXPIRE", "messages:" + user, time_to_live));
  struct Waiting {
    explicit Waiting(std::atomic<std::size_t>& all) : count(all) { ++count; }
    ~Waiting() { --count; }
    std::atomic<std::size_t>& count;
  } waiting(waiting_);
  for (;;) {
    if (waiting_ > max_waiting) throw std::runtime_error("too many messages wait for Redis");
    try {
      co_await client_.multi(transaction);
      co_return;
    } catch (const RedisError& error) {
      if (!not_sent(error)) throw;  // it may have been stored: a second time would be one too many
    }
  }
}

Task<std::vector<ChatMessage>> RedisMessageStore::of_user(std::string user_id) {
  std::vector<ChatMessage> messages;
  if (!client_.ready()) co_return messages;
  const RedisCommand command("LRANGE", "messages:" + user_id, "0", "-1");
  const RedisReply reply = co_await client_.command(command);
  messages.reserve(reply.elements.size());
  for (const RedisReply& element : reply.elements) {
    try {
      ChatMessage message;
      if (Value::parse(element.text).to(message)) messages.push_back(std::move(message));
    } catch (const std::invalid_argument&) {
      // Something that is no message of ours: the others are not held up by it.
    }
  }
  co_return messages;
}

}  // namespace roomcast::app

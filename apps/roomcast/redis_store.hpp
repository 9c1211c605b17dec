#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include <roomcast/redis_client.hpp>

#include "chat_store.hpp"

namespace roomcast::app {

/// Sessions in Redis, one hash `session:<id>` each, forgotten a day after they were saved last. The keys are
/// those of the chat's Node.js servers, so that both serve the same people.
///
/// While Redis is away, what this server knows of sessions goes on to be served, and what is saved waits and
/// is written when it is back; the newest state of each session is what is kept.
class RedisSessionStore final : public SessionStore {
 public:
  /// `client` must outlive the store's coroutines.
  explicit RedisSessionStore(RedisClient& client) : client_(client) {}

  /// Throws std::runtime_error if Redis is away and this server does not know the session.
  Task<std::optional<ChatSession>> find(std::string session_id) override;
  Task<> save(std::string session_id, ChatSession session) override;
  Task<bool> leave(std::string session_id, ChatSession session) override;
  Task<std::vector<ChatSession>> all() override;
  /// The same with the sessions' ids.
  Task<std::vector<std::pair<std::string, ChatSession>>> all_by_id();

 private:
  static constexpr std::size_t max_known = 100'000;

  Task<> write(std::string session_id, ChatSession session);
  void keep_for_later(std::string session_id, ChatSession session,
                      const boost::asio::any_io_executor& executor);
  Task<> write_unsaved();
  Task<> wait_for_redis();
  void remember(const std::string& session_id, const ChatSession& session);

  RedisClient& client_;
  std::mutex mutex_;
  std::map<std::string, ChatSession> known_;    // for when Redis is away
  std::map<std::string, ChatSession> unsaved_;  // to be written when it is back
  bool waiting_ = false;                        // for that
};

/// Messages in Redis: a list `messages:<user id>` of JSON texts for each of the two, the newest `limit` of
/// them, forgotten a day after the last. `save` returns once Redis has it. While Redis is away messages wait,
/// up to `max_waiting` of them.
class RedisMessageStore final : public MessageStore {
 public:
  explicit RedisMessageStore(RedisClient& client, std::size_t limit = 10'000)
      : client_(client), limit_(limit) {}

  /// Throws std::runtime_error if the message may not have been stored.
  Task<> save(ChatMessage message) override;
  Task<std::vector<ChatMessage>> of_user(std::string user_id) override;

 private:
  static constexpr std::size_t max_waiting = 10'000;

  RedisClient& client_;
  const std::size_t limit_;
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace roomcast::app

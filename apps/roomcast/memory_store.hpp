#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "chat_store.hpp"

namespace roomcast::app {

/// What is not renewed for this long is forgotten, so that memory is bounded by a day's traffic.
inline constexpr std::chrono::hours chat_time_to_live{24};

/// Sessions in this process. Gone when it ends.
class MemorySessionStore final : public SessionStore {
 public:
  Task<std::optional<ChatSession>> find(std::string session_id) override;
  Task<> save(std::string session_id, ChatSession session) override;
  Task<bool> leave(std::string session_id, ChatSession session) override;
  Task<std::vector<ChatSession>> all() override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Entry {
    ChatSession session;
    std::uint64_t order;  // `all` lists sessions in the order of their first save
    TimePoint expires;
  };
  void put(std::string session_id, ChatSession session);
  void forget_expired();

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> sessions_;
  std::deque<std::pair<TimePoint, std::string>> expiry_;
  std::uint64_t next_order_ = 0;
};

/// Messages in this process: the newest `limit` of each user. Gone when it ends.
class MemoryMessageStore final : public MessageStore {
 public:
  explicit MemoryMessageStore(std::size_t limit = 10'000) : limit_(limit) {}

  Task<> save(ChatMessage message) override;
  Task<std::vector<ChatMessage>> of_user(std::string user_id) override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Conversation {
    std::deque<std::shared_ptr<const ChatMessage>> messages;
    TimePoint expires;
  };
  void add(const std::string& user_id, const std::shared_ptr<const ChatMessage>& message, TimePoint expires);
  void forget_expired();

  const std::size_t limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Conversation> by_user_;
  std::deque<std::pair<TimePoint, std::string>> expiry_;
};

}  // namespace roomcast::app

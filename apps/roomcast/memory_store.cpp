#include "memory_store.hpp"

#include <algorithm>

namespace roomcast::app {

using Clock = std::chrono::steady_clock;

Task<std::optional<ChatSession>> MemorySessionStore::find(std::string session_id) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session_id);
  if (found == sessions_.end() || found->second.expires < Clock::now()) co_return std::nullopt;
  co_return found->second.session;
}

Task<> MemorySessionStore::save(std::string session_id, ChatSession session) {
  const std::lock_guard lock(mutex_);
  put(std::move(session_id), std::move(session));
  co_return;
}

Task<bool> MemorySessionStore::leave(std::string session_id, ChatSession session) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session_id);
  const bool was_connected = found == sessions_.end() || found->second.session.connected;
  session.connected = false;
  put(std::move(session_id), std::move(session));
  co_return was_connected;
}

// With the mutex.
void MemorySessionStore::put(std::string session_id, ChatSession session) {
  forget_expired();
  const TimePoint expires = Clock::now() + chat_time_to_live;
  const auto [place, is_new] = sessions_.try_emplace(session_id);
  if (is_new) place->second.order = next_order_++;
  place->second.session = std::move(session);
  place->second.expires = expires;
  expiry_.emplace_back(expires, std::move(session_id));
}

Task<std::vector<ChatSession>> MemorySessionStore::all() {
  const std::lock_guard lock(mutex_);
  forget_expired();
  std::vector<std::pair<std::uint64_t, const ChatSession*>> ordered;
  ordered.reserve(sessions_.size());
  for (const auto& [id, entry] : sessions_) ordered.emplace_back(entry.order, &entry.session);
  std::ranges::sort(ordered, {}, &decltype(ordered)::value_type::first);
  std::vector<ChatSession> sessions;
  sessions.reserve(ordered.size());
  for (const auto& [order, session] : ordered) sessions.push_back(*session);
  co_return sessions;
}

// Entries of `expiry_` that were renewed since stand there again, further back.
void MemorySessionStore::forget_expired() {
  const TimePoint now = Clock::now();
  for (; !expiry_.empty() && expiry_.front().first < now; expiry_.pop_front()) {
    const auto found = sessions_.find(expiry_.front().second);
    if (found != sessions_.end() && found->second.expires < now) sessions_.erase(found);
  }
}

Task<> MemoryMessageStore::save(ChatMessage message) {
  const auto shared = std::make_shared<const ChatMessage>(std::move(message));
  const std::lock_guard lock(mutex_);
  forget_expired();
  const TimePoint expires = Clock::now() + chat_time_to_live;
  add(shared->from, shared, expires);
  if (shared->to != shared->from) add(shared->to, shared, expires);
  co_return;
}

void MemoryMessageStore::add(const std::string& user_id, const std::shared_ptr<const ChatMessage>& message,
                             TimePoint expires) {
  Conversation& conversation = by_user_[user_id];
  conversation.messages.push_back(message);
  if (conversation.messages.size() > limit_) conversation.messages.pop_front();
  conversation.expires = expires;
  expiry_.emplace_back(expires, user_id);
}

Task<std::vector<ChatMessage>> MemoryMessageStore::of_user(std::string user_id) {
  const std::lock_guard lock(mutex_);
  std::vector<ChatMessage> messages;
  if (const auto found = by_user_.find(user_id); found != by_user_.end())
    for (const auto& message : found->second.messages) messages.push_back(*message);
  co_return messages;
}

void MemoryMessageStore::forget_expired() {
  const TimePoint now = Clock::now();
  for (; !expiry_.empty() && expiry_.front().first < now; expiry_.pop_front()) {
    const auto found = by_user_.find(expiry_.front().second);
    if (found != by_user_.end() && found->second.expires < now) by_user_.erase(found);
  }
}

}  // namespace roomcast::app

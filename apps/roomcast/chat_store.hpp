#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>

#include <roomcast/task.hpp>

namespace roomcast::app {

/// Who somebody is, as the store knows it. The session's id authenticates and is told to nobody else; the
/// user's id addresses.
struct ChatSession {
  std::string user_id;
  std::string username;
  bool connected = false;
};

/// One message, as it is sent and stored.
struct ChatMessage {
  std::string content;
  std::string from;
  std::string to;
};
BOOST_DESCRIBE_STRUCT(ChatMessage, (), (content, from, to))

/// Identities by session id. Any loop may call; the coroutine resumes on the caller's.
class SessionStore {
 public:
  virtual ~SessionStore() = default;
  virtual Task<std::optional<ChatSession>> find(std::string session_id) = 0;
  /// Stores the session and renews its time to live.
  virtual Task<> save(std::string session_id, ChatSession session) = 0;
  /// Stores that the session's user is not connected any more. Of several that find this out at the same
  /// time, on whatever servers, one is told true: the change is its doing. In doubt it is true for all.
  virtual Task<bool> leave(std::string session_id, ChatSession session) = 0;
  virtual Task<std::vector<ChatSession>> all() = 0;
};

/// Messages by the users that take part. Any loop may call; the coroutine resumes on the caller's.
class MessageStore {
 public:
  virtual ~MessageStore() = default;
  /// Done means stored, as far as this store promises to store anything.
  virtual Task<> save(ChatMessage message) = 0;
  /// All messages from and to a user, in the order of sending.
  virtual Task<std::vector<ChatMessage>> of_user(std::string user_id) = 0;
};

}  // namespace roomcast::app

#pragma once

#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include <roomcast/roomcast.hpp>

#include "chat_store.hpp"

namespace roomcast::app {

/// Who a socket belongs to.
struct ChatIdentity {
  std::string session_id;
  std::string user_id;
  std::string username;
};

/// Somebody as the page lists them, in the events `users` and `user connected`.
struct UserEntry {
  std::string userID;
  std::string username;
  bool connected = false;
  std::vector<ChatMessage> messages{};
};
BOOST_DESCRIBE_STRUCT(UserEntry, (), (userID, username, connected, messages))

/// The private-messaging chat: choose a name, see everybody, write to one another; the identity survives
/// reloads, tabs and servers. Every user has a room named by the user's id, in which all of the user's tabs
/// are.
///
/// Handlers run on the loops of their sockets; what is shared lies in the stores. `io` and the stores must
/// outlive it.
class Chat {
 public:
  Chat(Server& io, SessionStore& sessions, MessageStore& messages);

 private:
  Task<> authenticate(Socket socket);
  Task<> welcome(Socket socket);
  Task<> send_users(Socket socket, ChatIdentity me);
  Task<> on_message(Socket socket, ChatIdentity me, std::string content, std::string to, Ack ack);
  Task<> on_disconnect(ChatIdentity me, std::string reason);
  Task<bool> has_left(ChatIdentity me, std::string reason);

  Server& io_;
  SessionStore& sessions_;
  MessageStore& messages_;
};

}  // namespace roomcast::app

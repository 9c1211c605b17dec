#pragma once

#include <string>

#include <roomcast/redis_client.hpp>
#include <roomcast/roomcast.hpp>

#include "redis_store.hpp"

namespace roomcast::app {

/// Puts things right after a server of the cluster has died: its users are shown as offline, unless they have
/// come back elsewhere. One of the servers that are left does it, once.
///
/// And on a server that was taken for dead but only stood still: it shows those as online who are still
/// connected to it.
class LostServers {
 public:
  /// All must outlive the server's loops.
  LostServers(Server& io, RedisClient& client, RedisSessionStore& sessions);

 private:
  Task<> clean_up(std::string name);
  Task<> show_offline(const FetchedSockets& sockets);
  Task<> notice_standstills();
  Task<> show_online();

  Server& io_;
  RedisClient& client_;
  RedisSessionStore& sessions_;
};

}  // namespace roomcast::app

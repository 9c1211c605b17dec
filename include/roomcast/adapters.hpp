#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace roomcast {

namespace adapter {
class Cluster;
}
namespace loop {
class Loop;
}

/// How a server takes part in a cluster through Redis. The names are those of `@socket.io/redis-adapter`.
struct RedisAdapterOptions {
  /// What every channel's name begins with. Servers of one cluster use the same.
  std::string key = "socket.io";
  /// How long a question to all servers (`fetch_sockets`, `server_side_emit` with answers, …) may take. What
  /// has come by then is the answer, and says what is missing.
  std::chrono::milliseconds requests_timeout{5'000};
  /// Answers go to the server that asked, and not to all. All servers of a cluster should agree on it.
  bool publish_on_specific_response_channel = false;
  /// After how long a roomcast server that falls silent is taken for dead.
  std::chrono::milliseconds node_timeout{10'000};
  /// The largest message that is published, in bytes; emitting a larger one throws std::length_error. Redis
  /// ends the connection of subscribers that lag behind by its `client-output-buffer-limit pubsub` (32 MiB).
  std::size_t max_publish_bytes = 8 * 1024 * 1024;
  /// What may wait while Redis is away, in bytes; beyond that it is dropped and counted.
  std::size_t max_outbound_bytes = 8 * 1024 * 1024;
  /// The same in time.
  std::chrono::milliseconds max_outbound_age{10'000};
  /// Without Redis the server does not start: `listen` throws std::runtime_error after 10 s. Otherwise it
  /// serves its own clients, is not ready, and joins as soon as it can.
  bool required = false;
};

/// What `Server::adapter` takes: makes the server's part of a cluster. A value.
class AdapterFactory {
 public:
  /// For the library: makes a server's part of the cluster.
  using Make = std::function<std::unique_ptr<adapter::Cluster>(loop::Loop& service_loop)>;

  /// For the library.
  AdapterFactory(Make make, bool required) : make_(std::move(make)), required_(required) {}

  /// For the library.
  std::unique_ptr<adapter::Cluster> make(loop::Loop& service_loop) const;
  /// For the library.
  bool required() const noexcept { return required_; }

 private:
  Make make_;
  bool required_;
};

/// The cluster of everybody who uses this Redis, wire-compatible with `@socket.io/redis-adapter` 8: the
/// server joins Node.js servers as one of them. `url` as RedisClient takes it. Two connections are made, one
/// to publish and one to subscribe. Throws std::invalid_argument, naming what is wrong.
AdapterFactory redis(std::string url, RedisAdapterOptions options = {});

}  // namespace roomcast

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include <base/metrics.hpp>
#include <net/connection.hpp>
#include <net/peer_address.hpp>

namespace roomcast::net {

/// The connections of one loop that trusted proxies have made and not said yet for whom: each begins with a
/// header of the PROXY protocol. One without, or with a bad one, is closed, and the log says why at level
/// debug; so is one whose header does not arrive in time.
class ProxiedConnections {
 public:
  /// Called once a header is complete: with the client it names (or the proxy, if it names none) and the
  /// bytes behind it.
  using OnReady = std::function<void(std::unique_ptr<Connection>, PeerAddress, std::string unread)>;

  /// `timeout` is how long a header may take.
  ProxiedConnections(loop::Loop& loop, base::Metrics& metrics, std::chrono::milliseconds timeout,
                     OnReady on_ready);
  ~ProxiedConnections();

  /// Home.
  void add(std::unique_ptr<Connection> connection, PeerAddress proxy);
  /// Home: closes those that wait.
  void clear();
  std::size_t size() const noexcept { return waiting_.size(); }

 private:
  class Waiting;

  void forget(Waiting& one);

  loop::Loop& loop_;
  base::Metrics& metrics_;
  const std::chrono::milliseconds timeout_;
  const OnReady on_ready_;
  std::unordered_map<Waiting*, std::unique_ptr<Waiting>> waiting_;
};

}  // namespace roomcast::net

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include <adapter/adapter.hpp>
#include <core/client.hpp>
#include <core/routes.hpp>
#include <engine/server.hpp>
#include <roomcast/adapters.hpp>
#include <roomcast/options.hpp>

namespace roomcast::core {

/// What a Server is inside: the engine below, the namespaces and routes above it.
class ServerState final : public engine::SessionAcceptor {
 public:
  explicit ServerState(ServerOptions options);
  ~ServerState();

  const ServerOptions& options() const noexcept { return options_; }
  base::Metrics& metrics() noexcept { return engine_.metrics(); }
  engine::Server& engine() noexcept { return engine_; }
  Routes& routes() noexcept { return routes_; }
  bool draining() const noexcept { return engine_.draining(); }

  /// Any thread: the namespace of this name, made if it is new.
  std::shared_ptr<NamespaceState> of(std::string_view name);
  /// Any thread: the namespace `/`.
  const std::shared_ptr<NamespaceState>& root() const noexcept { return root_; }
  /// Any thread: the namespace, or null.
  std::shared_ptr<NamespaceState> find_namespace(std::string_view name) const;

  /// Before `listen`.
  void use_adapter(const AdapterFactory& factory);
  void on_server_lost(std::function<void(std::string)> f);
  /// Any thread: whether this server is what it is meant to be: not draining, and in its cluster if it has
  /// one.
  bool ready() const noexcept;
  /// A coroutine that cleans up after a socket has begun, or ended: `close` waits for these.
  void begin_farewell() noexcept { farewells_.fetch_add(1, std::memory_order_relaxed); }
  void end_farewell() noexcept { farewells_.fetch_sub(1, std::memory_order_relaxed); }

  void listen();
  void run(const std::function<void()>& on_listening);
  void close();

 private:
  std::unique_ptr<engine::SessionHandler> on_session(engine::Session& session,
                                                     const net::HttpRequest& request) override;
  void join_cluster();

  const ServerOptions options_;
  Routes routes_;
  engine::Server engine_;
  mutable std::shared_mutex mutex_;  // guards namespaces_: read once per CONNECT
  std::map<std::string, std::shared_ptr<NamespaceState>, std::less<>> namespaces_;
  std::shared_ptr<NamespaceState> root_;
  std::unique_ptr<adapter::Cluster> cluster_;  // null: this server is on its own
  bool cluster_required_ = false;
  std::vector<std::function<void(std::string)>> lost_handlers_;
  std::atomic<int> farewells_{0};
  bool listening_ = false;
  net::Descriptor closed_;  // readable once `close` is done: what `run` waits for
};

}  // namespace roomcast::core

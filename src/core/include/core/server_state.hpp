#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include <core/client.hpp>
#include <core/routes.hpp>
#include <engine/server.hpp>
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

  void listen();
  void run(const std::function<void()>& on_listening);
  void close();

 private:
  std::unique_ptr<engine::SessionHandler> on_session(engine::Session& session,
                                                     const net::HttpRequest& request) override;

  const ServerOptions options_;
  Routes routes_;
  engine::Server engine_;
  mutable std::shared_mutex mutex_;  // guards namespaces_: read once per CONNECT
  std::map<std::string, std::shared_ptr<NamespaceState>, std::less<>> namespaces_;
  std::shared_ptr<NamespaceState> root_;
  bool listening_ = false;
  net::Descriptor closed_;  // readable once `close` is done: what `run` waits for
};

}  // namespace roomcast::core

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <adapter/adapter.hpp>
#include <core/client.hpp>
#include <core/parent_state.hpp>
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

  const ServerOptions& options() const noexcept { return *options_; }
  /// The same, for what may outlive the server.
  const std::shared_ptr<const ServerOptions>& share_options() const noexcept { return options_; }
  base::Metrics& metrics() noexcept { return engine_.metrics(); }
  engine::Server& engine() noexcept { return engine_; }
  /// Where the application's own work runs that belongs to no client.
  loop::Loop& home_loop() noexcept { return engine_.loops()[0]; }
  Routes& routes() noexcept { return routes_; }
  bool draining() const noexcept { return engine_.draining(); }

  /// Any thread: the namespace of this name, made if it is new.
  std::shared_ptr<NamespaceState> of(std::string_view name);
  /// Any thread: the namespace `/`.
  const std::shared_ptr<NamespaceState>& root() const noexcept { return root_; }
  /// Any thread: the namespace, with a seat for one more socket if it is a child; or null.
  std::shared_ptr<NamespaceState> take_seat(std::string_view name) const;

  // Parent namespaces and their children; any thread.
  static constexpr std::size_t max_child_name = 256;  // bytes; patterns recurse over them
  using Parents = std::vector<std::shared_ptr<ParentState>>;
  std::shared_ptr<ParentState> of(detail::NamespaceDecider decide, bool pattern);
  std::shared_ptr<const Parents> parents() const;
  /// Room for one more child, until it is removed or given back. @return false if there is none.
  bool reserve_child() noexcept;
  void give_back_child() noexcept { children_.fetch_sub(1, std::memory_order_relaxed); }
  /// Makes `candidate` the child that was reserved, with a seat. @return it, or what has its name already.
  std::shared_ptr<NamespaceState> adopt(const std::shared_ptr<ParentState>& parent,
                                        const std::shared_ptr<NamespaceState>& candidate);
  /// A socket of the child has gone. The child goes with the last one if nobody got in, or if the options say
  /// so.
  void leave_seat(NamespaceState& child);
  void on_new_namespace(std::function<void(const std::shared_ptr<NamespaceState>&)> f);

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
  /// Any thread; one of its own loops cannot wait for itself, so there it only starts.
  void close();
  /// Any thread: closes it for good; on one of its own loops hands it to a thread that does.
  static void end(std::unique_ptr<ServerState>& state);

 private:
  void close_now();
  std::shared_ptr<NamespaceState> find_to_keep(std::string_view name) const;
  void tell_new(const std::shared_ptr<NamespaceState>& nsp) const;
  std::unique_ptr<engine::SessionHandler> on_session(engine::Session& session,
                                                     const net::HttpRequest& request) override;
  void join_cluster();

  const std::shared_ptr<const ServerOptions> options_;
  Routes routes_;
  engine::Server engine_;
  mutable std::shared_mutex mutex_;  // guards the lists of namespaces: read once per CONNECT
  std::map<std::string, std::shared_ptr<NamespaceState>, std::less<>> namespaces_;
  std::shared_ptr<NamespaceState> root_;
  std::unique_ptr<adapter::Cluster> cluster_;  // null: this server is on its own
  bool cluster_required_ = false;
  std::vector<std::function<void(std::string)>> lost_handlers_;
  std::atomic<int> farewells_{0};
  using NewNamespaceListeners = std::vector<std::function<void(const std::shared_ptr<NamespaceState>&)>>;
  std::shared_ptr<const Parents> parents_ = std::make_shared<Parents>();
  std::shared_ptr<const NewNamespaceListeners> new_namespace_listeners_ =
      std::make_shared<NewNamespaceListeners>();
  std::atomic<std::size_t> children_{0};
  std::thread closer_;
  bool listening_ = false;
  net::Descriptor closed_;  // readable once `close` is done: what `run` waits for
};

}  // namespace roomcast::core

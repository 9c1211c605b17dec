#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <adapter/adapter.hpp>
#include <base/event_names.hpp>
#include <core/burst.hpp>
#include <core/client.hpp>
#include <core/monitoring.hpp>
#include <core/parent_state.hpp>
#include <core/request_hooks.hpp>
#include <core/routes.hpp>
#include <engine/server.hpp>
#include <roomcast/adapters.hpp>
#include <roomcast/options.hpp>

namespace roomcast::core {

class AdminPort;

/// What a Server is inside: the engine below, the namespaces and routes above it.
class ServerState final : public engine::SessionAcceptor {
 public:
  explicit ServerState(ServerOptions options);
  ~ServerState();

  const ServerOptions& options() const noexcept { return *options_; }
  /// The same, for what may outlive the server.
  const std::shared_ptr<const ServerOptions>& share_options() const noexcept { return options_; }
  /// What clients may send in one packet.
  const socketio::DecoderLimits& decoder_limits() const noexcept { return decoder_limits_; }
  /// What the loop counts; to be added to at its home.
  base::Metrics& metrics(const loop::Loop& loop) noexcept { return engine_.metrics(loop); }
  /// Any thread: the names that events are counted by.
  base::EventNames& event_names() noexcept { return event_names_; }
  /// At home of `loop`: where events of the name with this number are counted.
  base::Counter& event_counter(const loop::Loop& loop, std::size_t number) noexcept {
    return event_counts_[loop.id()][number];
  }
  /// At home of `loop`: where events are counted that nobody has a handler for.
  base::Counter& other_events(const loop::Loop& loop) noexcept { return event_counter(loop, 0); }
  /// At home of `loop`: its broadcasts of this turn.
  Burst& burst(const loop::Loop& loop) noexcept { return *bursts_[loop.id()]; }
  /// Any thread: how many events have arrived, by name.
  std::vector<std::pair<std::string, std::uint64_t>> received_events() const;
  engine::Server& engine() noexcept { return engine_; }
  const engine::Server& engine() const noexcept { return engine_; }
  /// Where the application's own work runs that belongs to no client.
  loop::Loop& home_loop() noexcept { return engine_.loops()[0]; }
  Routes& routes() noexcept { return routes_; }
  /// To be filled before `listen`; throws std::logic_error, naming `who` asks, afterwards.
  RequestHooks& hooks(std::string_view who);
  Monitoring& monitoring() noexcept { return monitoring_; }
  const Monitoring& monitoring() const noexcept { return monitoring_; }
  /// Any thread: whether connections are accepted.
  bool serving() const noexcept { return serving_.load(std::memory_order_acquire); }
  /// After `listen`: the admin port, or 0.
  std::uint16_t admin_port() const noexcept { return admin_port_; }
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
  /// Null if this server is on its own. Once it listens: any thread.
  const adapter::Cluster* cluster() const noexcept { return cluster_.get(); }
  /// A coroutine that cleans up after a socket has begun, or ended: `close` waits for these.
  void begin_farewell() noexcept { farewells_.fetch_add(1, std::memory_order_relaxed); }
  void end_farewell() noexcept { farewells_.fetch_sub(1, std::memory_order_relaxed); }

  /// Any thread: all of them, by name.
  std::vector<std::shared_ptr<NamespaceState>> namespaces() const;

  /// Any thread: see Server::reload_tls.
  void reload_tls();
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
  std::optional<std::string> refusal(const net::HttpRequest& request) override;
  std::unique_ptr<engine::SessionHandler> on_session(engine::Session& session,
                                                     const net::HttpRequest& request) override;
  void join_cluster();

  void log_start() const;
  void log_certificate(std::string_view what) const;

  const ServerOptions asked_;  // as they were given
  const std::shared_ptr<const ServerOptions> options_;
  const socketio::DecoderLimits decoder_limits_;
  Monitoring monitoring_;
  Routes routes_;
  RequestHooks hooks_;
  base::EventNames event_names_;
  engine::Server engine_;
  std::vector<std::unique_ptr<Burst>> bursts_;            // by loop
  std::vector<std::vector<base::Counter>> event_counts_;  // by loop, then by the number of the name
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
  std::unique_ptr<AdminPort> admin_;
  std::uint16_t admin_port_ = 0;
  bool listening_ = false;
  std::atomic<bool> serving_{false};
  net::Descriptor closed_;  // readable once `close` is done: what `run` waits for
};

}  // namespace roomcast::core

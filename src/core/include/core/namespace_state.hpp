#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <adapter/adapter.hpp>
#include <core/delivery.hpp>
#include <loop/loop_pool.hpp>
#include <roomcast/namespace.hpp>
#include <roomcast/options.hpp>

namespace roomcast::core {

class AckGathering;
class ServerState;
class SocketState;
class ParentState;

using adapter::Target;

/// A namespace: its handlers, which any thread may add, and its rooms, one LocalRooms per loop.
///
/// What is done to a set of sockets is done at once on the loop that asks and posted to each other loop that
/// the directory names, once. With an adapter it is first handed to that, for the other servers; what they do
/// comes in through LocalSockets.
class NamespaceState final : public std::enable_shared_from_this<NamespaceState>,
                             public adapter::LocalSockets,
                             private adapter::RoomObserver {
 public:
  using SocketHandler = detail::SocketHandler;
  using Handlers = std::vector<SocketHandler>;

  NamespaceState(ServerState& server, std::string name);

  const std::string& name() const noexcept { return name_; }
  /// While the server lives.
  ServerState& server() noexcept { return server_; }
  /// Joins a cluster. Before the namespace is used.
  void attach(adapter::Cluster& cluster);
  /// Leaves it: the child goes. Any thread.
  void detach() const;
  const ServerOptions& options() const noexcept { return *options_; }
  /// The server ends, or the child goes: gives up all handlers, which may hold sockets and so this; whoever
  /// has a handle still reaches nobody from now on.
  void end();

  // Children of parent namespaces count their sockets, those being decided included.
  /// Before anybody else knows of it: it is a child, with what the parent has for each.
  void become_child(const std::shared_ptr<ParentState>& parent);
  bool child() const noexcept { return child_; }
  std::shared_ptr<ParentState> parent() const noexcept { return parent_.lock(); }
  void take_seat() noexcept { seats_.fetch_add(1, std::memory_order_relaxed); }
  /// @return whether nobody is left.
  bool leave_seat() noexcept { return seats_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  bool empty() const noexcept { return seats_.load(std::memory_order_acquire) == 0; }
  /// Somebody got in, or the application asked for it: it is more than a client's wish.
  void keep() noexcept { kept_.store(true, std::memory_order_relaxed); }
  bool kept() const noexcept { return kept_.load(std::memory_order_relaxed); }

  void add_middleware(SocketHandler middleware);
  void add_connection_handler(SocketHandler handler);
  std::shared_ptr<const Handlers> middlewares() const;
  std::shared_ptr<const Handlers> connection_handlers() const;

  // Room events; any thread, best before the server listens.
  void on_create_room(std::function<void(std::string)> f);
  void on_delete_room(std::function<void(std::string)> f);
  void on_join_room(std::function<void(std::string, std::string)> f);
  void on_leave_room(std::function<void(std::string, std::string)> f);

  /// Any thread: the next number for an event that wants an answer. Shared by all sockets of the namespace.
  std::uint64_t next_ack_id() noexcept { return next_ack_id_.fetch_add(1, std::memory_order_relaxed); }

  /// Home of `loop`.
  adapter::LocalRooms& rooms(const loop::Loop& loop) noexcept { return *rooms_[loop.id()]; }
  adapter::RoomDirectory& directory() noexcept { return directory_; }

  /// Any thread.
  BackpressureRules& backpressure() noexcept { return backpressure_; }
  const BackpressureRules& backpressure() const noexcept { return backpressure_; }

  /// Any thread: how many sockets and rooms there are. Approximate while loops change them.
  std::size_t sockets_count() const noexcept;
  std::size_t rooms_count() const { return directory_.size(); }

  /// Any thread.
  void broadcast(Target target, EncodedPacket packet);
  /// `done` is called once, on the caller's loop if it is one.
  void broadcast_with_acks(Target target, EncodedPacket packet, std::uint64_t id,
                           std::chrono::milliseconds timeout, std::function<void(BroadcastAnswers)> done);
  Completion join_all(Target target, std::vector<std::string> rooms);
  Completion leave_all(Target target, std::vector<std::string> rooms);
  Completion disconnect_all(Target target, bool close);
  Task<FetchedSockets> fetch(Target target);

  // From the bursts, home of `here`:
  /// Hands the packet to each of the target's sockets there.
  void deliver_each(const loop::Loop& here, const Target& target, const EncodedPacket& packet, Delivery how);
  /// The same for several, whose joined form is `joined`, of `frames` frames.
  void deliver_each(const loop::Loop& here, const Target& target, std::span<const EncodedPacket> packets,
                    const base::Frame& joined, std::size_t frames);

  // What the other servers want of our sockets; any thread, see LocalSockets.
  std::string_view nsp() const noexcept override { return name_; }
  bool anybody_in(std::string_view room) const override;
  bool deliver(Target target, std::string_view arguments) override;
  bool deliver_with_acks(Target target, std::string_view arguments, std::chrono::milliseconds timeout,
                         std::function<void(std::size_t)> counted,
                         std::function<void(adapter::Payload)> answered) override;
  void join_locally(Target target, std::vector<std::string> rooms) override {
    join_here(std::move(target), std::move(rooms), nullptr);
  }
  void leave_locally(Target target, std::vector<std::string> rooms) override {
    leave_here(std::move(target), std::move(rooms), nullptr);
  }
  void disconnect_locally(Target target, bool close) override {
    disconnect_here(std::move(target), close, nullptr);
  }
  void fetch_locally(Target target, std::function<void(std::vector<adapter::SocketDetails>)> done) override;
  std::vector<std::string> rooms_locally() const override { return directory_.names(); }
  void on_server_side_event(std::string_view arguments,
                            std::function<void(adapter::Payload)> answer) override;

  // Events between servers; any thread. `packet` is `["event",arguments…]` without attachments.
  /// To all other servers. `done` is null if no answers are wanted.
  void server_side_emit(const Value& packet, detail::ServerSideAnswers done);
  void on_server_side(std::string_view event, detail::EventHandlerPtr handler);
  /// Another server's event has come: calls its handlers here, on a loop. `reply` takes the array of the
  /// answer's values, once; null if none is wanted.
  void receive_server_side(const Value& packet, std::function<void(Value)> reply);

 private:
  struct ServerSideHandler {
    std::string event;
    detail::EventHandlerPtr call;
  };
  using ServerSideHandlers = std::vector<ServerSideHandler>;
  struct RoomListeners {
    std::vector<std::function<void(std::string)>> create, remove;
    std::vector<std::function<void(std::string, std::string)>> join, leave;
  };
  void on_create(std::string_view room) override;
  void on_delete(std::string_view room) override;
  void on_join(std::string_view room, const adapter::RoomMember& member) override;
  void on_leave(std::string_view room, const adapter::RoomMember& member) override;
  template <class Add>
  void change_room_listeners(Add&& add);
  std::shared_ptr<const RoomListeners> room_listeners() const;

  /// The way to the other servers; null if there are none, or the target is not about them.
  adapter::Adapter* elsewhere(const Target& target) const noexcept;
  adapter::LoopMask holders(const Target& target) const;
  template <class Act>
  void on_each_loop(adapter::LoopMask mask, Act act);
  /// Calls `act(loop)` on every loop that has sockets of the target, and `done` behind the last of them.
  template <class Act>
  void on_each_holder(const Target& target, Act act, std::function<void()> done);
  // What is done to many sockets of this server. `done` is finished behind the last loop; it may be null.
  using Done = std::shared_ptr<detail::CompletionState>;
  void join_here(Target target, std::vector<std::string> rooms, Done done);
  void leave_here(Target target, std::vector<std::string> rooms, Done done);
  void disconnect_here(Target target, bool close, Done done);
  void broadcast_locally(Target target, EncodedPacket packet);
  void deliver_here(loop::Loop& here, const Target& target, const EncodedPacket& packet, Delivery how);
  void ask_locally(Target target, EncodedPacket packet, std::uint64_t id, std::chrono::milliseconds timeout,
                   std::shared_ptr<AckGathering> gathering);
  std::vector<std::shared_ptr<SocketState>> collect(const loop::Loop& here, const Target& target);

  ServerState& server_;
  const std::shared_ptr<const ServerOptions> options_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> kept_{false};
  std::atomic<std::size_t> seats_{0};
  bool child_ = false;
  std::weak_ptr<ParentState> parent_;
  const std::string name_;
  std::shared_ptr<adapter::Adapter> adapter_;  // null: this server is on its own
  adapter::RoomDirectory directory_;
  std::vector<std::unique_ptr<adapter::LocalRooms>> rooms_;
  std::atomic<std::uint64_t> next_ack_id_{0};
  BackpressureRules backpressure_;
  mutable std::mutex mutex_;  // guards the lists, which are replaced and never changed
  std::shared_ptr<const RoomListeners> room_listeners_;
  std::shared_ptr<const Handlers> middlewares_ = std::make_shared<Handlers>();
  std::shared_ptr<const Handlers> connection_handlers_ = std::make_shared<Handlers>();
  std::shared_ptr<const ServerSideHandlers> server_side_handlers_ = std::make_shared<ServerSideHandlers>();
};

}  // namespace roomcast::core

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <adapter/adapter.hpp>
#include <core/encoded_packet.hpp>
#include <loop/loop_pool.hpp>
#include <roomcast/socket.hpp>

namespace roomcast::core {

class AckGathering;
class ServerState;
class SocketState;

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
  using SocketHandler = std::function<detail::Called(const Socket&)>;
  using Handlers = std::vector<SocketHandler>;

  NamespaceState(ServerState& server, std::string name);

  const std::string& name() const noexcept { return name_; }
  ServerState& server() noexcept { return server_; }
  /// Joins a cluster. Before the namespace is used.
  void attach(adapter::Cluster& cluster);

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
  void broadcast(Target target, EncodedPacket packet);
  /// `done` is called once, on the caller's loop if it is one.
  void broadcast_with_acks(Target target, EncodedPacket packet, std::uint64_t id,
                           std::chrono::milliseconds timeout, std::function<void(BroadcastAnswers)> done);
  void join_all(Target target, std::vector<std::string> rooms);
  void leave_all(Target target, std::vector<std::string> rooms);
  void disconnect_all(Target target, bool close);
  Task<FetchedSockets> fetch(Target target);

  // What the other servers want of our sockets; any thread, see LocalSockets.
  std::string_view nsp() const noexcept override { return name_; }
  bool anybody_in(std::string_view room) const override;
  bool deliver(Target target, std::string_view arguments) override;
  bool deliver_with_acks(Target target, std::string_view arguments, std::chrono::milliseconds timeout,
                         std::function<void(std::size_t)> counted,
                         std::function<void(adapter::Payload)> answered) override;
  void join_locally(Target target, std::vector<std::string> rooms) override;
  void leave_locally(Target target, std::vector<std::string> rooms) override;
  void disconnect_locally(Target target, bool close) override;
  void fetch_locally(Target target, std::function<void(std::vector<adapter::SocketDetails>)> done) override;
  std::vector<std::string> rooms_locally() const override { return directory_.names(); }
  void on_server_side_event(std::string_view arguments,
                            std::function<void(adapter::Payload)> answer) override;

 private:
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

  adapter::LoopMask holders(const Target& target) const;
  template <class Act>
  void on_each_loop(adapter::LoopMask mask, Act act);
  /// Calls `act(loop)` on every loop that has sockets of the target, and `done` behind the last of them.
  template <class Act>
  void on_each_holder(const Target& target, Act act, std::function<void()> done);
  void broadcast_locally(Target target, EncodedPacket packet);
  void deliver_here(const loop::Loop& here, const Target& target, const EncodedPacket& packet);
  void ask_locally(Target target, EncodedPacket packet, std::uint64_t id, std::chrono::milliseconds timeout,
                   std::shared_ptr<AckGathering> gathering);
  std::vector<std::shared_ptr<SocketState>> collect(const loop::Loop& here, const Target& target);

  ServerState& server_;
  const std::string name_;
  std::shared_ptr<adapter::Adapter> adapter_;  // null: this server is on its own
  adapter::RoomDirectory directory_;
  std::vector<std::unique_ptr<adapter::LocalRooms>> rooms_;
  std::atomic<std::uint64_t> next_ack_id_{0};
  mutable std::mutex mutex_;  // guards the lists, which are replaced and never changed
  std::shared_ptr<const RoomListeners> room_listeners_;
  std::shared_ptr<const Handlers> middlewares_ = std::make_shared<Handlers>();
  std::shared_ptr<const Handlers> connection_handlers_ = std::make_shared<Handlers>();
};

}  // namespace roomcast::core

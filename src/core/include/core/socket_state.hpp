#pragma once

#include <any>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <adapter/local_rooms.hpp>
#include <core/delivery.hpp>
#include <core/listened_name.hpp>
#include <core/namespace_state.hpp>
#include <protocol/socketio/packet.hpp>

namespace roomcast::core {

class Client;

/// What a Socket handle refers to.
///
/// Invariants: `client_` is set from the CONNECT until the socket has left; in the rooms exactly while
/// `connected()`; events are held from the CONNECT until the connection handlers have finished. Handlers,
/// pending answers and rooms are given up when it leaves, so that what a handle keeps alive afterwards is a
/// shell, which any thread may destroy. What few sockets need lies behind pointers: most of a server's memory
/// is sockets that do nothing.
///
/// Home loop only, but for what says otherwise.
class SocketState final : public adapter::RoomMember, public std::enable_shared_from_this<SocketState> {
 public:
  /// `seated`: the namespace counts it already.
  SocketState(std::shared_ptr<NamespaceState> nsp, Client& client, loop::Loop& loop, Handshake handshake,
              bool seated);
  ~SocketState();

  // Any thread:
  const std::string& id() const noexcept { return id_; }
  const Handshake& handshake() const noexcept { return handshake_; }
  /// The same, with what it is part of.
  std::shared_ptr<const Handshake> share_handshake() const { return {shared_from_this(), &handshake_}; }
  NamespaceState& nsp() const noexcept { return *nsp_; }
  const std::shared_ptr<NamespaceState>& share_nsp() const noexcept { return nsp_; }
  loop::Loop& loop() const noexcept { return loop_; }
  bool connected() const noexcept { return phase_.load(std::memory_order_acquire) == Phase::connected; }
  /// Connecting or connected.
  bool alive() const noexcept { return phase_.load(std::memory_order_acquire) != Phase::gone; }
  /// Runs `f(SocketState&)` at home: at once if this is it. Not at all once the socket has gone.
  template <class F>
  void at_home(F f) {
    if (!alive()) return;
    if (loop_.here()) {
      f(*this);
    } else {
      loop_.post([self = shared_from_this(), f = std::move(f)]() mutable {
        if (self->alive()) f(*self);
      });
    }
  }
  SendStatus send(EncodedPacket packet, Delivery how);
  void join_from_elsewhere(std::string room);
  ListenerId next_listener_id() noexcept {
    return static_cast<ListenerId>(next_listener_.fetch_add(1, std::memory_order_relaxed) & 0x7FFF'FFFF);
  }

  // For handles, at home:
  boost::json::object& data() { return attached().data; }
  boost::json::object copy_data() const { return attached_ ? attached_->data : boost::json::object(); }
  std::any& state() { return attached().state; }
  std::string_view transport() const noexcept;
  std::size_t buffered_bytes() const noexcept;
  using WaterHandler = std::function<detail::Called()>;
  void on_high_water(std::size_t bytes, WaterHandler handler);
  void on_low_water(std::size_t bytes, WaterHandler handler);
  std::stop_token stop_token();
  void add_cleanup(std::function<void()> cleanup);
  void add_handler(std::string_view event, detail::EventHandlerPtr handler, ListenerId id, bool once);
  void remove_handler(ListenerId id);
  void remove_all_handlers();
  void remove_handlers(std::string_view event);
  using DisconnectHandler = std::function<detail::Called(std::string_view, const DisconnectDetails&)>;
  void add_disconnect_handler(DisconnectHandler handler, bool before);
  using Middleware = std::function<detail::Called(const IncomingEvent&)>;
  using ErrorHandler = std::function<detail::Called(const std::string&)>;
  using AnyListener = std::function<detail::Called(const std::string&, const Args&)>;
  void add_middleware(Middleware middleware);
  void add_error_handler(ErrorHandler handler);
  void add_any_listener(AnyListener listener, bool first);
  void remove_any_listeners();
  void add_outgoing_listener(AnyListener listener, bool first);
  void remove_outgoing_listeners();
  void serialize(bool on);
  void expect_ack(std::uint64_t id, std::chrono::milliseconds timeout, detail::AckHandler handler);
  /// While it is being decided, the rooms are only noted: they count from the connection on.
  void join(std::string_view room);
  void leave_room(std::string_view room);
  std::vector<std::string> rooms() const;
  void disconnect(bool close);

  // For the client and the namespace, at home:
  /// A coroutine of parent number `asked` decides whether the namespace exists: until then this socket stands
  /// in one of its own, which becomes a child if the answer is yes. If it is no, the next parents are asked.
  using Parents = std::shared_ptr<const std::vector<std::shared_ptr<ParentState>>>;
  void await_namespace(Parents parents, std::size_t asked, Task<bool> answer);
  /// Runs middlewares, then answers the CONNECT and runs the connection handlers.
  void connect();
  /// EVENT or ACK from the client. @return false if too much is held already.
  bool on_packet(const socketio::Packet& packet);
  /// The socket leaves, for `reason`.
  void leave(std::string_view reason, const DisconnectDetails& details);
  SendStatus deliver(const EncodedPacket& packet, Delivery& how) {
    loop_.settle();  // what was sent before arrives before
    return deliver_now(packet, how);
  }
  /// The same for a part of a Burst.
  SendStatus deliver_now(const EncodedPacket& packet, Delivery& how);
  /// Several packets at once; `joined` is the joined form of their `frames` frames.
  void deliver_now(std::span<const EncodedPacket> packets, const base::Frame& joined, std::size_t frames);
  /// What waits for the client has changed: tells those who want to know.
  void check_water();

 private:
  enum class Phase : std::uint8_t { connecting, connected, gone };
  struct Handler {
    ListenedName event;
    detail::EventHandlerPtr call;
    base::Counter* received;  // of this name on this loop
  };
  struct FarewellHandler {
    DisconnectHandler call;
    bool before;  // the socket has left its rooms
  };
  // What the application keeps with the socket.
  struct Attached {
    boost::json::object data;
    std::any state;
  };
  // Who wants to know when much waits for the client, and when little does again.
  struct WaterMarks {
    struct Mark {
      std::size_t bytes = 0;
      std::shared_ptr<const WaterHandler> call;
    };
    Mark high, low;
    bool above = false;  // the high one was met and not yet the low one
  };
  // What few sockets use: packet middlewares, catch-all listeners, events one at a time.
  struct Extras {
    std::vector<std::shared_ptr<Middleware>> middlewares;
    std::vector<std::shared_ptr<ErrorHandler>> error_handlers;
    std::vector<std::shared_ptr<AnyListener>> any;
    std::vector<std::shared_ptr<AnyListener>> outgoing;
    std::vector<std::string> early_rooms;  // joined in a connection middleware
    std::vector<std::function<void()>> cleanups;
    std::stop_source ending{std::nostopstate};
    std::unique_ptr<WaterMarks> water;
    bool serialize = false;
  };
  // Events that wait, in the order of arrival.
  struct Held {
    struct Event {
      std::optional<std::uint64_t> id;
      std::shared_ptr<const detail::Payload> payload;
    };
    explicit Held(std::shared_ptr<std::size_t> all) : all_bytes(std::move(all)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { add(0 - bytes); }
    void add(std::size_t more) noexcept {
      bytes += more;
      *all_bytes += more;
    }

    std::deque<Event> events;
    std::size_t bytes = 0;
    const std::shared_ptr<std::size_t> all_bytes;  // of all sockets of the client
  };
  class PendingAck;
  using PendingAcks = boost::unordered_flat_map<std::uint64_t, std::unique_ptr<PendingAck>>;

  Task<> find_namespace(Parents parents, std::size_t asked, Task<bool> answer);
  Task<> connect_slowly(std::shared_ptr<const NamespaceState::Handlers> middlewares, std::size_t next,
                        Task<> running);
  Task<> finish_connection(std::shared_ptr<const NamespaceState::Handlers> handlers, std::size_t next,
                           Task<> running);
  void refuse(std::exception_ptr why);
  void refuse(std::string_view answer);
  void accept();
  void give_up();
  void run_connection_handlers(std::shared_ptr<const NamespaceState::Handlers> handlers, std::size_t next);
  void hold() noexcept { ++holds_; }
  void release();
  void on_event(std::optional<std::uint64_t> id, detail::PayloadRef& payload,
                const json::ArrayCursor& packet);
  /// `arguments` stands in front of the event's name.
  void dispatch(std::optional<std::uint64_t> id, detail::PayloadRef& payload, json::ArrayCursor arguments);
  void filter(std::optional<std::uint64_t> id, detail::PayloadRef& payload);
  Task<> filter_slowly(std::optional<std::uint64_t> id, std::shared_ptr<const detail::Payload> payload,
                       std::shared_ptr<const IncomingEvent> event,
                       std::vector<std::shared_ptr<Middleware>> middlewares, std::size_t next,
                       Task<> running);
  void filtered(std::exception_ptr why);
  void notify_incoming(detail::PayloadRef& payload);
  void notify_outgoing(const EncodedPacket& packet);
  Extras& extras();
  WaterMarks& water();
  void tell(std::string_view what, std::shared_ptr<const WaterHandler> handler);
  void on_ack(std::optional<std::uint64_t> id, detail::PayloadRef& payload);
  Attached& attached();
  /// This loop's, to be changed.
  adapter::LocalRooms& rooms_to_change() {
    loop_.settle();  // broadcasts go to those who are in when they are sent
    return nsp_->rooms(loop_);
  }
  void call_disconnect_handlers(bool before, std::string_view reason, const DisconnectDetails& details);
  template <class F>
  void run_handler(std::string_view what, F&& f);
  void spawn(std::string what, Task<> task);
  /// The same for a handler of an event: the next event waits for it if they come one at a time.
  void spawn_farewell(Task<> task);
  void spawn_event(std::string what, Task<> task);
  void settle(std::uint64_t id, boost::system::error_code error, detail::Event* answer);

  std::shared_ptr<NamespaceState> nsp_;  // never changes once a handler has seen the socket
  loop::Loop& loop_;
  Client* client_;
  const std::string id_;
  const Handshake handshake_;
  std::atomic<Phase> phase_{Phase::connecting};
  std::uint32_t holds_ = 1;  // events wait while it is not 0: for the connection handlers, or for one another
  std::unique_ptr<Held> held_;  // null: none is held
  std::unique_ptr<Extras> extras_;
  std::vector<Handler> handlers_;
  std::unique_ptr<std::vector<FarewellHandler>> farewell_handlers_;  // null: none
  std::unique_ptr<PendingAcks> pending_acks_;
  std::atomic<std::uint32_t> next_listener_{0};
  bool seated_;  // counted by nsp_
  std::unique_ptr<Attached> attached_;
};

}  // namespace roomcast::core

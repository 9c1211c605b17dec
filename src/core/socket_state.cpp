#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include <base/crypto.hpp>
#include <base/log.hpp>
#include <core/client.hpp>
#include <core/parent_state.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>
#include <engine/session.hpp>
#include <protocol/json/reader.hpp>

#include "packet_event.hpp"

namespace roomcast::core {
namespace {

// A client of Socket.IO 2 works its id out by itself, so that it is not a secret there.
std::string make_id(Client& client, const NamespaceState& nsp) {
  if (!client.version2()) return base::random_token(15);
  const std::string sid(client.session().sid());
  return nsp.name() == "/" ? sid : nsp.name() + '#' + sid;
}

}  // namespace

SocketState::SocketState(std::shared_ptr<NamespaceState> nsp, Client& client, loop::Loop& loop,
                         Handshake handshake, bool seated)
    : nsp_(std::move(nsp)),
      loop_(loop),
      client_(&client),
      id_(make_id(client, *nsp_)),
      handshake_(std::move(handshake)),
      seated_(seated) {}

SocketState::~SocketState() = default;

// ---- running what users wrote

void SocketState::spawn(std::string what, Task<> task) {
  boost::asio::co_spawn(loop_.io(), std::move(task),
                        [self = shared_from_this(), what = std::move(what)](std::exception_ptr error) {
                          if (error) self->run_handler(what, [&error] { std::rethrow_exception(error); });
                        });
}

// ---- packets from the client

bool SocketState::on_packet(const socketio::Packet& packet) {
  detail::PayloadRef payload{packet.data, packet.attachments, nullptr};
  if (packet.type == socketio::PacketType::ack) return on_ack(packet.id, payload), true;
  if (holds_ == 0 && !held_)
    return on_event(packet.id, payload, json::ArrayCursor(packet.data, packet.commas)), true;
  if (!held_) held_ = std::make_unique<Held>(client_->held_bytes());
  const ServerOptions& options = nsp_->options();
  held_->add(payload.size());
  if (held_->events.size() >= options.max_early_packets || *held_->all_bytes > options.max_http_buffer_size)
    return false;
  held_->events.push_back({packet.id, payload.own()});
  return true;
}

void SocketState::release() {
  if (--holds_ > 0) return;
  const auto self = shared_from_this();
  while (holds_ == 0 && held_ && alive()) {
    const Held::Event next = std::move(held_->events.front());
    held_->events.pop_front();
    detail::PayloadRef payload{next.payload->text, next.payload->attachments, next.payload};
    held_->add(0 - payload.size());
    if (held_->events.empty()) held_.reset();
    on_event(next.id, payload, json::ArrayCursor(payload.text));
  }
}

void SocketState::spawn_event(std::string what, Task<> task) {
  if (!extras_ || !extras_->serialize) return spawn(std::move(what), std::move(task));
  hold();
  boost::asio::co_spawn(loop_.io(), std::move(task),
                        [self = shared_from_this(), what = std::move(what)](std::exception_ptr error) {
                          if (error) self->run_handler(what, [&error] { std::rethrow_exception(error); });
                          self->release();
                        });
}

// What cleans up after a socket is waited for when the server stops.
void SocketState::spawn_farewell(Task<> task) {
  nsp_->server().begin_farewell();
  boost::asio::co_spawn(loop_.io(), std::move(task), [self = shared_from_this()](std::exception_ptr error) {
    if (error) self->run_handler("disconnect", [&error] { std::rethrow_exception(error); });
    self->nsp_->server().end_farewell();
  });
}

void SocketState::on_event(std::optional<std::uint64_t> id, detail::PayloadRef& payload,
                           const json::ArrayCursor& packet) {
  if (payload.text.empty()) return;  // it has no name
  // As on Node, catch-all listeners see what a middleware is going to refuse.
  if (extras_ && !extras_->any.empty()) notify_incoming(payload);
  if (!alive()) return;
  if (extras_ && !extras_->middlewares.empty()) {
    filter(id, payload);
  } else {
    dispatch(id, payload, packet);
  }
}

void SocketState::dispatch(std::optional<std::uint64_t> id, detail::PayloadRef& payload,
                           json::ArrayCursor arguments) {
  std::string_view name;
  if (!arguments.next(name)) return;
  // A number is a name too, as in JavaScript.
  const bool quoted = json::kind_of(name) == json::Kind::string;
  auto is_meant = [&](const Handler& handler) {
    return quoted ? json::equals(name, handler.event.view()) : name == handler.event.view();
  };
  // A handler may add and remove handlers: what runs is decided first. One handler is by far the most
  // frequent case.
  detail::EventHandlerPtr only;
  std::vector<detail::EventHandlerPtr> more;
  bool any_once = false;
  for (const Handler& handler : handlers_) {
    if (!is_meant(handler)) continue;
    any_once = any_once || handler.call->once;
    if (only == nullptr) {
      handler.received->add();
      only = handler.call;
    } else {
      more.push_back(handler.call);
    }
  }
  if (any_once)
    std::erase_if(handlers_, [&](const Handler& handler) { return handler.call->once && is_meant(handler); });
  std::shared_ptr<detail::AckTarget> ack;
  auto call = [&](detail::EventHandler& handler) {
    run_handler(name, [&] {
      PacketEvent event(*this, payload, arguments, id, ack);
      detail::Called called = handler(event);
      if (!called.taken) {
        nsp_->server().metrics(loop_).dropped_events.add();
        base::log::debug("socket {} ({}): event {} dropped: its arguments are not what the handler takes",
                         id_, nsp_->name(), name);
      }
      if (called.task) spawn_event(std::string(name), std::move(*called.task));
    });
  };
  if (only == nullptr) {
    nsp_->server().other_events(loop_).add();
    if (!extras_ || extras_->any.empty()) nsp_->server().metrics(loop_).unhandled_events.add();
    return;
  }
  call(*only);
  for (const auto& handler : more) call(*handler);
}

// ---- answers from the client

class SocketState::PendingAck final : public loop::Timer {
 public:
  PendingAck(SocketState& socket, std::uint64_t id, detail::AckHandler handler)
      : socket_(socket), id_(id), handler_(std::move(handler)) {}
  void expired(loop::TimePoint) override { socket_.settle(id_, AckError::timed_out, nullptr); }
  void call(boost::system::error_code error, detail::Event* answer) { handler_(error, answer); }

 private:
  SocketState& socket_;
  const std::uint64_t id_;
  detail::AckHandler handler_;
};

void SocketState::expect_ack(std::uint64_t id, std::chrono::milliseconds timeout,
                             detail::AckHandler handler) {
  if (!pending_acks_) pending_acks_ = std::make_unique<PendingAcks>();
  auto pending = std::make_unique<PendingAck>(*this, id, std::move(handler));
  if (timeout.count() > 0) loop_.timers().arm(*pending, loop::Clock::now() + timeout);
  pending_acks_->emplace(id, std::move(pending));
}

void SocketState::on_ack(std::optional<std::uint64_t> id, detail::PayloadRef& payload) {
  if (!id) return;
  std::shared_ptr<detail::AckTarget> none;
  PacketEvent answer(*this, payload, json::ArrayCursor(payload.text), std::nullopt, none);
  settle(*id, {}, &answer);
}

void SocketState::settle(std::uint64_t id, boost::system::error_code error, detail::Event* answer) {
  if (!pending_acks_) return;
  const auto found = pending_acks_->find(id);
  if (found == pending_acks_->end()) return;
  const auto pending = std::move(found->second);
  pending_acks_->erase(found);
  if (pending_acks_->empty()) pending_acks_.reset();
  run_handler("ack", [&] { pending->call(error, answer); });
}

// ---- sending

std::string_view SocketState::transport() const noexcept {
  if (client_ == nullptr) return {};
  return client_->session().websocket() ? "websocket" : "polling";
}

SendStatus SocketState::deliver_now(const EncodedPacket& packet, Delivery& how) {
  if (client_ == nullptr) return SendStatus::dropped;
  const bool writable = client_->writable();
  if (!writable && how.now_or_never()) {
    nsp_->server().metrics(loop_).dropped_volatile.add();
    return SendStatus::dropped;
  }
  if (extras_ && !extras_->outgoing.empty()) notify_outgoing(packet);
  if (writable) {
    core::send(client_->session(), packet);
    return SendStatus::queued;
  }
  client_->send_delayed(packet, how);
  check_water();
  return SendStatus::delayed;
}

void SocketState::deliver_now(std::span<const EncodedPacket> packets, const base::Frame& joined,
                              std::size_t frames) {
  if (client_ == nullptr) return;
  if (client_->session().takes_joined(joined) && client_->writable() &&
      (!extras_ || extras_->outgoing.empty()))
    return client_->session().send_joined(joined, frames);
  Delivery plain;
  for (const EncodedPacket& packet : packets) deliver_now(packet, plain);
}

SendStatus SocketState::send(EncodedPacket packet, Delivery how) {
  if (!alive()) return SendStatus::dropped;
  if (loop_.here()) return deliver(packet, how);
  at_home([packet = std::move(packet), how = std::move(how)](SocketState& self) mutable {
    self.deliver(packet, how);
  });
  return SendStatus::posted;
}

// ---- handlers and rooms

void SocketState::add_handler(std::string_view event, detail::EventHandlerPtr handler, ListenerId id,
                              bool once) {
  ServerState& server = nsp_->server();
  const base::EventNames::Entry* name = server.event_names().find(event);
  handler->listener = static_cast<std::uint32_t>(id) & 0x7FFF'FFFF;
  handler->once = once;
  handlers_.push_back({ListenedName(name, event), std::move(handler),
                       &server.event_counter(loop_, name == nullptr ? 0 : name->number)});
}

void SocketState::remove_handler(ListenerId id) {
  std::erase_if(handlers_, [id](const Handler& handler) {
    return static_cast<ListenerId>(handler.call->listener) == id;
  });
}

void SocketState::remove_all_handlers() { std::exchange(handlers_, {}); }

void SocketState::remove_handlers(std::string_view event) {
  std::erase_if(handlers_, [event](const Handler& handler) { return handler.event.view() == event; });
}

void SocketState::add_disconnect_handler(DisconnectHandler handler, bool before) {
  if (!farewell_handlers_) farewell_handlers_ = std::make_unique<std::vector<FarewellHandler>>();
  farewell_handlers_->push_back({std::move(handler), before});
}

void SocketState::join(std::string_view room) {
  if (connected()) {
    rooms_to_change().join(*this, room);
  } else if (alive()) {
    auto& early = extras().early_rooms;
    if (std::ranges::find(early, room) == early.end()) early.emplace_back(room);
  }
}

void SocketState::join_from_elsewhere(std::string room) {
  // Announced before the loop knows of it, so that an emit which follows goes there too.
  nsp_->directory().announce(room, adapter::LoopMask{1} << loop_.id());
  loop_.post([self = shared_from_this(), room = std::move(room)] {
    self->join(room);
    self->nsp_->directory().withdraw(room, self->loop_.id());
  });
}

void SocketState::leave_room(std::string_view room) {
  if (connected()) {
    rooms_to_change().leave(*this, room);
  } else if (extras_) {
    std::erase(extras_->early_rooms, room);
  }
}

std::vector<std::string> SocketState::rooms() const {
  if (connected()) return nsp_->rooms(loop_).rooms_of(*this);
  return extras_ ? extras_->early_rooms : std::vector<std::string>();
}

// ---- the end

void SocketState::disconnect(bool close) {
  if (!connected()) return;
  if (close) return client_->disconnect_all();
  Delivery behind_all;
  deliver({control_packet('1', nsp_->name(), {}), {}}, behind_all);
  leave(reasons::server_namespace_disconnect, {});
}

void SocketState::leave(std::string_view reason, const DisconnectDetails& details) {
  if (!alive()) return;
  const auto self = shared_from_this();
  const bool joined = connected();
  if (joined) {
    call_disconnect_handlers(true, reason, details);
    if (!alive()) return;  // one of them disconnected it
    rooms_to_change().remove(*this);
  }
  phase_.store(Phase::gone, std::memory_order_release);
  std::exchange(client_, nullptr)->remove(*this);
  if (joined) call_disconnect_handlers(false, reason, details);
  give_up();
}

// What users gave it may hold the socket itself, and may be running.
void SocketState::give_up() {
  if (const auto pending = std::exchange(pending_acks_, nullptr))
    for (auto& [id, ack] : *pending)
      run_handler("ack", [&one = *ack] { one.call(AckError::disconnected, nullptr); });
  if (!handlers_.empty()) loop_.bury(std::make_unique<std::vector<Handler>>(std::exchange(handlers_, {})));
  farewell_handlers_.reset();
  held_.reset();
  if (auto extras = std::move(extras_)) {
    for (const auto& cleanup : extras->cleanups) run_handler("cleanup", cleanup);
    extras->ending.request_stop();
    loop_.bury(std::move(extras));
  }
  if (std::exchange(seated_, false)) nsp_->server().leave_seat(*nsp_);
}

void SocketState::call_disconnect_handlers(bool before, std::string_view reason,
                                           const DisconnectDetails& details) {
  if (!farewell_handlers_) return;
  // A handler may add others, which are called if their time is still to come.
  std::vector<DisconnectHandler> now;
  std::erase_if(*farewell_handlers_, [&](FarewellHandler& handler) {
    if (handler.before == before) now.push_back(std::move(handler.call));
    return handler.before == before;
  });
  for (const DisconnectHandler& handler : now) {
    run_handler("disconnect", [&] {
      detail::Called called = handler(reason, details);
      if (called.task) spawn_farewell(std::move(*called.task));
    });
  }
}

}  // namespace roomcast::core

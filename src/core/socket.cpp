#include <core/server_state.hpp>
#include <core/socket_state.hpp>
#include <roomcast/socket.hpp>

#include "packet_event.hpp"

namespace roomcast {

const std::string& Socket::id() const noexcept { return state_->id(); }
const Handshake& Socket::handshake() const noexcept { return state_->handshake(); }
const std::string& Socket::nsp() const noexcept { return state_->nsp().name(); }
bool Socket::connected() const noexcept { return state_ && state_->connected(); }
boost::asio::any_io_executor Socket::executor() const { return state_->loop().io().get_executor(); }
boost::json::object& Socket::data() const { return state_->data(); }
std::any& Socket::state() const { return state_->state(); }
std::string_view Socket::transport() const noexcept { return state_->transport(); }
bool Socket::upgraded() const {
  return transport() == "websocket" && handshake().query("transport") == "polling";
}

std::size_t Socket::buffered_bytes() const noexcept { return state_->buffered_bytes(); }

void Socket::add_water_handler(bool high, std::size_t bytes, std::function<detail::Called()> handler) const {
  state_->at_home([high, bytes, handler = std::move(handler)](core::SocketState& self) mutable {
    high ? self.on_high_water(bytes, std::move(handler)) : self.on_low_water(bytes, std::move(handler));
  });
}

std::stop_token Socket::stop_token() const { return state_->stop_token(); }

void Socket::add_cleanup(std::function<void()> cleanup) const {
  if (!state_->alive()) return cleanup();
  // It runs even if the socket goes before this gets there.
  state_->loop().dispatch(
      [self = state_, cleanup = std::move(cleanup)]() mutable { self->add_cleanup(std::move(cleanup)); });
}

void Socket::off(std::string_view event) const {
  state_->at_home([event = std::string(event)](core::SocketState& self) { self.remove_handlers(event); });
}

void Socket::off(ListenerId listener) const {
  state_->at_home([listener](core::SocketState& self) { self.remove_handler(listener); });
}

void Socket::off_all() const {
  state_->at_home([](core::SocketState& self) { self.remove_all_handlers(); });
}

ListenerId Socket::add_handler(std::string_view event, detail::EventHandlerPtr handler, bool once) const {
  const ListenerId id = state_->next_listener_id();
  state_->at_home(
      [event = std::string(event), handler = std::move(handler), id, once](core::SocketState& self) mutable {
        self.add_handler(event, std::move(handler), id, once);
      });
  return id;
}

void Socket::add_disconnect_handler(DisconnectHandler handler, bool before) const {
  state_->at_home([handler = std::move(handler), before](core::SocketState& self) mutable {
    self.add_disconnect_handler(std::move(handler), before);
  });
}

void Socket::add_middleware(std::function<detail::Called(const IncomingEvent&)> middleware) const {
  state_->at_home([middleware = std::move(middleware)](core::SocketState& self) mutable {
    self.add_middleware(std::move(middleware));
  });
}

void Socket::add_error_handler(std::function<detail::Called(const std::string&)> handler) const {
  state_->at_home([handler = std::move(handler)](core::SocketState& self) mutable {
    self.add_error_handler(std::move(handler));
  });
}

void Socket::add_any_listener(AnyListener listener, bool first) const {
  state_->at_home([listener = std::move(listener), first](core::SocketState& self) mutable {
    self.add_any_listener(std::move(listener), first);
  });
}

void Socket::add_outgoing_listener(AnyListener listener, bool first) const {
  state_->at_home([listener = std::move(listener), first](core::SocketState& self) mutable {
    self.add_outgoing_listener(std::move(listener), first);
  });
}

void Socket::off_any() const {
  state_->at_home([](core::SocketState& self) { self.remove_any_listeners(); });
}

void Socket::off_any_outgoing() const {
  state_->at_home([](core::SocketState& self) { self.remove_outgoing_listeners(); });
}

void Socket::serialize(bool on) const {
  state_->at_home([on](core::SocketState& self) { self.serialize(on); });
}

void Socket::join(std::string_view room) const {
  if (!state_->alive()) return;
  if (state_->loop().here()) {
    state_->join(room);
  } else {
    state_->join_from_elsewhere(std::string(room));
  }
}

void Socket::join(const std::vector<std::string>& rooms) const {
  for (const std::string& room : rooms) join(room);
}

void Socket::join(std::initializer_list<std::string_view> rooms) const {
  for (const std::string_view room : rooms) join(room);
}

void Socket::leave(std::initializer_list<std::string_view> rooms) const {
  for (const std::string_view room : rooms) leave(room);
}

void Socket::leave(const std::vector<std::string>& rooms) const {
  for (const std::string& room : rooms) leave(room);
}

void Socket::leave(std::string_view room) const {
  state_->at_home([room = std::string(room)](core::SocketState& self) { self.leave_room(room); });
}

std::vector<std::string> Socket::rooms() const {
  return state_->alive() ? state_->rooms() : std::vector<std::string>();
}

BroadcastOperator Socket::others() const {
  return BroadcastOperator(state_->share_nsp()).except(state_->id());
}

void Socket::disconnect(bool close) const {
  state_->at_home([close](core::SocketState& self) { self.disconnect(close); });
}

std::uint64_t Socket::next_ack_id() const noexcept { return state_->nsp().next_ack_id(); }

SendStatus Socket::send(detail::Encoder&& packet, bool volatile_packet) const {
  if (!state_->alive()) return SendStatus::dropped;
  return state_->send(core::finish(std::move(packet), state_->nsp().options().max_attachments),
                      {volatile_packet, state_->nsp().backpressure().find({})});
}

void Socket::send_with_ack(detail::Encoder&& packet, std::uint64_t id, std::chrono::milliseconds timeout,
                           detail::AckHandler handler) const {
  if (!state_ || !state_->alive()) return handler(AckError::disconnected, nullptr);
  core::EncodedPacket encoded = core::finish(std::move(packet), state_->nsp().options().max_attachments);
  // Even if it goes before it gets there, the handler hears of it.
  auto deliver = [self = state_, encoded = std::move(encoded), id, timeout,
                  handler = std::move(handler)]() mutable {
    if (!self->alive()) return handler(AckError::disconnected, nullptr);
    self->expect_ack(id, timeout, std::move(handler));
    core::Delivery how;
    self->deliver(encoded, how);
  };
  state_->loop().dispatch(std::move(deliver));
}

namespace detail {

Encoder begin_ack(const AckTarget& target) {
  if (target.socket) return Encoder::ack(target.socket->nsp().name(), target.id);
  Encoder array = Encoder::value();
  array.raw('[');
  return array;
}

bool claim_ack(AckTarget& target) noexcept {
  return (!target.socket || target.socket->alive()) && !target.used.test_and_set();
}

void send_ack(AckTarget& target, Encoder&& packet) {
  if (target.socket) {
    target.socket->send(core::finish(std::move(packet), target.socket->nsp().options().max_attachments), {});
  } else {
    packet.raw(']');
    target.reply(finish_value(std::move(packet)));
  }
}

}  // namespace detail

namespace {

class AckCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.ack"; }
  std::string message(int value) const override {
    switch (static_cast<AckError>(value)) {
      case AckError::timed_out:
        return "operation has timed out";
      case AckError::disconnected:
        return "socket has been disconnected";
      case AckError::bad_arguments:
        return "the acknowledgement's arguments are not what was asked for";
    }
    return "unknown";
  }
};

}  // namespace

const boost::system::error_category& ack_category() noexcept {
  static const AckCategory category;
  return category;
}

}  // namespace roomcast

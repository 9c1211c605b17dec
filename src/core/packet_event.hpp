#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <base/log.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <roomcast/event_handler.hpp>

namespace roomcast::detail {

/// Where an acknowledgement goes.
class AckTarget {
 public:
  AckTarget(std::shared_ptr<core::SocketState> asker, std::uint64_t ack_id)
      : socket(std::move(asker)), id(ack_id) {}

  /// For an event of another server.
  explicit AckTarget(std::function<void(Value)> reply_to_server) : reply(std::move(reply_to_server)) {}

  const std::shared_ptr<core::SocketState> socket;  // null: `reply` takes the answer
  const std::uint64_t id = 0;
  const std::function<void(Value)> reply;
  std::atomic_flag used;
};

}  // namespace roomcast::detail

namespace roomcast::core {

/// An event's arguments, as handlers take them: one after the other, straight from the text.
class ArgumentsEvent : public detail::Event {
 public:
  detail::PayloadRef& payload() final { return payload_; }

  std::optional<std::string_view> next() final {
    std::string_view element;
    return arguments_.next(element) ? std::optional(element) : std::nullopt;
  }

  Args rest() final {
    std::vector<Value> values;
    for (std::string_view element; arguments_.next(element);)
      detail::read({element, &payload_}, values.emplace_back());
    return Args(std::move(values));
  }

 protected:
  /// `arguments` stands behind what is not an argument (the event's name).
  ArgumentsEvent(detail::PayloadRef& payload, json::ArrayCursor arguments)
      : payload_(payload), arguments_(arguments) {}
  ~ArgumentsEvent() = default;

 private:
  detail::PayloadRef& payload_;
  json::ArrayCursor arguments_;
};

/// That of a client's packet.
class PacketEvent final : public ArgumentsEvent {
 public:
  /// `ack` is shared by all handlers of the packet, since it has one answer: made when the first one asks for
  /// it.
  PacketEvent(SocketState& socket, detail::PayloadRef& payload, json::ArrayCursor arguments,
              std::optional<std::uint64_t> ack_id, std::shared_ptr<detail::AckTarget>& ack)
      : ArgumentsEvent(payload, arguments), socket_(socket), ack_id_(ack_id), ack_(ack) {}

  Ack ack() override {
    if (!ack_id_) return {};
    if (!ack_) ack_ = std::make_shared<detail::AckTarget>(socket_.shared_from_this(), *ack_id_);
    return Ack(ack_);
  }

 private:
  SocketState& socket_;
  std::optional<std::uint64_t> ack_id_;
  std::shared_ptr<detail::AckTarget>& ack_;
};

/// An event that is only read.
class ReadEvent final : public ArgumentsEvent {
 public:
  ReadEvent(detail::PayloadRef& payload, json::ArrayCursor arguments) : ArgumentsEvent(payload, arguments) {}
  Ack ack() override { return {}; }
};

/// The packet's event, kept: its name and all its arguments.
inline IncomingEvent incoming_event(detail::PayloadRef& payload) {
  json::ArrayCursor arguments(payload.text);
  std::string_view name;
  arguments.next(name);
  IncomingEvent event;
  event.name = json::kind_of(name) == json::Kind::string ? json::unescape(name) : std::string(name);
  event.args = ReadEvent(payload, arguments).rest();
  return event;
}

/// The event of a packet that is sent, kept; nothing if it is another kind of packet. Read back from its
/// text, so that only those who want it pay.
std::optional<IncomingEvent> sent_event(const EncodedPacket& packet);

/// Calls what a user wrote: what it throws is logged and counted, and goes no further.
template <class F>
void SocketState::run_handler(std::string_view what, F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    nsp_->server().metrics(loop_).handler_errors.add();
    base::log::error("socket {} ({}): the handler of \"{}\" threw: {}", id_, nsp_->name(), what, e.what());
  } catch (...) {
    nsp_->server().metrics(loop_).handler_errors.add();
    base::log::error("socket {} ({}): the handler of \"{}\" threw something that is not a std::exception",
                     id_, nsp_->name(), what);
  }
}

}  // namespace roomcast::core

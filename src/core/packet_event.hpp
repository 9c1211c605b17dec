#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <core/socket_state.hpp>
#include <protocol/json/scanner.hpp>
#include <roomcast/event_handler.hpp>

namespace roomcast::detail {

/// Where an acknowledgement goes.
class AckTarget {
 public:
  AckTarget(std::shared_ptr<core::SocketState> asker, std::uint64_t ack_id)
      : socket(std::move(asker)), id(ack_id) {}

  const std::shared_ptr<core::SocketState> socket;
  const std::uint64_t id;
  std::atomic_flag used;
};

}  // namespace roomcast::detail

namespace roomcast::core {

/// A packet's arguments, as handlers take them: one after the other, straight from the text.
class PacketEvent final : public detail::Event {
 public:
  /// `arguments` stands behind what is not an argument (the event's name).
  PacketEvent(SocketState& socket, detail::PayloadRef& payload, json::ArrayCursor arguments,
              std::optional<std::uint64_t> ack_id)
      : socket_(socket), payload_(payload), arguments_(arguments), ack_id_(ack_id) {}

  detail::PayloadRef& payload() override { return payload_; }

  std::optional<std::string_view> next() override {
    std::string_view element;
    return arguments_.next(element) ? std::optional(element) : std::nullopt;
  }

  Args rest() override {
    std::vector<Value> values;
    for (std::string_view element; arguments_.next(element);)
      detail::read({element, &payload_}, values.emplace_back());
    return Args(std::move(values));
  }

  Ack ack() override {
    if (!ack_id_) return {};
    return Ack(std::make_shared<detail::AckTarget>(socket_.shared_from_this(), *ack_id_));
  }

 private:
  SocketState& socket_;
  detail::PayloadRef& payload_;
  json::ArrayCursor arguments_;
  std::optional<std::uint64_t> ack_id_;
};

}  // namespace roomcast::core

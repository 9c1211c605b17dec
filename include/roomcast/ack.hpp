#pragma once

#include <memory>
#include <string>

#include <roomcast/value.hpp>

namespace roomcast {

namespace detail {
class AckTarget;
Encoder begin_ack(const AckTarget& target);
/// @return false if it had been answered before.
bool claim_ack(AckTarget& target) noexcept;
void send_ack(AckTarget& target, Encoder&& packet);
}  // namespace detail

/// Answers the event it came with. The last parameter of an event handler may be one.
///
/// Any thread, at any time, copies included; only the first call counts. If the client did not ask for an
/// answer, or is gone, calling does nothing. Never calling it is fine.
class Ack {
 public:
  Ack() = default;
  /// For the library.
  explicit Ack(std::shared_ptr<detail::AckTarget> target) noexcept : target_(std::move(target)) {}

  /// Whether the client asked for an answer.
  bool wanted() const noexcept { return target_ != nullptr; }
  /// The same as `wanted`.
  explicit operator bool() const noexcept { return wanted(); }

  /// Sends the answer. Arguments as in `Socket::emit`.
  template <class... Args>
  void operator()(const Args&... args) const {
    if (!target_ || !detail::claim_ack(*target_)) return;
    detail::Encoder packet = detail::begin_ack(*target_);
    (detail::encode_argument(packet, args), ...);
    detail::send_ack(*target_, std::move(packet));
  }

 private:
  std::shared_ptr<detail::AckTarget> target_;
};

}  // namespace roomcast

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <engine/session.hpp>
#include <engine/sessions.hpp>

#include "upgrade_attempt.hpp"

namespace roomcast::engine {

/// What only a polling session has: it goes when a websocket takes over. What is to be sent waits in the
/// queue until a GET is pending and the turn ends.
class Session::Polling final : public loop::Flushable {
 public:
  explicit Polling(Session& session) noexcept : session_(session) {}
  ~Polling() {
    clear();
    session_.loop().unmark(*this);
  }

  void push(base::Frame frame) {
    set_bytes(bytes_ + frame.payload().size());
    queue_.push_back(std::move(frame));
  }
  const std::vector<base::Frame>& queue() const noexcept { return queue_; }
  std::size_t bytes() const noexcept { return bytes_; }
  void clear() noexcept {
    queue_ = {};
    set_bytes(0);
  }

  std::optional<Poll> get;            // the pending one
  std::optional<net::Exchange> post;  // the one whose body is still arriving
  std::unique_ptr<UpgradeAttempt> upgrade;

 private:
  void flush() override { session_.flush_polling(); }
  // All polling sessions of the loop add up to a gauge.
  void set_bytes(std::size_t bytes) noexcept {
    session_.owner_.queued_bytes_.add(bytes - bytes_);  // modulo 2^64, so it may be less
    bytes_ = bytes;
  }

  Session& session_;
  std::vector<base::Frame> queue_;
  std::size_t bytes_ = 0;
};

}  // namespace roomcast::engine

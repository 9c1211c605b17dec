#pragma once

#include <cstddef>
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
  explicit Polling(Session& session) noexcept : session_(session), waiting_(session.all_buffered()) {}
  ~Polling() {
    clear();
    session_.loop().unmark(*this);
  }

  void push(base::Frame frame) {
    waiting_.set(bytes() + frame.payload().size());
    queue_.push_back(std::move(frame));
  }
  const std::vector<base::Frame>& queue() const noexcept { return queue_; }
  std::size_t bytes() const noexcept { return waiting_.value(); }
  bool too_much() const noexcept { return waiting_.too_much(); }
  void clear() noexcept {
    queue_ = {};
    waiting_.set(0);
  }

  std::optional<Poll> get;            // the pending one
  std::optional<net::Exchange> post;  // the one whose body is still arriving
  std::optional<std::string> jsonp;   // the function that the answers call
  bool text_only = false;             // binary packets as base64; in Engine.IO 4 they always are
  std::unique_ptr<UpgradeAttempt> upgrade;

 private:
  void flush() override { session_.flush_polling(); }

  Session& session_;
  std::vector<base::Frame> queue_;
  base::HeldBytes waiting_;
};

}  // namespace roomcast::engine

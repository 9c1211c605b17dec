#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <roomcast/completion.hpp>

namespace roomcast {

/// Calls who waits, once, when it is done. Any thread.
class detail::CompletionState {
 public:
  void finish();
  bool done() const;
  /// At once if it is done.
  void when_done(std::function<void()> resume);

 private:
  mutable std::mutex mutex_;
  bool done_ = false;
  std::vector<std::function<void()>> waiting_;
};

namespace core {

/// Finishes a completion with the last task that shares this, whether that has run or was thrown away with
/// the loop that it waited for.
class Finish {
 public:
  explicit Finish(std::shared_ptr<detail::CompletionState> state) noexcept : state_(std::move(state)) {}
  ~Finish() {
    if (state_) state_->finish();
  }
  Finish(Finish&&) noexcept = default;
  Finish& operator=(Finish&&) = delete;

 private:
  std::shared_ptr<detail::CompletionState> state_;
};

}  // namespace core
}  // namespace roomcast

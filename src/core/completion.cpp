#include <utility>

#include <core/completion_state.hpp>

namespace roomcast {

void detail::CompletionState::finish() {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
    waiting.swap(waiting_);
  }
  for (const auto& resume : waiting) resume();
}

bool detail::CompletionState::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void detail::CompletionState::when_done(std::function<void()> resume) {
  {
    const std::lock_guard lock(mutex_);
    if (!done_) return waiting_.push_back(std::move(resume));
  }
  resume();
}

bool Completion::done() const { return state_->done(); }
void Completion::when_done(std::function<void()> resume) const { state_->when_done(std::move(resume)); }

}  // namespace roomcast

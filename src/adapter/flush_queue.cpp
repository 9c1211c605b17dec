#include <utility>

#include <adapter/flush_queue.hpp>

namespace roomcast::adapter {

FlushQueue::Epoch FlushQueue::sent() {
  ++pending_;
  ++epochs_.back().pending;
  return first_ + epochs_.size() - 1;
}

void FlushQueue::settled(Epoch epoch, std::optional<PublishFailure> failure) {
  Between& of = epochs_[epoch - first_];
  --pending_;
  --of.pending;
  if (failure) {
    if (of.outcome.failed++ == 0) of.outcome.first = std::move(*failure);
  }
  end_flushes();
}

void FlushQueue::flush(Done done) {
  epochs_.back().done = std::move(done);
  epochs_.emplace_back();
  end_flushes();
}

void FlushQueue::end_flushes() {
  while (epochs_.size() > 1 && epochs_.front().pending == 0) {
    const Between ended = std::move(epochs_.front());
    epochs_.pop_front();
    ++first_;
    if (ended.done(ended.outcome) || ended.outcome.failed == 0) continue;
    FlushOutcome& next = epochs_.front().outcome;
    next.failed += ended.outcome.failed;
    next.first = ended.outcome.first;
  }
}

}  // namespace roomcast::adapter

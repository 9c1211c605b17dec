#pragma once

#include <chrono>

#include <boost/intrusive/set.hpp>
#include <boost/intrusive/set_hook.hpp>

namespace roomcast::loop {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// A deadline on a loop, embedded in the object that waits for it: no allocation, 40 bytes.
/// Home loop only. A Timer that is destroyed or cancelled does not fire.
class Timer
    : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                             boost::intrusive::optimize_size<true>> {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Called by the loop once the deadline has passed. The timer is no longer armed then, may be armed
  /// again, and may be destroyed by the call.
  virtual void expired(TimePoint now) = 0;

  bool armed() const noexcept { return is_linked(); }
  void cancel() noexcept {
    if (is_linked()) unlink();
  }
  TimePoint deadline() const noexcept { return deadline_; }

  friend bool operator<(const Timer& a, const Timer& b) noexcept { return a.deadline_ < b.deadline_; }

 protected:
  ~Timer() = default;

 private:
  friend class Timers;
  TimePoint deadline_{};
};

/// A Timer for a member: calls one member function of its owner.
template <class Owner, void (Owner::*on_expired)(TimePoint)>
class MemberTimer final : public Timer {
 public:
  explicit MemberTimer(Owner& owner) noexcept : owner_(&owner) {}
  void expired(TimePoint now) override { (owner_->*on_expired)(now); }

 private:
  Owner* owner_;
};

/// All armed timers of one loop, ordered by deadline.
class Timers {
 public:
  /// Arms `timer`, or moves it if it is armed already.
  void arm(Timer& timer, TimePoint deadline) {
    timer.cancel();
    timer.deadline_ = deadline;
    set_.insert(timer);
  }

  /// The next deadline, or TimePoint::max() when there is none.
  TimePoint next() const noexcept { return set_.empty() ? TimePoint::max() : set_.begin()->deadline_; }

  /// Fires what was due when the call began: a timer that arms itself again for `now` waits for the next
  /// turn. When one throws, the others that are due keep their place.
  void fire(TimePoint now) {
    Set due;
    while (!set_.empty() && set_.begin()->deadline_ <= now) {
      Timer& timer = *set_.begin();
      set_.erase(set_.begin());
      due.insert(due.end(), timer);
    }
    try {
      while (!due.empty()) {
        Timer& timer = *due.begin();
        due.erase(due.begin());
        timer.expired(now);
      }
    } catch (...) {
      set_.merge(due);
      throw;
    }
  }

  /// Forgets every timer without firing it.
  void clear() noexcept { set_.clear(); }

 private:
  using Set = boost::intrusive::multiset<Timer, boost::intrusive::constant_time_size<false>>;
  Set set_;
};

}  // namespace roomcast::loop

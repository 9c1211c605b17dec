#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <loop/mailbox.hpp>
#include <loop/timer.hpp>

namespace roomcast::loop {

/// Something that collects work during a turn and does it once, at the turn's end.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  ~Flushable() = default;

 private:
  friend class Loop;
  bool dirty_ = false;
};

/// Work that gets cheaper when more of its kind joins it before it is done.
class Deferred {
 public:
  /// May defer something again.
  virtual void settle() = 0;

 protected:
  ~Deferred() = default;
};

/// One thread's event loop. Everything that lives on a loop is touched by its thread only, so it needs no
/// lock.
///
/// A turn: wait for one thing to do, do up to 256 more that are ready (or 1 ms of them), hand over what was
/// posted to neighbours, settle what was deferred, flush what the turn made dirty, fire the timers that are
/// due, and again. "End of turn" means that flush.
///
/// `post`, `stop`, `here` and `mailbox_depth` may be called from any thread; all else at home, while the loop
/// runs or before.
class Loop {
 public:
  explicit Loop(unsigned id);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  unsigned id() const noexcept { return id_; }
  boost::asio::io_context& io() noexcept { return io_; }
  Timers& timers() noexcept { return timers_; }
  /// The time when the present turn first asked for it: good enough for deadlines, and one look at the clock
  /// per turn.
  TimePoint now() const noexcept {
    if (!now_known_) now_ = Clock::now();
    now_known_ = true;
    return now_;
  }

  /// When a timer last fired more than a second late: until then something had kept this loop from everything
  /// else.
  TimePoint deaf_until() const noexcept { return deaf_until_; }

  /// How many turns there have been: tells whether something happened in this very turn.
  std::uint64_t turn_number() const noexcept { return turn_number_; }

  /// Runs turns until `stop`. An exception that escapes a task is logged; the loop lives on.
  /// May be called again afterwards.
  void run();
  /// Any thread: the turn that gets this is the last.
  void stop();

  /// The loop whose thread calls, or null.
  static Loop* current() noexcept { return current_; }
  bool here() const noexcept { return current_ == this; }
  void assert_home() const noexcept { assert(here() || !running_); }

  /// Makes the two neighbours: what a turn of one posts to the other gets there in one batch at the end of
  /// that turn, so that it is woken once and sees all of it at once. They must outlive each other's threads,
  /// and differ in number. Before either runs.
  static void introduce(Loop& one, Loop& other);

  /// Any thread: runs `f` on this loop soon, in the order posted by each sender; at home, after what runs now
  /// has returned. From a neighbour it leaves at the end of the neighbour's turn: who posts there must not
  /// wait for `f`. What is still waiting when the loop is destroyed is destroyed with it and not run.
  template <class F>
  void post(F&& f) {
    if (Mailbox::Batch* batch = current_ == nullptr ? nullptr : current_->batch_for(*this)) {
      batch->add(std::forward<F>(f));
    } else if (mailbox_.push(std::forward<F>(f))) {
      wake();
    }
  }
  /// Any thread: at home runs `f` at once, elsewhere posts it.
  template <class F>
  void dispatch(F&& f) {
    if (here()) {
      std::forward<F>(f)();
    } else {
      post(std::forward<F>(f));
    }
  }

  /// Destroys what still waits here, for when several loops end: it may concern the others. Nothing runs it
  /// any more.
  void discard();
  /// Any thread: how many tasks were posted and not finished yet.
  std::uint64_t mailbox_depth() const noexcept { return mailbox_.depth(); }

  /// `what->flush()` is called once at the end of this turn, however often it is marked.
  void mark_dirty(Flushable& what) {
    if (what.dirty_) return;
    what.dirty_ = true;
    dirty_.push_back(&what);
  }
  /// To be called by the destructor of what may still be marked.
  void unmark(Flushable& what) noexcept;

  /// Puts `what` off to the end of this turn, or to the next `settle` or `defer` of something else: one thing
  /// waits at a time. What depends on its being done calls `settle` first.
  void defer(Deferred& what) {
    if (deferred_ == &what) return;
    settle();
    deferred_ = &what;
  }
  void settle() {
    if (deferred_ != nullptr) std::exchange(deferred_, nullptr)->settle();
  }

  /// Destroys `object` at the end of this turn: for what dies inside one of its own callbacks.
  template <class T>
  void bury(std::unique_ptr<T> object) {
    if (object) graveyard_.push_back({object.release(), [](void* dead) { delete static_cast<T*>(dead); }});
  }

 private:
  struct Dead {
    void* object;
    void (*destroy)(void*);
  };

  struct Neighbour {
    Loop* loop = nullptr;
    Mailbox::Batch posted{};
  };

  Mailbox::Batch* batch_for(Loop& other) noexcept {
    if (other.id_ >= neighbours_.size()) return nullptr;
    Neighbour& neighbour = neighbours_[other.id_];
    if (neighbour.loop != &other) return nullptr;
    handed_over_ = false;
    return &neighbour.posted;
  }

  void turn();
  void wait_and_handle();
  void wake();
  void hand_over();
  void flush();
  void empty_graveyard();

  static thread_local Loop* current_;

  const unsigned id_;
  bool running_ = false;
  bool stopped_ = false;
  std::uint64_t turn_number_ = 0;
  mutable bool now_known_ = false;
  mutable TimePoint now_;
  TimePoint deaf_until_{};
  boost::asio::io_context io_;
  Mailbox mailbox_;
  Timers timers_;
  std::vector<Neighbour> neighbours_;  // by number
  bool handed_over_ = true;
  Deferred* deferred_ = nullptr;
  std::vector<Flushable*> dirty_;
  std::vector<Dead> graveyard_;
};

}  // namespace roomcast::loop

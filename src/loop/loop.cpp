#include <algorithm>
#include <csignal>
#include <exception>

#include <boost/asio/post.hpp>

#include <base/frame.hpp>
#include <base/log.hpp>
#include <loop/loop.hpp>

namespace roomcast::loop {
namespace {

constexpr int handlers_per_turn = 256;
constexpr auto time_per_turn = std::chrono::milliseconds(1);
constexpr auto deaf = std::chrono::seconds(1);
// Looking at the clock costs as much as a small handler, so only every so many of them.
constexpr int handlers_per_look = 16;

template <class F>
void guarded(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    base::log::error("a task on the loop threw: {}", e.what());
  } catch (...) {
    base::log::error("a task on the loop threw something that is not a std::exception");
  }
}

}  // namespace

thread_local Loop* Loop::current_ = nullptr;

Loop::Loop(unsigned id) : id_(id), io_(1) {}

Loop::~Loop() { discard(); }

void Loop::discard() {
  timers_.clear();
  mailbox_.discard();
  empty_graveyard();
}

void Loop::run() {
  // Signals are for the thread that the program chose for them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const auto keep_alive = boost::asio::make_work_guard(io_);
  io_.restart();
  current_ = this;
  running_ = true;
  stopped_ = false;
  while (!stopped_) turn();
  running_ = false;
  current_ = nullptr;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Loop::introduce(Loop& one, Loop& other) {
  const auto to = [](Loop& from, Loop& neighbour) {
    if (from.neighbours_.size() <= neighbour.id_) from.neighbours_.resize(neighbour.id_ + 1);
    from.neighbours_[neighbour.id_].loop = &neighbour;
  };
  to(one, other);
  to(other, one);
}

void Loop::stop() {
  post([this] { stopped_ = true; });
}

void Loop::turn() {
  ++turn_number_;
  now_known_ = false;
  guarded([this] { wait_and_handle(); });
  flush();
  if (timers_.next() <= now()) {
    if (now_ - timers_.next() > deaf) deaf_until_ = now_;
    guarded([this] { timers_.fire(now_); });
    flush();
  }
  empty_graveyard();
  hand_over();
}

void Loop::wait_and_handle() {
  const TimePoint next = timers_.next();
  if (next == TimePoint::max()) {
    io_.run_one();
  } else {
    io_.run_one_until(next);
  }
  const TimePoint began = now();
  for (int n = 1; n <= handlers_per_turn && io_.poll_one() != 0; ++n) {
    if (n % handlers_per_look == 0 && Clock::now() - began > time_per_turn) break;
  }
}

void Loop::wake() {
  boost::asio::post(
      io_, [this] { mailbox_.drain([](Mailbox::Task& task) { guarded([&task] { task.run(); }); }); });
}

void Loop::hand_over() {
  if (std::exchange(handed_over_, true)) return;
  for (Neighbour& neighbour : neighbours_)
    if (!neighbour.posted.empty() && neighbour.loop->mailbox_.push(neighbour.posted)) neighbour.loop->wake();
}

void Loop::flush() {
  hand_over();  // first: the others can work on it while this one writes
  if (deferred_ == nullptr && dirty_.empty()) return;
  const base::FrameReleases together;
  do {
    guarded([this] { settle(); });
    // A flush may mark others (a closed connection tells its session): go on until none is left.
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
      Flushable* what = dirty_[i];
      if (what == nullptr) continue;
      what->dirty_ = false;
      guarded([what] { what->flush(); });
    }
    dirty_.clear();
  } while (deferred_ != nullptr);
}

void Loop::unmark(Flushable& what) noexcept {
  if (!what.dirty_) return;
  what.dirty_ = false;
  std::replace(dirty_.begin(), dirty_.end(), &what, static_cast<Flushable*>(nullptr));
}

void Loop::empty_graveyard() {
  while (!graveyard_.empty()) {
    std::vector<Dead> dead;
    dead.swap(graveyard_);
    for (const Dead& one : dead) one.destroy(one.object);
  }
}

}  // namespace roomcast::loop

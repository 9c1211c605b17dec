#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace roomcast::loop {

/// Tasks posted to a loop by any thread, taken out by the loop in one go. Lock-free.
///
/// Order: FIFO per sender. `push` says whether the mailbox was empty, so that the consumer is woken
/// once per batch and not once per task. A sender that has several gathers them in a Batch and pushes them
/// together: then the consumer finds all of them at once.
class Mailbox {
 public:
  struct Task {
    virtual ~Task() = default;
    virtual void run() = 0;
    Task* next = nullptr;
  };

  /// Tasks of one sender that are not in the mailbox yet.
  class Batch {
   public:
    Batch() = default;
    Batch(Batch&& other) noexcept
        : newest_(std::exchange(other.newest_, nullptr)),
          oldest_(std::exchange(other.oldest_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    Batch& operator=(Batch&&) = delete;
    ~Batch() {
      while (newest_ != nullptr) delete std::exchange(newest_, newest_->next);
    }

    template <class F>
    void add(F&& f) {
      Task* task = new Closure<std::decay_t<F>>(std::forward<F>(f));
      task->next = newest_;
      newest_ = task;
      if (oldest_ == nullptr) oldest_ = task;
      ++size_;
    }
    bool empty() const noexcept { return newest_ == nullptr; }

   private:
    friend class Mailbox;
    Task* newest_ = nullptr;  // a stack, as in the mailbox
    Task* oldest_ = nullptr;
    std::uint64_t size_ = 0;
  };

  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { discard(); }

  /// Any thread. @return true if the consumer must be woken.
  template <class F>
  bool push(F&& f) {
    Task* task = new Closure<std::decay_t<F>>(std::forward<F>(f));
    return push(task, task, 1);
  }
  /// Any thread: all of `batch`, which must not be empty and is empty then. @return as above.
  bool push(Batch& batch) {
    return push(std::exchange(batch.newest_, nullptr), std::exchange(batch.oldest_, nullptr),
                std::exchange(batch.size_, 0));
  }

  /// Consumer only: runs every task that was there when the call began. `guard(task)` calls the task,
  /// so that the owner decides what an exception means.
  template <class Guard>
  void drain(Guard&& guard) {
    for (Task* task = take(); task != nullptr;) {
      Task* next = task->next;
      guard(*task);
      delete task;
      done_.store(done_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      task = next;
    }
  }

  /// Destroys what is left without running it, and what is posted by that.
  void discard() {
    while (head_.load(std::memory_order_relaxed) != nullptr) drain([](Task&) {});
  }

  /// Any thread: how many tasks wait or are being run. Approximate while others change it.
  std::uint64_t depth() const noexcept {
    const std::uint64_t done = done_.load(std::memory_order_relaxed);
    const std::uint64_t posted = posted_.load(std::memory_order_relaxed);
    return posted > done ? posted - done : 0;
  }

 private:
  template <class F>
  struct Closure final : Task {
    explicit Closure(F&& function) : f(std::move(function)) {}
    explicit Closure(const F& function) : f(function) {}
    void run() override { f(); }
    F f;
  };

  // From the newest to the oldest, as the links go.
  bool push(Task* newest, Task* oldest, std::uint64_t size) noexcept {
    posted_.fetch_add(size, std::memory_order_relaxed);
    Task* first = head_.load(std::memory_order_relaxed);
    do oldest->next = first;
    while (!head_.compare_exchange_weak(first, newest, std::memory_order_release, std::memory_order_relaxed));
    return first == nullptr;
  }

  // The list is a stack (newest first); turning it round once gives arrival order.
  Task* take() noexcept {
    Task* newest = head_.exchange(nullptr, std::memory_order_acquire);
    Task* oldest = nullptr;
    while (newest != nullptr) {
      Task* next = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
    return oldest;
  }

  std::atomic<Task*> head_{nullptr};
  std::atomic<std::uint64_t> posted_{0};            // beside head_: every sender has that line anyway
  alignas(64) std::atomic<std::uint64_t> done_{0};  // written by the consumer only
};

}  // namespace roomcast::loop

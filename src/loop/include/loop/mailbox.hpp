#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace roomcast::loop {

/// Tasks posted to a loop by any thread, taken out by the loop in one go. Lock-free.
///
/// Order: FIFO per sender. `push` says whether the mailbox was empty, so that the consumer is woken
/// once per batch and not once per task.
class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { discard(); }

  /// Any thread. @return true if the consumer must be woken.
  template <class F>
  bool push(F&& f) {
    Task* task = new Closure<std::decay_t<F>>(std::forward<F>(f));
    posted_.fetch_add(1, std::memory_order_relaxed);
    Task* first = head_.load(std::memory_order_relaxed);
    do task->next = first;
    while (!head_.compare_exchange_weak(first, task, std::memory_order_release, std::memory_order_relaxed));
    return first == nullptr;
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

  struct Task {
    virtual ~Task() = default;
    virtual void run() = 0;
    Task* next = nullptr;
  };

 private:
  template <class F>
  struct Closure final : Task {
    explicit Closure(F&& function) : f(std::move(function)) {}
    explicit Closure(const F& function) : f(function) {}
    void run() override { f(); }
    F f;
  };

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

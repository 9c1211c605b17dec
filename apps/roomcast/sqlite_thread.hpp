#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>

#include <roomcast/task.hpp>

#include "sqlite.hpp"

namespace roomcast::app {

/// The one thread that a database is used on, so that no loop ever waits for a disk.
///
/// Everything that waits when the thread becomes free is one batch: it runs in one transaction, in the order
/// of asking, and nobody hears of it before that is committed. So many requests share one write to the disk.
/// A request that throws is undone and fails alone. If the transaction as a whole is lost, each request is
/// tried again in one of its own.
///
/// The executors that `run` is called on must outlive `close`.
class SqliteThread {
 public:
  using Work = std::function<void(sqlite::Database&)>;

  /// What may wait. More is refused, because a store that is this far behind will not catch up by being asked
  /// more.
  struct Limits {
    std::size_t requests = 10'000;
    std::size_t bytes = std::size_t{64} * 1024 * 1024;
  };

  explicit SqliteThread(std::unique_ptr<sqlite::Database> database);
  SqliteThread(std::unique_ptr<sqlite::Database> database, const Limits& limits);
  ~SqliteThread();

  /// Runs `work` on the store's thread and resumes, on the caller's executor, once what it did is committed.
  /// `work` may refer to what lives in the calling coroutine. It may run more than once; what an earlier run
  /// wrote is undone by then. `bytes` is how much memory it keeps waiting.
  /// Throws std::runtime_error if it failed, and nothing was stored then, or was refused: too much waits, or
  /// the thread is closed. Any thread.
  Task<> run(Work work, std::size_t bytes = 0);

  /// Finishes what was asked for and closes the database. What is asked later is refused. Calling it again
  /// does nothing. Not for several threads at once.
  void close();

  /// How many requests have failed or were refused. Any thread.
  std::uint64_t failures() const;

 private:
  struct Request {
    Work work;
    std::size_t bytes;
    std::function<void(std::exception_ptr)> done;
  };
  void ask(Request request);
  void serve();
  void run_batch(std::span<Request> batch);
  std::exception_ptr attempt(const Request& request);
  void complain(std::string_view why);

  const Limits limits_;
  std::unique_ptr<sqlite::Database> database_;  // the thread's own

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Request> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool closing_ = false;
  std::uint64_t failures_ = 0;
  std::uint64_t failures_told_ = 0;
  std::chrono::steady_clock::time_point next_complaint_{};

  std::thread thread_;
};

}  // namespace roomcast::app

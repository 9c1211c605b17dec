#include "sqlite_thread.hpp"

#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <roomcast/logger.hpp>

namespace roomcast::app {
namespace {

namespace asio = boost::asio;

// A full disk fails every request: that is said now and then, not each time.
constexpr std::chrono::seconds between_complaints{10};

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace

SqliteThread::SqliteThread(std::unique_ptr<sqlite::Database> database)
    : SqliteThread(std::move(database), Limits{}) {}

SqliteThread::SqliteThread(std::unique_ptr<sqlite::Database> database, const Limits& limits)
    : limits_(limits), database_(std::move(database)) {
  // Signals are for the thread that the program chose for them; a new thread inherits what is blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this] { serve(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "roomcast/store");
}

SqliteThread::~SqliteThread() { close(); }

void SqliteThread::close() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
  database_.reset();
}

Task<> SqliteThread::run(Work work, std::size_t bytes) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto start = [this, &work, bytes, &executor](auto handler) {
    // The handler holds the coroutine: it goes to the caller's loop whole, so that the coroutine never ends
    // on the store's thread.
    auto held = std::make_shared<decltype(handler)>(std::move(handler));
    auto home = asio::prefer(executor, asio::execution::outstanding_work_t::tracked);
    auto done = [held = std::move(held), home = std::move(home)](std::exception_ptr error) mutable {
      asio::post(home, [held = std::move(held), error] { std::move (*held)(error); });
    };
    ask({std::move(work), bytes, std::move(done)});
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(start,
                                                                                         asio::use_awaitable);
}

void SqliteThread::ask(Request request) {
  std::string refused;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      refused = "the store is closed";
    } else if (waiting_.size() >= limits_.requests || waiting_bytes_ + request.bytes > limits_.bytes) {
      refused = "the store is overloaded: " + std::to_string(waiting_.size()) + " requests wait for the disk";
    } else {
      waiting_bytes_ += request.bytes;
      waiting_.push_back(std::move(request));
      return changed_.notify_one();
    }
  }
  complain(refused);
  request.done(std::make_exception_ptr(std::runtime_error(refused)));
}

void SqliteThread::serve() {
  std::vector<Request> batch;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
      waiting_.clear();
      waiting_bytes_ = 0;
    }
    run_batch(batch);
    batch.clear();
  }
}

void SqliteThread::run_batch(std::span<Request> batch) {
  std::vector<std::exception_ptr> errors(batch.size());
  try {
    database_->run("BEGIN");
    for (std::size_t i = 0; i < batch.size(); ++i) errors[i] = attempt(batch[i]);
    database_->run("COMMIT");
  } catch (...) {
    const std::exception_ptr error = std::current_exception();
    try {
      if (database_->in_transaction()) database_->run("ROLLBACK");
    } catch (const sqlite::Error&) {
      // The next BEGIN will say so.
    }
    if (batch.size() > 1) {
      for (Request& request : batch) run_batch({&request, 1});
      return;
    }
    errors.front() = error;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (errors[i]) complain(text_of(errors[i]));
    batch[i].done(errors[i]);
  }
}

// @return what it threw, if that concerns nobody else.
std::exception_ptr SqliteThread::attempt(const Request& request) {
  std::exception_ptr error;
  database_->run("SAVEPOINT request");
  try {
    request.work(*database_);
  } catch (...) {
    if (!database_->in_transaction()) throw;
    error = std::current_exception();
    database_->run("ROLLBACK TO request");
  }
  database_->run("RELEASE request");
  return error;
}

std::uint64_t SqliteThread::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void SqliteThread::complain(std::string_view why) {
  std::uint64_t since = 0;
  {
    const std::lock_guard lock(mutex_);
    ++failures_;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_complaint_) return;
    next_complaint_ = now + between_complaints;
    since = failures_ - std::exchange(failures_told_, failures_);
  }
  log(LogLevel::error, "chat store: " + std::string(why) + " (" + std::to_string(since) +
                           (since == 1 ? " request" : " requests") + " failed since this was last said)");
}

}  // namespace roomcast::app

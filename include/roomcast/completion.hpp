#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace roomcast {

namespace detail {

/// Whether something has been done, and who waits for it.
class CompletionState;

}  // namespace detail

/// Tells when a change to many sockets, such as BroadcastOperator::sockets_join, has been made: `co_await`
/// it, or ignore it, in which case the change is made all the same.
///
/// An asynchronous operation as Asio has them: `co_await io.sockets_join("b")` in a Task, and any other token
/// may be given to it, `io.sockets_join("b")(boost::asio::use_future).wait()` on a thread that may block. It
/// may be waited for by several, and again later; one that was kept is moved or copied into the wait,
/// `co_await std::move(kept)`. A value; any thread.
class Completion {
 public:
  /// For the library.
  explicit Completion(std::shared_ptr<detail::CompletionState> state) noexcept : state_(std::move(state)) {}

  /// Whether every loop of this server has made the change. Any thread.
  bool done() const;

  /// Waits until `done()`, and then completes with nothing through the token's own executor, never inside
  /// this call. That happens also when the server ends before its loops have come to it: nobody waits for
  /// ever, but for a coroutine on a loop of that server, which ends with it.
  template <boost::asio::completion_token_for<void()> Token>
  auto operator()(Token&& token) const {
    return boost::asio::async_initiate<Token, void()>(
        [](auto handler, const Completion& self) {
          // The guard keeps the context running which has nothing to do but wait for us.
          struct Waiting {
            decltype(handler) resume;
            boost::asio::executor_work_guard<boost::asio::associated_executor_t<decltype(handler)>> work;
          };
          auto guard = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
          auto waiting = std::make_shared<Waiting>(Waiting{std::move(handler), std::move(guard)});
          self.when_done([waiting = std::move(waiting)] {
            boost::asio::post(waiting->work.get_executor(), [waiting] {
              waiting->work.reset();
              std::move(waiting->resume)();
            });
          });
        },
        token, *this);
  }

 private:
  void when_done(std::function<void()> resume) const;

  std::shared_ptr<detail::CompletionState> state_;
};

}  // namespace roomcast

#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <roomcast/event_handler.hpp>

// Waiting for a client's answer, by callback or by co_await. For the library's templates.

namespace roomcast::detail {

/// Called once: with the answer, or with an error and null.
using AckHandler = std::function<void(boost::system::error_code, Event*)>;

template <class F>
concept Callable = requires { typename boost::callable_traits::return_type_t<std::remove_cvref_t<F>>; };

template <class... Args>
constexpr bool last_is_callable() {
  if constexpr (sizeof...(Args) == 0) {
    return false;
  } else {
    return Callable<std::tuple_element_t<sizeof...(Args) - 1, std::tuple<Args...>>>;
  }
}
template <class... Args>
inline constexpr bool ends_with_callback = last_is_callable<Args...>();

template <class Tuple>
struct tail;
template <class First, class... Rest>
struct tail<std::tuple<First, Rest...>> {
  using type = std::tuple<Rest...>;
};

/// `f(error_code, values…)` hears of everything; `f(values…)` only of answers that convert.
template <class F>
AckHandler make_ack_handler(F f) {
  using Arguments = typename decayed<boost::callable_traits::args_t<F, std::tuple>>::type;
  constexpr bool wants_error = [] {
    if constexpr (std::tuple_size_v<Arguments> == 0) {
      return false;
    } else {
      return std::same_as<std::tuple_element_t<0, Arguments>, boost::system::error_code>;
    }
  }();
  return [f = std::move(f)](boost::system::error_code error, Event* answer) mutable {
    if constexpr (wants_error) {
      typename tail<Arguments>::type values{};
      if (!error && !std::apply([&](auto&... value) { return (take(*answer, value) && ...); }, values))
        error = AckError::bad_arguments;
      std::apply([&](auto&... value) { f(error, std::move(value)...); }, values);
    } else {
      Arguments values{};
      if (error || !std::apply([&](auto&... value) { return (take(*answer, value) && ...); }, values)) return;
      std::apply(f, std::move(values));
    }
  };
}

/// Completes with the answer on the executor of the coroutine that waits, whoever answers and wherever.
/// `start(handler)` sends the packet; what it throws is thrown here.
template <class Answer, class Start>
Task<Answer> wait_for_ack(Start start) {
  struct Result {
    boost::system::error_code error;
    std::exception_ptr thrown;
    Answer answer{};
  };
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto outcome = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                                            void(std::shared_ptr<Result>)>(
      [&start, &executor](auto completion) {
        auto kept = std::make_shared<decltype(completion)>(std::move(completion));
        // Errors may come at once, while the coroutine is still on its way into its sleep.
        auto fail = [kept, executor](std::shared_ptr<Result> result) {
          boost::asio::post(executor, [kept, result] { std::move (*kept)(result); });
        };
        try {
          start([kept, executor, fail](boost::system::error_code error, Event* answer) {
            auto result = std::make_shared<Result>();
            result->error = error;
            if (error) return fail(std::move(result));
            if (!take(*answer, result->answer)) result->error = AckError::bad_arguments;
            boost::asio::dispatch(executor, [kept, result] { std::move (*kept)(result); });
          });
        } catch (...) {
          auto result = std::make_shared<Result>();
          result->thrown = std::current_exception();
          fail(std::move(result));
        }
      },
      boost::asio::use_awaitable);
  if (outcome->thrown) std::rethrow_exception(outcome->thrown);
  if (outcome->error) throw boost::system::system_error(outcome->error);
  co_return std::move(outcome->answer);
}

}  // namespace roomcast::detail

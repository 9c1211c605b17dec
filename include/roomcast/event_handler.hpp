#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/callable_traits/args.hpp>
#include <boost/callable_traits/return_type.hpp>

#include <roomcast/ack.hpp>
#include <roomcast/task.hpp>
#include <roomcast/value.hpp>

// Turns a user's function into something that the library can call with a packet. For the library's
// templates.

namespace roomcast::detail {

/// An event or an acknowledgement that is being handled, as its handler's adapter sees it.
class Event {
 public:
  virtual PayloadRef& payload() = 0;
  /// The next argument, or nothing.
  virtual std::optional<std::string_view> next() = 0;
  /// All arguments that are left, kept.
  virtual Args rest() = 0;
  virtual Ack ack() = 0;

 protected:
  ~Event() = default;
};

/// What calling a handler came to.
struct Called {
  bool taken = true;           ///< false: an argument did not convert, nothing was called
  std::optional<Task<>> task;  ///< set if the handler is a coroutine
};

using EventHandler = std::function<Called(Event&)>;

template <class T>
bool take(Event& event, T& out) {
  if constexpr (std::same_as<T, Ack>) {
    out = event.ack();
    return true;
  } else if constexpr (std::same_as<T, Args>) {
    out = event.rest();
    return true;
  } else {
    const auto json = event.next();
    if (!json) return is_optional_type<T>::value;
    return decode({*json, &event.payload()}, out);
  }
}

template <class R>
struct is_task : std::false_type {};
template <class T>
struct is_task<Task<T>> : std::true_type {};

template <class F>
using return_of = boost::callable_traits::return_type_t<F>;

template <class F, class Tuple>
Called call(const std::shared_ptr<F>& f, Tuple&& arguments) {
  if constexpr (is_task<return_of<F>>::value) {
    // The coroutine lives in the lambda's frame, so the lambda is kept until it has finished.
    return {true, [](std::shared_ptr<F> kept, std::decay_t<Tuple> values) -> Task<> {
              co_await std::apply(*kept, std::move(values));
            }(f, std::forward<Tuple>(arguments))};
  } else {
    std::apply(*f, std::forward<Tuple>(arguments));
    return {};
  }
}

template <class Tuple>
struct decayed;
template <class... T>
struct decayed<std::tuple<T...>> {
  using type = std::tuple<std::remove_cvref_t<T>...>;
};

/// `f` may take any values that decode.hpp knows, in the order of the event's arguments; `Args` takes all
/// that are left; `Ack` may come last.
template <class F>
EventHandler make_event_handler(F f) {
  using Arguments = typename decayed<boost::callable_traits::args_t<F, std::tuple>>::type;
  return [kept = std::make_shared<F>(std::move(f))](Event& event) -> Called {
    Arguments arguments{};
    const bool good =
        std::apply([&event](auto&... argument) { return (take(event, argument) && ...); }, arguments);
    if (!good) return {false, std::nullopt};
    return call(kept, std::move(arguments));
  };
}

/// Calls `f` with as many of `all` as it takes.
template <class F, class... All>
Called call_with_prefix(const std::shared_ptr<F>& f, All&&... all) {
  constexpr std::size_t wanted = std::tuple_size_v<boost::callable_traits::args_t<F, std::tuple>>;
  static_assert(wanted <= sizeof...(All), "the handler takes too many parameters");
  auto every = std::tuple<std::decay_t<All>...>(std::forward<All>(all)...);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return call(f, std::tuple<std::tuple_element_t<I, decltype(every)>...>(std::move(std::get<I>(every))...));
  }(std::make_index_sequence<wanted>{});
}

}  // namespace roomcast::detail

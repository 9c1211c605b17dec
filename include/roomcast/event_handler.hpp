#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/callable_traits/args.hpp>
#include <boost/callable_traits/return_type.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

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

/// A user's function for an event, behind one face. One allocation: there may be several per connection.
class EventHandler : public boost::intrusive_ref_counter<EventHandler> {
 public:
  virtual ~EventHandler() = default;
  virtual Called operator()(Event& event) = 0;

  // Whose it is and for how long: here, since here it costs no memory.
  std::uint32_t listener : 31 = 0;
  std::uint32_t once : 1 = 0;
};
using EventHandlerPtr = boost::intrusive_ptr<EventHandler>;

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

/// `f` points at the function and keeps it.
template <class Pointer, class Tuple>
Called call(const Pointer& f, Tuple&& arguments) {
  if constexpr (is_task<return_of<std::remove_reference_t<decltype(*f)>>>::value) {
    // The coroutine lives in the lambda's frame, so the lambda is kept until it has finished.
    return {true, [](Pointer kept, std::decay_t<Tuple> values) -> Task<> {
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

template <class F>
class TypedEventHandler final : public EventHandler {
 public:
  explicit TypedEventHandler(F f) : f_(std::move(f)) {}

  Called operator()(Event& event) override {
    typename decayed<boost::callable_traits::args_t<F, std::tuple>>::type arguments{};
    const bool good =
        std::apply([&event](auto&... argument) { return (take(event, argument) && ...); }, arguments);
    if (!good) return {false, std::nullopt};
    // Only a coroutine needs to keep its handler: what calls this keeps it until it returns.
    if constexpr (is_task<return_of<F>>::value) {
      return call(Kept{this}, std::move(arguments));
    } else {
      return call(&f_, std::move(arguments));
    }
  }

 private:
  struct Kept {
    F& operator*() const noexcept { return handler->f_; }
    boost::intrusive_ptr<TypedEventHandler> handler;
  };
  F f_;
};

/// `f` may take any values that decode.hpp knows, in the order of the event's arguments; `Args` takes all
/// that are left; `Ack` may come last.
template <class F>
EventHandlerPtr make_event_handler(F f) {
  return new TypedEventHandler<F>(std::move(f));
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

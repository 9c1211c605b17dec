#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <roomcast/namespace.hpp>

// Events that the compiler checks:
//
//   using FromClient = roomcast::Events<
//       roomcast::Event<"chat message", std::string>,
//       roomcast::Event<"sum", int, int, roomcast::Answer<int>>>;
//   using ToClient = roomcast::Events<roomcast::Event<"chat message", std::string, std::string>>;
//
//   roomcast::Typed<roomcast::Namespace, FromClient, ToClient> chat(io.of("/chat"));
//   chat.on_connection([](roomcast::Typed<roomcast::Socket, FromClient, ToClient> socket) {
//     socket.on<"chat message">([=](std::string text) {
//       socket.broadcast().emit<"chat message">(socket->id(), text);
//     });
//     socket.on<"sum">([](int a, int b) { return a + b; });
//   });
//
// A name that is not in the list, an argument that is missing, one too many or of another kind: none builds.

namespace roomcast {

/// An event's name as a template argument.
template <std::size_t N>
struct EventName {
  /// For the library.
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is to be a template argument by itself
  consteval EventName(const char (&literal)[N]) { std::copy_n(literal, N, text); }
  /// For the library.
  constexpr std::string_view view() const noexcept { return {text, N - 1}; }
  /// For the library.
  char text[N];
};

/// Last among an event's arguments: it is answered with one value of this type.
template <class T>
struct Answer {};

/// One event: its name and the types of its arguments.
template <EventName Name, class... Arguments>
struct Event {};

/// All events of one direction.
template <class... All>
struct Events {};

namespace detail {

/// An event's arguments, taken apart.
template <class Answered, class... Arguments>
struct EventShape {
  using answer_type = Answered;  // void: it has none
  using arguments_type = std::tuple<Arguments...>;
};

template <class Taken, class... Rest>
struct MakeShape;
template <class... Taken>
struct MakeShape<std::tuple<Taken...>> {
  using type = EventShape<void, Taken...>;
};
template <class... Taken, class T>
struct MakeShape<std::tuple<Taken...>, Answer<T>> {
  using type = EventShape<T, Taken...>;
};
template <class... Taken, class First, class... Rest>
struct MakeShape<std::tuple<Taken...>, First, Rest...> {
  using type = typename MakeShape<std::tuple<Taken..., First>, Rest...>::type;
};

template <EventName Wanted, class... All>
struct FindEvent {
  static constexpr bool found = false;
};
template <EventName Wanted, EventName Name, class... Arguments, class... More>
struct FindEvent<Wanted, roomcast::Event<Name, Arguments...>, More...> {
  static constexpr bool same = Wanted.view() == Name.view();
  using Next = FindEvent<Wanted, More...>;
  static constexpr bool found = same || Next::found;
  static auto shape() {
    if constexpr (same) {
      return std::type_identity<typename MakeShape<std::tuple<>, Arguments...>::type>();
    } else {
      return Next::shape();
    }
  }
};

template <class Map, EventName Name>
struct Lookup;
template <class... All, EventName Name>
struct Lookup<Events<All...>, Name> : FindEvent<Name, All...> {};

template <class Map, EventName Name>
concept KnownEvent = Lookup<Map, Name>::found;
template <class Map, EventName Name>
  requires KnownEvent<Map, Name>
using ShapeOf = typename decltype(Lookup<Map, Name>::shape())::type;

/// What may be given for an argument: anything that converts, but no fraction for an integer, no bool for a
/// number or the other way round, and no null, which std::string takes and dies of.
template <class Given, class Declared>
concept ArgumentFor = std::convertible_to<Given, Declared> && !std::same_as<Given, std::nullptr_t> &&
                      !(std::floating_point<std::remove_cvref_t<Given>> && std::integral<Declared>) &&
                      (std::same_as<Declared, bool> == std::same_as<std::remove_cvref_t<Given>, bool> ||
                       !std::is_scalar_v<std::decay_t<Given>>);

template <class Declared, class... Given>
inline constexpr bool arguments_match = false;
template <class... Declared, class... Given>
  requires(sizeof...(Declared) == sizeof...(Given))
inline constexpr bool arguments_match<std::tuple<Declared...>, Given...> =
    (ArgumentFor<Given, Declared> && ...);

/// Hands on what is of the declared type, and converts what is not.
template <class Declared, class Given>
decltype(auto) as_declared(const Given& given) {
  if constexpr (std::same_as<Declared, Given>) {
    return (given);
  } else {
    return Declared(given);
  }
}

template <class Shape, class... Given>
concept FitsEvent = arguments_match<typename Shape::arguments_type, Given...>;

/// Calls `emit(name, arguments…)` with arguments of exactly the declared types.
template <EventName Name, class... Declared, class Emit, class... Given>
decltype(auto) emit_declared(std::type_identity<std::tuple<Declared...>>, Emit&& emit,
                             const Given&... given) {
  return emit(Name.view(), as_declared<Declared>(given)...);
}

template <class F, class Arguments>
struct HandlerResult;
template <class F, class... Arguments>
  requires std::invocable<F&, Arguments...>
struct HandlerResult<F, std::tuple<Arguments...>> {
  using type = std::invoke_result_t<F&, Arguments...>;
};

template <class Result, class Answered>
inline constexpr bool answers_with =
    std::convertible_to<Result, Answered> || std::same_as<Result, Task<Answered>>;
template <class Result>
inline constexpr bool answers_with<Result, void> = std::is_void_v<Result> || std::same_as<Result, Task<>>;

/// `f` takes the event's arguments; what it returns answers the event.
template <class F, class Shape>
concept HandlerOf = requires { typename HandlerResult<F, typename Shape::arguments_type>::type; } &&
                    answers_with<typename HandlerResult<F, typename Shape::arguments_type>::type,
                                 typename Shape::answer_type>;

/// The handler as Socket::on wants it: with the declared types, and an Ack if there is an answer.
template <class Answered, class F, class... Arguments>
auto untyped_handler(F f, std::type_identity<std::tuple<Arguments...>>) {
  using Result = std::invoke_result_t<F&, Arguments...>;
  if constexpr (std::is_void_v<Answered>) {
    return [f = std::move(f)](Arguments... values) mutable -> Result { return f(std::move(values)...); };
  } else if constexpr (is_task<Result>::value) {
    return [f = std::move(f)](Arguments... values, Ack ack) mutable -> Task<> {
      const Answered answer = co_await f(std::move(values)...);
      ack(answer);
    };
  } else {
    return [f = std::move(f)](Arguments... values, Ack ack) mutable {
      const Answered answer = f(std::move(values)...);
      ack(answer);
    };
  }
}

}  // namespace detail

/// A Socket, Namespace or BroadcastOperator whose events are checked when the program is built. `In` is what
/// clients send, `Out` what they are sent: `Events<Event<"name", types…>…>`.
///
/// As cheap as what it wraps, with the same rules for threads and lifetime; `*` and `->` give that, with all
/// that has nothing to do with the names of events.
template <class Wrapped, class In, class Out>
class Typed;

/// A set of sockets to send checked events to.
template <class In, class Out>
class Typed<BroadcastOperator, In, Out> {
 public:
  /// From what it wraps.
  explicit Typed(BroadcastOperator to) noexcept : to_(std::move(to)) {}
  /// What is wrapped, for all that has no event's name.
  BroadcastOperator& operator*() noexcept { return to_; }
  /// The same.
  BroadcastOperator* operator->() noexcept { return &to_; }

  ///@{
  /// As of BroadcastOperator.
  Typed to(Rooms rooms) const { return Typed(to_.to(std::move(rooms))); }
  Typed except(Rooms rooms) const { return Typed(to_.except(std::move(rooms))); }
  Typed volatile_() const { return Typed(to_.volatile_()); }
  Typed local() const { return Typed(to_.local()); }
  ///@}

  /// BroadcastOperator::emit.
  template <EventName Name, class... Given>
    requires detail::KnownEvent<Out, Name> && detail::FitsEvent<detail::ShapeOf<Out, Name>, Given...>
  void emit(const Given&... given) const {
    detail::emit_declared<Name>(
        std::type_identity<typename detail::ShapeOf<Out, Name>::arguments_type>(),
        [this](std::string_view name, const auto&... args) { to_.emit(name, args...); }, given...);
  }

 private:
  BroadcastOperator to_;
};

/// A socket whose events are checked.
template <class In, class Out>
class Typed<Socket, In, Out> {
 public:
  /// What `to` and `broadcast` return.
  using Broadcast = Typed<BroadcastOperator, In, Out>;

  /// From what it wraps.
  explicit Typed(Socket socket) noexcept : socket_(std::move(socket)) {}
  /// What is wrapped, for all that has no event's name.
  const Socket& operator*() const noexcept { return socket_; }
  /// The same.
  const Socket* operator->() const noexcept { return &socket_; }

  /// Socket::on. `handler` takes the event's arguments. If the event is declared with an Answer, what the
  /// handler returns, or its coroutine does, is the answer; if it throws there is none.
  template <EventName Name, class F>
    requires detail::KnownEvent<In, Name> && detail::HandlerOf<F, detail::ShapeOf<In, Name>>
  ListenerId on(F handler) const {
    using Shape = detail::ShapeOf<In, Name>;
    return socket_.on(Name.view(),
                      detail::untyped_handler<typename Shape::answer_type>(
                          std::move(handler), std::type_identity<typename Shape::arguments_type>()));
  }
  /// Socket::emit.
  template <EventName Name, class... Given>
    requires detail::KnownEvent<Out, Name> && detail::FitsEvent<detail::ShapeOf<Out, Name>, Given...>
  SendStatus emit(const Given&... given) const {
    return detail::emit_declared<Name>(
        std::type_identity<typename detail::ShapeOf<Out, Name>::arguments_type>(),
        [this](std::string_view name, const auto&... args) { return socket_.emit(name, args...); }, given...);
  }
  /// Socket::emit_with_ack, for an event that is declared with an Answer. 0: no time limit.
  template <EventName Name, class... Given>
    requires detail::KnownEvent<Out, Name> && detail::FitsEvent<detail::ShapeOf<Out, Name>, Given...> &&
             (!std::is_void_v<typename detail::ShapeOf<Out, Name>::answer_type>)
  Task<typename detail::ShapeOf<Out, Name>::answer_type> ask(std::chrono::milliseconds limit,
                                                             const Given&... given) const {
    using Shape = detail::ShapeOf<Out, Name>;
    return detail::emit_declared<Name>(
        std::type_identity<typename Shape::arguments_type>(),
        [this, limit](std::string_view name, const auto&... args) {
          return socket_.timeout(limit).template emit_with_ack<typename Shape::answer_type>(std::string(name),
                                                                                            args...);
        },
        given...);
  }

  ///@{
  /// As of Socket.
  Broadcast to(Rooms rooms) const { return Broadcast(socket_.to(std::move(rooms))); }
  Broadcast broadcast() const { return Broadcast(socket_.broadcast()); }
  ///@}

 private:
  Socket socket_;
};

/// A namespace whose events are checked.
template <class In, class Out>
class Typed<Namespace, In, Out> {
 public:
  /// What connection handlers get.
  using Socket = Typed<roomcast::Socket, In, Out>;
  /// What `to` and `except` return.
  using Broadcast = Typed<BroadcastOperator, In, Out>;

  /// From what it wraps.
  explicit Typed(Namespace nsp) noexcept : nsp_(std::move(nsp)) {}
  /// What is wrapped, for all that has no event's name.
  Namespace& operator*() noexcept { return nsp_; }
  /// The same.
  Namespace* operator->() noexcept { return &nsp_; }

  /// Namespace::on_connection, with `void(Typed<Socket, …>)` or `Task<>(Typed<Socket, …>)`.
  template <class F>
  Typed& on_connection(F handler) {
    if constexpr (detail::is_task<std::invoke_result_t<F&, Socket>>::value) {
      nsp_.on_connection([handler = std::move(handler)](roomcast::Socket socket) mutable -> Task<> {
        co_await handler(Socket(std::move(socket)));
      });
    } else {
      nsp_.on_connection([handler = std::move(handler)](const roomcast::Socket& socket) mutable {
        handler(Socket(socket));
      });
    }
    return *this;
  }
  /// Namespace::emit.
  template <EventName Name, class... Given>
    requires detail::KnownEvent<Out, Name> && detail::FitsEvent<detail::ShapeOf<Out, Name>, Given...>
  void emit(const Given&... given) const {
    Broadcast(nsp_.to(Rooms({}))).template emit<Name>(given...);
  }
  ///@{
  /// As of Namespace.
  Broadcast to(Rooms rooms) const { return Broadcast(nsp_.to(std::move(rooms))); }
  Broadcast except(Rooms rooms) const { return Broadcast(nsp_.except(std::move(rooms))); }
  ///@}

 private:
  Namespace nsp_;
};

}  // namespace roomcast

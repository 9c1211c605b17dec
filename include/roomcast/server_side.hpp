#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <roomcast/ack_waiter.hpp>

namespace roomcast {

/// What the other servers said to an event that asked each of them. Mirrors what Socket.IO's
/// `serverSideEmitWithAck` resolves to, and the `responses` of its error.
struct ServerAnswers {
  std::vector<Value> answers;                ///< one for each server that answered, in the order of arrival
  std::vector<std::string> missing_servers;  ///< those that did not in time; Node.js servers have no names
  /// Whether every server has answered.
  bool complete() const noexcept { return missing_servers.empty(); }
};

}  // namespace roomcast

// What an event between servers and its arguments become on their way. For the library's templates.

namespace roomcast::detail {

/// Called once.
using ServerSideAnswers = std::function<void(ServerAnswers)>;

/// `["event",arguments…]`. Throws std::invalid_argument if the name is reserved.
template <class... A>
Value server_side_event(std::string_view event, const A&... args) {
  Encoder encoder = Encoder::server_side_event(event);
  (encode_argument(encoder, args), ...);
  encoder.raw(']');
  return finish_value(std::move(encoder));
}

/// The same from `emit`'s arguments: without the callback, if they end with one.
template <class Send, class... A>
void send_server_side(Send&& send, std::string_view event, const A&... args) {
  if constexpr (ends_with_callback<A...>) {
    const auto all = std::tie(args...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      send(server_side_event(event, std::get<I>(all)...),
           [f = std::get<sizeof...(I)>(all)](ServerAnswers answers) mutable {
             const auto error = answers.complete() ? boost::system::error_code() : AckError::timed_out;
             f(error, std::move(answers.answers));
           });
    }(std::make_index_sequence<sizeof...(A) - 1>{});
  } else {
    send(server_side_event(event, args...), ServerSideAnswers());
  }
}

}  // namespace roomcast::detail

#pragma once

#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include <adapter/classic/error.hpp>
#include <adapter/classic/message.hpp>

// `[uid, {type, data, nsp}, {rooms, except, flags}]` in MessagePack, on `Channels::broadcast_to(rooms)`.

namespace roomcast::adapter::classic {

/// The bytes to publish. `arguments` is the event's whole array, `["name",…]`, valid JSON.
/// @return them, or what msgpack::from_json has against the arguments.
boost::system::result<std::string> encode_broadcast(std::string_view uid, std::string_view nsp,
                                                    const Payload& arguments, const Opts& opts,
                                                    Sender sender = Sender::server);

/// An event as it came, its arguments still in MessagePack.
struct Event {
  std::string_view nsp = "/";
  /// `["name",…]`, well-formed and not yet transcoded. Give it to msgpack::to_json once somebody wants it:
  /// that writes the whole array, placeholders included.
  std::string_view data;
};

/// All views are of the payload.
struct Broadcast {
  std::string_view uid;
  Event event;
  Opts opts;
};

/// Only the sender's uid, which is the first thing in the payload: our own messages come back to us.
boost::system::result<std::string_view> broadcast_uid(std::string_view payload) noexcept;

/// Reads a server's or an emitter's broadcast. Members may come in any order; unknown ones are skipped;
/// `nsp`, `rooms`, `except` and `flags` may be missing. Never throws for what the payload holds.
boost::system::result<Broadcast> decode_broadcast(std::string_view payload, const Limits& limits = {});

}  // namespace roomcast::adapter::classic

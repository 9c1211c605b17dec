#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <adapter/payload.hpp>

// What broadcasts, requests and responses of the classic adapter (@socket.io/redis-adapter 8) have in common.

namespace roomcast::adapter::classic {

/// What a decoder takes. The caller has bounded the message's bytes.
struct Limits {
  std::size_t max_rooms = 65'536;  ///< in one list; a room costs a byte on the wire and a std::string here
  std::size_t max_answers = 1'000'000;  ///< rooms, socket ids or sockets that one server answers with
  unsigned max_depth = 512;
};

/// Flags of a broadcast. The official adapter writes those that the caller has set, in the order of the
/// calls; we write them in the order of these members.
struct Flags {
  bool volatile_ = false;
  bool compress = true;  ///< written only if false
  bool expect_single_response = false;
  std::optional<std::chrono::milliseconds> timeout;
};

/// Whom a message is for. Rooms that a Node server gave as a number (`io.to(42)`) arrive as their text.
struct Opts {
  std::vector<std::string> rooms;  ///< the union of these, or everybody
  std::vector<std::string> except;
  Flags flags;  ///< not part of requests in JSON
};

/// Who publishes. The emitter's uid is `emitter`, and it writes the members of opts in an order of its own.
enum class Sender : unsigned char { server, emitter };
inline constexpr std::string_view emitter_uid = "emitter";

/// `payload.json` with each placeholder written as JSON.stringify writes a Buffer,
/// `{"type":"Buffer","data":[1,2]}`: what binary data becomes where the adapter speaks JSON.
/// A placeholder without an attachment becomes null.
std::string degrade_binary(const Payload& payload);

}  // namespace roomcast::adapter::classic

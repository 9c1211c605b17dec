#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

#include <adapter/classic/error.hpp>
#include <adapter/classic/message.hpp>

// What servers answer on `Channels::response()` or `Channels::response_to(uid)`: JSON, except for a client's
// acknowledgement, which is a MessagePack map.

namespace roomcast::adapter::classic {

/// One socket of a server, as `fetchSockets` sees it.
struct RemoteSocket {
  std::string id;
  std::string_view handshake;  ///< JSON; empty if it has none
  std::vector<std::string> rooms;
  std::string_view data;  ///< JSON; empty if it has none
};

// Several answers do not tell what they answer: compare with what was asked.

struct Done {};     ///< to the old forms of 2, 3, 4: only the request id
struct SocketIds {  ///< to 0
  std::vector<std::string> sids;
};
struct Rooms {  ///< to 1
  std::vector<std::string> rooms;
};
struct Sockets {  ///< to 5; also what an empty answer to 0 looks like
  std::vector<RemoteSocket> sockets;
};
struct EmitAnswer {       ///< to 6
  std::string_view data;  ///< JSON of the first argument; empty if the answer had none
};
struct ClientCount {  ///< 8, the first answer to 7
  std::uint64_t clients = 0;
};
struct AckAnswer {          ///< 9, further answers to 7, one for each client
  std::string_view packet;  ///< MessagePack of the first argument, for msgpack::to_json; never empty
};

/// Views are of the payload.
struct Response {
  std::string request_id;
  std::string uid{};  ///< of the server that answers, if it tells: roomcast's do, to each other
  std::variant<Done, SocketIds, Rooms, Sockets, EmitAnswer, ClientCount, AckAnswer> body;
};

/// Only the request id, without judging the rest: answers to all servers meet on one channel, and most are
/// not for us. Nothing if none is found; one that is found in broken bytes may be nonsense.
std::optional<std::string> response_id(std::string_view payload);

/// Reads a response of either encoding. Never throws for what the payload holds.
boost::system::result<Response> decode_response(std::string_view payload, const Limits& limits = {});

std::string encode_done(std::string_view request_id);
std::string encode_socket_ids(std::string_view request_id, std::span<const std::string> sids);
std::string encode_rooms(std::string_view request_id, std::span<const std::string> rooms);
/// The JSON of handshakes and data is copied as it is.
std::string encode_sockets(std::string_view request_id, std::span<const RemoteSocket> sockets);
/// `answer` is the first argument of the acknowledgement, its binary data degrades; without text it is left
/// out.
std::string encode_emit_answer(std::string_view request_id, const Payload& answer);
std::string encode_client_count(std::string_view request_id, std::uint64_t clients);
/// `answer` is the first argument of a client's acknowledgement; without text it is left out.
/// @return the bytes, or what msgpack::from_json has against the answer.
boost::system::result<std::string> encode_ack_answer(std::string_view request_id, const Payload& answer);

}  // namespace roomcast::adapter::classic

#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/error.hpp>
#include <adapter/classic/message.hpp>

// What servers ask of each other on `Channels::request()`: JSON, except for the broadcast with
// acknowledgement, which is a MessagePack map.

namespace roomcast::adapter::classic {

// The forms of old versions carry a socket's id and a request id; they are answered with `encode_done`, and
// only by the server that has the socket.

struct ListSockets {  ///< 0, only sent by old versions
  std::vector<std::string> rooms;
};
struct ListRooms {};  ///< 1
struct Join {         ///< 2
  Opts opts;
  std::vector<std::string> rooms;
};
struct JoinOne {  ///< 2, old form
  std::string sid;
  std::string room;
};
struct Leave {  ///< 3
  Opts opts;
  std::vector<std::string> rooms;
};
struct LeaveOne {  ///< 3, old form
  std::string sid;
  std::string room;
};
struct Disconnect {  ///< 4
  Opts opts;
  bool close = false;
};
struct DisconnectOne {  ///< 4, old form
  std::string sid;
  bool close = false;
};
struct Fetch {  ///< 5
  Opts opts;
};
struct ServerSideEmit {   ///< 6; with a request id it wants an answer
  std::string_view data;  ///< JSON, `["name",…]`
};
struct BroadcastWithAck {  ///< 7
  Event event;
  Opts opts;
};

/// Views are of the payload.
struct Request {
  std::string uid;         ///< empty if it came without: the emitter's 2, 3 and 4
  std::string request_id;  ///< empty if it came without: no answer is wanted
  std::variant<ListSockets, ListRooms, Join, JoinOne, Leave, LeaveOne, Disconnect, DisconnectOne, Fetch,
               ServerSideEmit, BroadcastWithAck>
      body;
};

/// Reads a request of either encoding. Unknown members are skipped; what a type needs must be there and of
/// the right type, where the official adapter would throw. Never throws for what the payload holds.
boost::system::result<Request> decode_request(std::string_view payload, const Limits& limits = {});

// What we send. An empty `uid` is left out: that is how the emitter joins, leaves and disconnects.

std::string encode_list_sockets(std::string_view uid, std::string_view request_id,
                                const std::vector<std::string>& rooms);
std::string encode_list_rooms(std::string_view uid, std::string_view request_id);
std::string encode_join(std::string_view uid, const Opts& opts, const std::vector<std::string>& rooms);
std::string encode_leave(std::string_view uid, const Opts& opts, const std::vector<std::string>& rooms);
std::string encode_disconnect(std::string_view uid, const Opts& opts, bool close);
std::string encode_fetch(std::string_view uid, std::string_view request_id, const Opts& opts);

/// `arguments` is `["name",…]`; its binary data degrades. An empty `request_id` is left out: no answer.
std::string encode_server_side_emit(std::string_view uid, std::string_view request_id,
                                    const Payload& arguments);

/// @return the bytes, or what msgpack::from_json has against the arguments.
boost::system::result<std::string> encode_broadcast_with_ack(std::string_view uid,
                                                             std::string_view request_id,
                                                             std::string_view nsp, const Payload& arguments,
                                                             const Opts& opts);

}  // namespace roomcast::adapter::classic

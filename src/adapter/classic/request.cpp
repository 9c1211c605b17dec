#include <optional>

#include <adapter/classic/request.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>

#include "json_fields.hpp"
#include "msgpack_fields.hpp"

namespace roomcast::adapter::classic {
namespace {

enum class RequestType : unsigned {
  sockets,
  all_rooms,
  remote_join,
  remote_leave,
  remote_disconnect,
  remote_fetch,
  server_side_emit,
  broadcast,
};

/// The texts of a JSON request's members; empty where there is none.
struct Members {
  std::string_view uid, request_id, type, opts, rooms, sid, room, close, data;

  explicit Members(std::string_view payload) {
    static constexpr struct {
      std::string_view name;
      std::string_view Members::* member;
    } all[] = {{"uid", &Members::uid},   {"requestId", &Members::request_id}, {"type", &Members::type},
               {"opts", &Members::opts}, {"rooms", &Members::rooms},          {"sid", &Members::sid},
               {"room", &Members::room}, {"close", &Members::close},          {"data", &Members::data}};
    json::ObjectCursor cursor(payload);
    for (std::string_view key, value; cursor.next(key, value);)
      for (const auto& [name, member] : all)
        if (json::equals(key, name)) this->*member = value;
  }
};

/// The current form has opts, the old one a socket's id.
template <class Many, class One>
boost::system::result<void> read_join_or_leave(const Members& members, const Limits& limits,
                                               Request& request) {
  if (!members.opts.empty()) {
    auto opts = detail::read_opts(members.opts, limits);
    if (!opts) return opts.error();
    auto rooms = detail::read_rooms(members.rooms, limits.max_rooms);
    if (!rooms) return rooms.error();
    request.body = Many{std::move(*opts), std::move(*rooms)};
    return {};
  }
  auto sid = detail::read_string(members.sid);
  if (!sid) return sid.error();
  auto room = detail::read_string(members.room);
  if (!room) return room.error();
  request.body = One{std::move(*sid), std::move(*room)};
  return {};
}

boost::system::result<void> read_disconnect(const Members& members, const Limits& limits, Request& request) {
  bool close = false;
  if (!members.close.empty()) {
    const auto value = detail::read_boolean(members.close);
    if (!value) return value.error();
    close = *value;
  }
  if (!members.opts.empty()) {
    auto opts = detail::read_opts(members.opts, limits);
    if (!opts) return opts.error();
    request.body = Disconnect{std::move(*opts), close};
    return {};
  }
  auto sid = detail::read_string(members.sid);
  if (!sid) return sid.error();
  request.body = DisconnectOne{std::move(*sid), close};
  return {};
}

boost::system::result<void> read_server_side_emit(const Members& members, Request& request) {
  std::string_view name;
  if (!members.data.starts_with('[') || !json::ArrayCursor(members.data).next(name) || !name.starts_with('"'))
    return Error::malformed;
  request.body = ServerSideEmit{members.data};
  return {};
}

boost::system::result<void> read_body(RequestType type, const Members& members, const Limits& limits,
                                      Request& request) {
  switch (type) {
    case RequestType::sockets: {
      auto rooms = detail::read_rooms(members.rooms, limits.max_rooms);
      if (!rooms) return rooms.error();
      request.body = ListSockets{std::move(*rooms)};
      return {};
    }
    case RequestType::all_rooms:
      request.body = ListRooms{};
      return {};
    case RequestType::remote_join:
      return read_join_or_leave<Join, JoinOne>(members, limits, request);
    case RequestType::remote_leave:
      return read_join_or_leave<Leave, LeaveOne>(members, limits, request);
    case RequestType::remote_disconnect:
      return read_disconnect(members, limits, request);
    case RequestType::remote_fetch: {
      auto opts = detail::read_opts(members.opts, limits);
      if (!opts) return opts.error();
      request.body = Fetch{std::move(*opts)};
      return {};
    }
    case RequestType::server_side_emit:
      return read_server_side_emit(members, request);
    case RequestType::broadcast:
      break;  // never in JSON
  }
  return Error::unknown_type;
}

/// Whether the request makes no sense without an id to answer to.
bool must_be_answered(const Request& request) {
  return std::holds_alternative<ListSockets>(request.body) ||
         std::holds_alternative<ListRooms>(request.body) || std::holds_alternative<Fetch>(request.body) ||
         std::holds_alternative<BroadcastWithAck>(request.body);
}

boost::system::result<Request> decode_json(std::string_view payload, const Limits& limits) {
  if (const auto checked = detail::check_json(payload, limits); !checked) return checked.error();
  const Members members(payload);
  Request request;
  if (!members.uid.empty()) {
    auto uid = detail::read_string(members.uid);
    if (!uid) return uid.error();
    request.uid = std::move(*uid);
  }
  if (!members.request_id.empty()) {
    auto id = detail::read_string(members.request_id);
    if (!id) return id.error();
    request.request_id = std::move(*id);
  }
  if (members.type.empty() || !json::read_double(members.type)) return Error::malformed;
  const auto type = json::read_integer<unsigned>(members.type);
  if (!type || *type > static_cast<unsigned>(RequestType::broadcast)) return Error::unknown_type;
  if (const auto read = read_body(static_cast<RequestType>(*type), members, limits, request); !read)
    return read.error();
  if (must_be_answered(request) && request.request_id.empty()) return Error::malformed;
  return request;
}

boost::system::result<Request> decode_msgpack(std::string_view payload, const Limits& limits) {
  msgpack::Reader reader(payload);
  Request request;
  std::optional<std::uint64_t> type;
  std::optional<Event> event;
  std::optional<Opts> opts;
  const auto keep = [](auto result, auto& to) -> boost::system::result<void> {
    if (!result) return result.error();
    to = std::move(*result);
    return {};
  };
  const auto read =
      detail::read_map(reader, limits, [&](std::string_view key) -> boost::system::result<void> {
        if (key == "uid") return keep(detail::read_string(reader), request.uid);
        if (key == "requestId") return keep(detail::read_string(reader), request.request_id);
        if (key == "type") return keep(detail::read_natural(reader), type);
        if (key == "packet") return keep(detail::read_event(reader, limits), event);
        if (key == "opts") return keep(detail::read_opts(reader, limits), opts);
        return detail::skip(reader, limits);
      });
  if (!read) return read.error();
  if (const auto end = reader.expect_end(); !end) return end.error();
  if (!type) return Error::malformed;
  if (*type != static_cast<unsigned>(RequestType::broadcast)) return Error::unknown_type;
  if (request.request_id.empty() || !event || !opts) return Error::malformed;
  request.body = BroadcastWithAck{*event, std::move(*opts)};
  return request;
}

/// Begins a request in JSON. What is empty is left out.
struct RequestWriter {
  base::FrameBuilder out;
  detail::ObjectWriter object{out};

  RequestWriter(std::string_view uid, std::string_view request_id, RequestType type) {
    if (!uid.empty()) object.string("uid", uid);
    if (!request_id.empty()) object.string("requestId", request_id);
    object.number("type", static_cast<unsigned>(type));
  }

  std::string finish() {
    object.end();
    return std::string(out.view());
  }
};

std::string encode_join_or_leave(RequestType type, std::string_view uid, const Opts& opts,
                                 const std::vector<std::string>& rooms) {
  RequestWriter writer(uid, {}, type);
  writer.object.opts("opts", opts);
  writer.object.strings("rooms", rooms);
  return writer.finish();
}

}  // namespace

boost::system::result<Request> decode_request(std::string_view payload, const Limits& limits) {
  return detail::is_json(payload) ? decode_json(payload, limits) : decode_msgpack(payload, limits);
}

std::string encode_list_sockets(std::string_view uid, std::string_view request_id,
                                const std::vector<std::string>& rooms) {
  RequestWriter writer(uid, request_id, RequestType::sockets);
  writer.object.strings("rooms", rooms);
  return writer.finish();
}

std::string encode_list_rooms(std::string_view uid, std::string_view request_id) {
  return RequestWriter(uid, request_id, RequestType::all_rooms).finish();
}

std::string encode_join(std::string_view uid, const Opts& opts, const std::vector<std::string>& rooms) {
  return encode_join_or_leave(RequestType::remote_join, uid, opts, rooms);
}

std::string encode_leave(std::string_view uid, const Opts& opts, const std::vector<std::string>& rooms) {
  return encode_join_or_leave(RequestType::remote_leave, uid, opts, rooms);
}

std::string encode_disconnect(std::string_view uid, const Opts& opts, bool close) {
  RequestWriter writer(uid, {}, RequestType::remote_disconnect);
  writer.object.opts("opts", opts);
  writer.object.boolean("close", close);
  return writer.finish();
}

std::string encode_fetch(std::string_view uid, std::string_view request_id, const Opts& opts) {
  RequestWriter writer(uid, request_id, RequestType::remote_fetch);
  writer.object.opts("opts", opts);
  return writer.finish();
}

std::string encode_server_side_emit(std::string_view uid, std::string_view request_id,
                                    const Payload& arguments) {
  RequestWriter writer(uid, request_id, RequestType::server_side_emit);
  writer.object.json("data", degrade_binary(arguments));
  return writer.finish();
}

boost::system::result<std::string> encode_broadcast_with_ack(std::string_view uid,
                                                             std::string_view request_id,
                                                             std::string_view nsp, const Payload& arguments,
                                                             const Opts& opts) {
  std::string out;
  out.reserve(arguments.json.size() + 192);
  msgpack::Writer writer(out);
  writer.map(5);
  writer.string("uid");
  writer.string(uid);
  writer.string("requestId");
  writer.string(request_id);
  writer.string("type");
  writer.natural(static_cast<unsigned>(RequestType::broadcast));
  writer.string("packet");
  if (const auto written = detail::write_event(out, nsp, arguments); !written) return written.error();
  writer.string("opts");
  detail::write_opts(out, opts, Sender::server);
  return out;
}

}  // namespace roomcast::adapter::classic

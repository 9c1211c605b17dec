#include <adapter/classic/response.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/msgpack/transcode.hpp>

#include "json_fields.hpp"
#include "msgpack_fields.hpp"

namespace roomcast::adapter::classic {
namespace {

constexpr unsigned emit_answer = 6;
constexpr unsigned client_count = 8;
constexpr unsigned ack_answer = 9;

/// The texts of a JSON response's members; empty where there is none.
struct Members {
  std::string_view request_id, uid, type, sockets, rooms, data, client_count;

  explicit Members(std::string_view payload) {
    json::ObjectCursor cursor(payload);
    for (std::string_view key, value; cursor.next(key, value);) {
      if (json::equals(key, "requestId")) request_id = value;
      if (json::equals(key, "uid")) uid = value;
      if (json::equals(key, "type")) type = value;
      if (json::equals(key, "sockets")) sockets = value;
      if (json::equals(key, "rooms")) rooms = value;
      if (json::equals(key, "data")) data = value;
      if (json::equals(key, "clientCount")) client_count = value;
    }
  }
};

boost::system::result<RemoteSocket> read_socket(std::string_view value, const Limits& limits) {
  if (!value.starts_with('{')) return Error::malformed;
  RemoteSocket socket;
  std::string_view id;
  std::string_view rooms;
  json::ObjectCursor cursor(value);
  for (std::string_view key, member; cursor.next(key, member);) {
    if (json::equals(key, "id")) id = member;
    if (json::equals(key, "handshake")) socket.handshake = member;
    if (json::equals(key, "rooms")) rooms = member;
    if (json::equals(key, "data")) socket.data = member;
  }
  auto name = detail::read_string(id);
  if (!name) return name.error();
  socket.id = std::move(*name);
  if (rooms.empty()) return socket;
  auto names = detail::read_rooms(rooms, limits.max_rooms);
  if (!names) return names.error();
  socket.rooms = std::move(*names);
  return socket;
}

/// Ids in the old form, whole sockets in the current one.
boost::system::result<void> read_sockets(std::string_view value, const Limits& limits, Response& response) {
  if (!value.starts_with('[')) return Error::malformed;
  std::string_view element;
  if (json::ArrayCursor(value).next(element) && element.starts_with('"')) {
    auto sids = detail::read_rooms(value, limits.max_answers);
    if (!sids) return sids.error();
    response.body = SocketIds{std::move(*sids)};
    return {};
  }
  Sockets answer;
  json::ArrayCursor cursor(value);
  while (cursor.next(element)) {
    if (answer.sockets.size() == limits.max_answers) return Error::too_many_rooms;
    auto socket = read_socket(element, limits);
    if (!socket) return socket.error();
    answer.sockets.push_back(std::move(*socket));
  }
  response.body = std::move(answer);
  return {};
}

boost::system::result<void> read_body(const Members& members, const Limits& limits, Response& response) {
  if (!members.type.empty()) {
    const auto type = json::read_integer<unsigned>(members.type);
    if (!type) return Error::malformed;
    if (*type == client_count) {
      const auto clients = json::read_integer<std::uint64_t>(members.client_count);
      if (!clients) return Error::malformed;
      response.body = ClientCount{*clients};
      return {};
    }
    if (*type == emit_answer) {
      response.body = EmitAnswer{members.data};
      return {};
    }
    return Error::unknown_type;
  }
  if (!members.sockets.empty()) return read_sockets(members.sockets, limits, response);
  if (!members.rooms.empty()) {
    auto rooms = detail::read_rooms(members.rooms, limits.max_answers);
    if (!rooms) return rooms.error();
    response.body = Rooms{std::move(*rooms)};
  }
  return {};
}

boost::system::result<Response> decode_json(std::string_view payload, const Limits& limits) {
  if (const auto checked = detail::check_json(payload, limits); !checked) return checked.error();
  const Members members(payload);
  Response response;
  auto id = detail::read_string(members.request_id);
  if (!id) return id.error();
  response.request_id = std::move(*id);
  if (auto uid = detail::read_string(members.uid)) response.uid = std::move(*uid);
  if (const auto read = read_body(members, limits, response); !read) return read.error();
  return response;
}

boost::system::result<Response> decode_msgpack(std::string_view payload, const Limits& limits) {
  static constexpr std::string_view nil("\xc0", 1);
  msgpack::Reader reader(payload);
  std::optional<std::string_view> id;
  std::optional<std::uint64_t> type;
  std::string_view packet = nil;  // notepack leaves undefined out
  const auto keep = [](const auto& result, auto& to) -> boost::system::result<void> {
    if (!result) return result.error();
    to = *result;
    return {};
  };
  const auto read =
      detail::read_map(reader, limits, [&](std::string_view key) -> boost::system::result<void> {
        if (key == "requestId") return keep(detail::read_string(reader), id);
        if (key == "type") return keep(detail::read_natural(reader), type);
        if (key == "packet") return keep(reader.skip(limits.max_depth), packet);
        return detail::skip(reader, limits);
      });
  if (!read) return read.error();
  if (const auto end = reader.expect_end(); !end) return end.error();
  if (!id || !type) return Error::malformed;
  if (*type != ack_answer) return Error::unknown_type;
  return Response{std::string(*id), {}, AckAnswer{packet}};
}

/// Begins a response in JSON.
struct ResponseWriter {
  base::FrameBuilder out;
  detail::ObjectWriter object{out};

  explicit ResponseWriter(std::string_view request_id, std::optional<unsigned> type = std::nullopt) {
    if (type) object.number("type", *type);
    object.string("requestId", request_id);
  }

  std::string finish() {
    object.end();
    return std::string(out.view());
  }
};

}  // namespace

std::optional<std::string> response_id(std::string_view payload) {
  if (detail::is_json(payload)) {
    json::ObjectCursor cursor(payload);
    for (std::string_view key, value; cursor.next(key, value);)
      if (json::equals(key, "requestId"))
        return value.starts_with('"') ? std::optional(json::unescape(value)) : std::nullopt;
    return std::nullopt;
  }
  msgpack::Reader reader(payload);
  const auto members = reader.map();
  if (!members) return std::nullopt;
  for (std::size_t i = 0; i < *members; ++i) {
    const auto key = reader.string();
    if (!key) return std::nullopt;
    if (*key == "requestId") {
      const auto id = reader.string();
      return id ? std::optional(std::string(*id)) : std::nullopt;
    }
    if (!reader.skip()) return std::nullopt;
  }
  return std::nullopt;
}

boost::system::result<Response> decode_response(std::string_view payload, const Limits& limits) {
  return detail::is_json(payload) ? decode_json(payload, limits) : decode_msgpack(payload, limits);
}

std::string encode_done(std::string_view request_id) { return ResponseWriter(request_id).finish(); }

std::string encode_socket_ids(std::string_view request_id, std::span<const std::string> sids) {
  ResponseWriter writer(request_id);
  writer.object.strings("sockets", sids);
  return writer.finish();
}

std::string encode_rooms(std::string_view request_id, std::span<const std::string> rooms) {
  ResponseWriter writer(request_id);
  writer.object.strings("rooms", rooms);
  return writer.finish();
}

std::string encode_sockets(std::string_view request_id, std::span<const RemoteSocket> sockets) {
  ResponseWriter writer(request_id);
  writer.object.key("sockets");
  writer.out.append('[');
  bool first = true;
  for (const RemoteSocket& socket : sockets) {
    if (!first) writer.out.append(',');
    first = false;
    detail::ObjectWriter object(writer.out);
    object.string("id", socket.id);
    if (!socket.handshake.empty()) object.json("handshake", socket.handshake);
    object.strings("rooms", socket.rooms);
    if (!socket.data.empty()) object.json("data", socket.data);
    object.end();
  }
  writer.out.append(']');
  return writer.finish();
}

std::string encode_emit_answer(std::string_view request_id, const Payload& answer) {
  ResponseWriter writer(request_id, emit_answer);
  if (!answer.json.empty()) writer.object.json("data", degrade_binary(answer));
  return writer.finish();
}

std::string encode_client_count(std::string_view request_id, std::uint64_t clients) {
  ResponseWriter writer(request_id, client_count);
  writer.object.number("clientCount", clients);
  return writer.finish();
}

boost::system::result<std::string> encode_ack_answer(std::string_view request_id, const Payload& answer) {
  std::string out;
  out.reserve(answer.json.size() + 48);
  msgpack::Writer writer(out);
  writer.map(answer.json.empty() ? 2 : 3);
  writer.string("type");
  writer.natural(ack_answer);
  writer.string("requestId");
  writer.string(request_id);
  if (answer.json.empty()) return out;
  writer.string("packet");
  if (const auto written = msgpack::from_json(out, answer.json, answer.attachments); !written)
    return written.error();
  return out;
}

}  // namespace roomcast::adapter::classic

#include "msgpack_fields.hpp"

#include <algorithm>
#include <cmath>

#include <base/frame.hpp>
#include <protocol/json/writer.hpp>
#include <protocol/msgpack/transcode.hpp>
#include <protocol/socketio/packet.hpp>

namespace roomcast::adapter::classic::detail {
namespace {

using msgpack::Type;

bool missing(const msgpack::Token& token) noexcept {
  return token.type == Type::undefined || token.type == Type::nil;
}

/// What a room's name is for those who know it as text.
boost::system::result<std::string> room_name(const msgpack::Token& token) {
  switch (token.type) {
    case Type::string:
      return std::string(token.bytes);
    case Type::integer:
      return std::to_string(token.integer);
    case Type::natural:
      return std::to_string(token.natural);
    case Type::number: {
      base::FrameBuilder text(32);
      json::write_number(text, token.number);
      return std::string(text.view());
    }
    default:
      return Error::malformed;
  }
}

boost::system::result<void> read_rooms(msgpack::Reader& reader, const Limits& limits,
                                       std::vector<std::string>& rooms) {
  rooms.clear();
  const auto head = reader.next();
  if (!head) return head.error();
  if (missing(*head)) return {};
  if (head->type != Type::array) return Error::malformed;
  if (head->natural > limits.max_rooms) return Error::too_many_rooms;
  for (std::uint64_t i = 0; i < head->natural; ++i) {
    const auto element = reader.next();
    if (!element) return element.error();
    auto name = room_name(*element);
    if (!name) return name.error();
    rooms.push_back(std::move(*name));
  }
  return {};
}

boost::system::result<void> read_flag(msgpack::Reader& reader, bool& flag) {
  const auto token = reader.next();
  if (!token) return token.error();
  if (token->type == Type::boolean)
    flag = token->boolean;
  else if (!missing(*token))
    return Error::malformed;
  return {};
}

boost::system::result<void> read_timeout(msgpack::Reader& reader,
                                         std::optional<std::chrono::milliseconds>& timeout) {
  constexpr double longest = 2'147'483'647;  // setTimeout's, in JavaScript
  const auto token = reader.next();
  if (!token) return token.error();
  double milliseconds = 0;
  if (token->type == Type::natural)
    milliseconds = static_cast<double>(token->natural);
  else if (token->type == Type::number && !std::isnan(token->number))
    milliseconds = token->number;
  else if (missing(*token))
    return {};
  else if (token->type != Type::integer)  // a negative one is over at once
    return Error::malformed;
  timeout = std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(milliseconds, 0.0, longest)));
  return {};
}

boost::system::result<void> read_flags(msgpack::Reader& reader, const Limits& limits, Flags& flags) {
  msgpack::Reader ahead = reader;
  const auto head = ahead.next();
  if (!head) return head.error();
  if (missing(*head)) {
    reader = ahead;
    return {};
  }
  return read_map(reader, limits, [&](std::string_view key) -> boost::system::result<void> {
    if (key == "volatile") return read_flag(reader, flags.volatile_);
    if (key == "compress") return read_flag(reader, flags.compress);
    if (key == "expectSingleResponse") return read_flag(reader, flags.expect_single_response);
    if (key == "timeout") return read_timeout(reader, flags.timeout);
    return skip(reader, limits);
  });
}

/// An event's arguments begin with its name: text that is not reserved, or a number, which clients accept.
boost::system::result<void> check_event(std::string_view data) {
  msgpack::Reader reader(data);
  const auto head = reader.next();
  if (!head) return head.error();
  if (head->type != Type::array || head->natural == 0) return Error::unsupported_packet;
  const auto name = reader.next();
  if (!name) return name.error();
  const bool text = name->type == Type::string && !socketio::reserved_event(name->bytes);
  const bool number = name->type == Type::natural || name->type == Type::integer ||
                      (name->type == Type::number && std::isfinite(name->number));
  if (!text && !number) return Error::unsupported_packet;
  return {};
}

void write_flags(msgpack::Writer& writer, const Flags& flags) {
  writer.map(std::size_t{flags.volatile_} + std::size_t{!flags.compress} +
             std::size_t{flags.expect_single_response} + std::size_t{flags.timeout.has_value()});
  if (flags.volatile_) {
    writer.string("volatile");
    writer.boolean(true);
  }
  if (!flags.compress) {
    writer.string("compress");
    writer.boolean(false);
  }
  if (flags.expect_single_response) {
    writer.string("expectSingleResponse");
    writer.boolean(true);
  }
  if (flags.timeout) {
    writer.string("timeout");
    writer.integer(flags.timeout->count());
  }
}

void write_rooms(msgpack::Writer& writer, std::string_view key, const std::vector<std::string>& rooms) {
  writer.string(key);
  writer.array(rooms.size());
  for (const std::string& room : rooms) writer.string(room);
}

}  // namespace

boost::system::result<std::string_view> read_string(msgpack::Reader& reader) {
  const auto token = reader.next();
  if (!token) return token.error();
  if (token->type != Type::string) return Error::malformed;
  return token->bytes;
}

boost::system::result<std::uint64_t> read_natural(msgpack::Reader& reader) {
  const auto token = reader.next();
  if (!token) return token.error();
  if (token->type != Type::natural) return Error::malformed;
  return token->natural;
}

boost::system::result<void> skip(msgpack::Reader& reader, const Limits& limits) {
  const auto skipped = reader.skip(limits.max_depth);
  if (!skipped) return skipped.error();
  return {};
}

boost::system::result<Opts> read_opts(msgpack::Reader& reader, const Limits& limits) {
  Opts opts;
  const auto read = read_map(reader, limits, [&](std::string_view key) -> boost::system::result<void> {
    if (key == "rooms") return read_rooms(reader, limits, opts.rooms);
    if (key == "except") return read_rooms(reader, limits, opts.except);
    if (key == "flags") return read_flags(reader, limits, opts.flags);
    return skip(reader, limits);
  });
  if (!read) return read.error();
  return opts;
}

boost::system::result<Event> read_event(msgpack::Reader& reader, const Limits& limits) {
  Event event;
  std::uint64_t type = 0;
  const auto read = read_map(reader, limits, [&](std::string_view key) -> boost::system::result<void> {
    if (key == "data") {
      const auto data = reader.skip(limits.max_depth);
      if (!data) return data.error();
      event.data = *data;
      return {};
    }
    if (key == "nsp") {
      const auto nsp = reader.next();
      if (!nsp) return nsp.error();
      if (nsp->type == Type::undefined) return {};
      if (nsp->type != Type::string) return Error::malformed;
      event.nsp = nsp->bytes;
      return {};
    }
    if (key == "type") {
      const auto number = read_natural(reader);
      if (!number) return number.error();
      type = *number;
      return {};
    }
    return skip(reader, limits);
  });
  if (!read) return read.error();
  const bool supported = type == static_cast<std::uint64_t>(socketio::PacketType::event) ||
                         type == static_cast<std::uint64_t>(socketio::PacketType::binary_event);
  if (!supported) return Error::unsupported_packet;
  if (event.data.empty()) return Error::malformed;
  if (const auto checked = check_event(event.data); !checked) return checked.error();
  return event;
}

void write_opts(std::string& out, const Opts& opts, Sender sender) {
  msgpack::Writer writer(out);
  writer.map(3);
  write_rooms(writer, "rooms", opts.rooms);
  if (sender == Sender::server) write_rooms(writer, "except", opts.except);
  writer.string("flags");
  write_flags(writer, opts.flags);
  if (sender == Sender::emitter) write_rooms(writer, "except", opts.except);
}

boost::system::result<void> write_event(std::string& out, std::string_view nsp, const Payload& arguments) {
  msgpack::Writer writer(out);
  writer.map(3);
  writer.string("type");
  writer.natural(static_cast<std::uint64_t>(socketio::PacketType::event));  // also if it has binary data
  writer.string("data");
  if (const auto written = msgpack::from_json(out, arguments.json, arguments.attachments); !written)
    return written.error();
  writer.string("nsp");
  writer.string(nsp);
  return {};
}

}  // namespace roomcast::adapter::classic::detail

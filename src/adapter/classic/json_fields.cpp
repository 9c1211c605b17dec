#include "json_fields.hpp"

#include <base/utf8.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/json/writer.hpp>

namespace roomcast::adapter::classic::detail {

boost::system::result<void> check_json(std::string_view payload, const Limits& limits) {
  if (!base::is_valid_utf8(payload)) return Error::not_utf8;
  return json::validate(payload, limits.max_depth);
}

boost::system::result<std::string> read_string(std::string_view value) {
  if (!value.starts_with('"')) return Error::malformed;
  return json::unescape(value);
}

boost::system::result<bool> read_boolean(std::string_view value) {
  if (value != "true" && value != "false") return Error::malformed;
  return value == "true";
}

boost::system::result<std::vector<std::string>> read_rooms(std::string_view value, std::size_t max_rooms) {
  if (!value.starts_with('[')) return Error::malformed;
  std::vector<std::string> rooms;
  json::ArrayCursor cursor(value);
  for (std::string_view element; cursor.next(element);) {
    if (rooms.size() == max_rooms) return Error::too_many_rooms;
    if (element.starts_with('"')) {
      rooms.push_back(json::unescape(element));
    } else if (const auto number = json::read_double(element)) {
      base::FrameBuilder text(32);
      json::write_number(text, *number);
      rooms.emplace_back(text.view());
    } else {
      return Error::malformed;
    }
  }
  return rooms;
}

boost::system::result<Opts> read_opts(std::string_view value, const Limits& limits) {
  if (!value.starts_with('{')) return Error::malformed;
  Opts opts;
  json::ObjectCursor cursor(value);
  for (std::string_view key, member; cursor.next(key, member);) {
    const bool rooms = json::equals(key, "rooms");
    if (!rooms && !json::equals(key, "except")) continue;
    auto names = read_rooms(member, limits.max_rooms);
    if (!names) return names.error();
    (rooms ? opts.rooms : opts.except) = std::move(*names);
  }
  return opts;
}

void ObjectWriter::key(std::string_view key) {
  out_->append(first_ ? '{' : ',');
  first_ = false;
  json::write_string(*out_, key);
  out_->append(':');
}

void ObjectWriter::string(std::string_view name, std::string_view text) {
  key(name);
  json::write_string(*out_, text);
}

void ObjectWriter::number(std::string_view name, std::uint64_t number) {
  key(name);
  json::write_number(*out_, number);
}

void ObjectWriter::boolean(std::string_view name, bool value) {
  key(name);
  out_->append(value ? "true" : "false");
}

void ObjectWriter::json(std::string_view name, std::string_view text) {
  key(name);
  out_->append(text);
}

void ObjectWriter::strings(std::string_view name, std::span<const std::string> texts) {
  key(name);
  out_->append('[');
  bool first = true;
  for (const std::string& text : texts) {
    if (!first) out_->append(',');
    first = false;
    json::write_string(*out_, text);
  }
  out_->append(']');
}

void ObjectWriter::opts(std::string_view name, const Opts& opts) {
  key(name);
  ObjectWriter inner(*out_);
  inner.strings("rooms", opts.rooms);
  inner.strings("except", opts.except);
  inner.end();
}

}  // namespace roomcast::adapter::classic::detail

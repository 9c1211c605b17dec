#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>

#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/socketio/placeholder.hpp>
#include <roomcast/value.hpp>

namespace roomcast {
namespace {

const Value& null_value() {
  static const Value null;
  return null;
}

// The bytes that a placeholder stands for, if the value is one.
std::optional<std::string_view> attachment_of(const detail::Source& from) {
  if (from.payload->attachments.empty()) return std::nullopt;
  const auto placeholder = socketio::read_placeholder(from.json);
  if (!placeholder || !placeholder->num || *placeholder->num >= from.payload->attachments.size())
    return std::nullopt;
  return from.payload->attachments[*placeholder->num];
}

}  // namespace

namespace detail {

std::shared_ptr<const Payload> Payload::keep(std::string_view text,
                                             std::span<const std::string_view> attachments) {
  using Word = std::uint64_t;
  static_assert(std::is_trivially_destructible_v<Payload> && alignof(Payload) <= alignof(Word) &&
                sizeof(Payload) % alignof(std::string_view) == 0);
  std::size_t size = sizeof(Payload) + attachments.size_bytes() + text.size();
  for (const std::string_view attachment : attachments) size += attachment.size();
  auto memory = std::make_shared_for_overwrite<Word[]>((size + sizeof(Word) - 1) / sizeof(Word));
  auto* payload = new (memory.get()) Payload;
  auto* views = reinterpret_cast<std::string_view*>(payload + 1);
  auto* to = reinterpret_cast<char*>(views + attachments.size());
  const auto copy = [&to](std::string_view bytes) {
    const std::string_view kept(to, bytes.size());
    to += bytes.copy(to, bytes.size());
    return kept;
  };
  payload->text = copy(text);
  payload->attachments = {views, attachments.size()};
  for (const std::string_view attachment : attachments) new (views++) std::string_view(copy(attachment));
  return {std::move(memory), payload};
}

const std::shared_ptr<const Payload>& PayloadRef::own() {
  if (!owner) owner = Payload::keep(text, attachments);
  return owner;
}

bool is_null(const Source& from) { return from.json == "null"; }

bool read(const Source& from, bool& out) {
  out = from.json == "true";
  return out || from.json == "false";
}

bool read(const Source& from, std::int64_t& out) {
  const auto number = json::read_integer<std::int64_t>(from.json);
  if (number) out = *number;
  return number.has_value();
}

bool read(const Source& from, std::uint64_t& out) {
  const auto number = json::read_integer<std::uint64_t>(from.json);
  if (number) out = *number;
  return number.has_value();
}

bool read(const Source& from, double& out) {
  const auto number = json::read_double(from.json);
  if (number) out = *number;
  return number.has_value();
}

bool read(const Source& from, std::string& out) {
  if (json::kind_of(from.json) != json::Kind::string) return false;
  out = json::unescape(from.json);
  return true;
}

bool read(const Source& from, Bytes& out) {
  const auto bytes = attachment_of(from);
  if (bytes) out.assign(bytes->begin(), bytes->end());
  return bytes.has_value();
}

bool read(const Source& from, Value& out) {
  const std::size_t at = static_cast<std::size_t>(from.json.data() - from.payload->text.data());
  const auto& owner = from.payload->own();
  out = Value(owner, owner->text.substr(at, from.json.size()));
  return true;
}

bool read(const Source& from, boost::json::value& out) {
  out = json::parse_valid(from.json);
  return true;
}

std::optional<std::vector<Source>> elements(const Source& from) {
  if (json::kind_of(from.json) != json::Kind::array) return std::nullopt;
  std::vector<Source> all;
  json::ArrayCursor cursor(from.json);
  for (std::string_view element; cursor.next(element);) all.push_back({element, from.payload});
  return all;
}

std::optional<std::vector<std::pair<std::string, Source>>> members(const Source& from) {
  if (json::kind_of(from.json) != json::Kind::object) return std::nullopt;
  std::vector<std::pair<std::string, Source>> all;
  json::ObjectCursor cursor(from.json);
  for (std::string_view key, value; cursor.next(key, value);)
    all.emplace_back(json::unescape(key), Source{value, from.payload});
  return all;
}

}  // namespace detail

Value Value::parse(std::string_view text) {
  text = json::trim(text);
  if (!json::validate(text))
    throw std::invalid_argument("not a JSON value: " + std::string(text.substr(0, 100)));
  auto payload = detail::Payload::keep(text, {});
  const std::string_view json = payload->text;
  return {std::move(payload), json};
}

std::span<const std::string_view> Value::attachments() const noexcept {
  return payload_ ? payload_->attachments : std::span<const std::string_view>();
}

Value Value::operator[](std::string_view key) const {
  Value found;
  if (!is_object()) return found;
  json::ObjectCursor cursor(json_);
  for (std::string_view raw_key, value; cursor.next(raw_key, value);)
    if (json::equals(raw_key, key)) found = Value(payload_, value);
  return found;
}

Value Value::operator[](std::size_t index) const {
  if (!is_array()) return {};
  json::ArrayCursor cursor(json_);
  for (std::string_view element; cursor.next(element); --index)
    if (index == 0) return {payload_, element};
  return {};
}

const Value& Args::operator[](std::size_t index) const noexcept {
  return index < values_.size() ? values_[index] : null_value();
}

}  // namespace roomcast

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <protocol/json/writer.hpp>

namespace roomcast::json {
namespace {

/// The array index that `key` spells, the way JavaScript would write it. ECMA-262 §6.1.7.
std::optional<std::uint32_t> array_index(std::string_view key) noexcept {
  if (key.empty() || key.size() > 10 || key[0] < '0' || key[0] > '9') return std::nullopt;
  if (key[0] == '0' && key.size() > 1) return std::nullopt;
  std::uint32_t index = 0;
  const auto [behind, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc{} || behind != key.data() + key.size() || index == 0xFFFFFFFF) return std::nullopt;
  return index;
}

void write_array(base::FrameBuilder& out, const boost::json::array& elements) {
  out.append('[');
  bool first = true;
  for (const boost::json::value& element : elements) {
    if (!std::exchange(first, false)) out.append(',');
    write(out, element);
  }
  out.append(']');
}

void write_object(base::FrameBuilder& out, const boost::json::object& members) {
  std::vector<std::pair<std::uint32_t, const boost::json::key_value_pair*>> indices;  // seldom any
  for (const auto& member : members)
    if (const auto index = array_index(member.key())) indices.emplace_back(*index, &member);
  std::sort(indices.begin(), indices.end());

  bool first = true;
  const auto write_member = [&](const boost::json::key_value_pair& member) {
    if (!std::exchange(first, false)) out.append(',');
    write_string(out, member.key());
    out.append(':');
    write(out, member.value());
  };
  out.append('{');
  for (const auto& [index, member] : indices) write_member(*member);
  for (const auto& member : members)
    if (indices.empty() || !array_index(member.key())) write_member(member);
  out.append('}');
}

}  // namespace

void write(base::FrameBuilder& out, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out.append("null");
      break;
    case boost::json::kind::bool_:
      out.append(value.get_bool() ? "true" : "false");
      break;
    case boost::json::kind::int64:
      write_number(out, value.get_int64());
      break;
    case boost::json::kind::uint64:
      write_number(out, value.get_uint64());
      break;
    case boost::json::kind::double_:
      write_number(out, value.get_double());
      break;
    case boost::json::kind::string:
      write_string(out, value.get_string());
      break;
    case boost::json::kind::array:
      write_array(out, value.get_array());
      break;
    case boost::json::kind::object:
      write_object(out, value.get_object());
      break;
  }
}

}  // namespace roomcast::json

#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/mp11/algorithm.hpp>

#include <roomcast/value.hpp>

// How C++ values become arguments of an event, without a tree in between:
//
//   nullptr, std::nullopt            null
//   bool, integers, floating point   as JSON.stringify writes them
//   strings                          strings; what is not UTF-8 becomes U+FFFD
//   Bytes                            an attachment, at any depth
//   Value                            the text as it was received
//   Args                             as an argument: all its values, each an argument of its own
//   boost::json values               as they are
//   ranges, tuples, pairs            arrays
//   maps with string keys            objects
//   described structs                objects (BOOST_DESCRIBE_STRUCT)
//   anything else                    through boost::json::value_from

namespace roomcast::detail {

/// Writes one packet front to back. For the library's templates.
class Encoder {
 public:
  /// An event's packet up to its name. Throws std::invalid_argument if the name is reserved.
  static Encoder event(std::string_view nsp, std::string_view name, std::optional<std::uint64_t> ack_id);
  /// An acknowledgement's packet.
  static Encoder ack(std::string_view nsp, std::uint64_t ack_id);
  /// Values only.
  static Encoder value();
  /// What servers tell each other: `["event"`. Throws std::invalid_argument if the name is reserved.
  static Encoder server_side_event(std::string_view name);

  Encoder(Encoder&&) noexcept;
  ~Encoder();

  /// Whether transports may compress the packet.
  void compress(bool may);
  void null();
  void boolean(bool value);
  void integer(std::int64_t value);
  void natural(std::uint64_t value);
  void number(double value);
  void string(std::string_view text);
  void bytes(std::string_view bytes);
  void json(const boost::json::value& value);
  void relay(const Value& value);
  void raw(char punctuation);
  /// The comma in front of an argument, unless it is the first.
  void separator();

  struct State;
  State& state() noexcept { return *reinterpret_cast<State*>(storage_); }

 private:
  Encoder();
  // A base::FrameBuilder and its company, kept out of the public headers without an allocation.
  alignas(void*) unsigned char storage_[80];
};

template <class T>
concept Described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

template <class T>
concept StringLike = std::convertible_to<const T&, std::string_view> && !std::same_as<T, std::nullptr_t>;

template <class T>
concept MapLike = requires(const T& map) {
  { map.begin()->first } -> StringLike;
  map.begin()->second;
  typename T::mapped_type;
};

template <class T>
concept RangeLike = requires(const T& range) {
  range.begin() != range.end();
  *range.begin();
} && !StringLike<T> && !MapLike<T>;

template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; };

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
concept JsonLibraryType = std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
                          std::same_as<T, boost::json::array> || std::same_as<T, boost::json::string>;

template <class T>
void encode(Encoder& out, const T& value);

template <class T>
void encode_members(Encoder& out, const T& object) {
  using namespace boost::describe;
  bool first = true;
  boost::mp11::mp_for_each<describe_members<T, mod_public | mod_inherited>>([&](auto member) {
    if (!std::exchange(first, false)) out.raw(',');
    out.string(member.name);
    out.raw(':');
    encode(out, object.*member.pointer);
  });
}

template <class T>
void encode(Encoder& out, const T& value) {
  if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::nullopt_t>) {
    out.null();
  } else if constexpr (std::same_as<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::signed_integral<T>) {
    out.integer(value);
  } else if constexpr (std::unsigned_integral<T>) {
    out.natural(value);
  } else if constexpr (std::floating_point<T>) {
    out.number(static_cast<double>(value));
  } else if constexpr (std::same_as<T, Bytes>) {
    out.bytes(value.view());
  } else if constexpr (std::same_as<T, Value>) {
    out.relay(value);
  } else if constexpr (JsonLibraryType<T>) {
    out.json(value);
  } else if constexpr (StringLike<T>) {
    out.string(value);
  } else if constexpr (is_optional<T>::value) {
    if (value) {
      encode(out, *value);
    } else {
      out.null();
    }
  } else if constexpr (MapLike<T>) {
    out.raw('{');
    bool first = true;
    for (const auto& [key, member] : value) {
      if (!std::exchange(first, false)) out.raw(',');
      out.string(key);
      out.raw(':');
      encode(out, member);
    }
    out.raw('}');
  } else if constexpr (RangeLike<T>) {
    out.raw('[');
    bool first = true;
    for (const auto& element : value) {
      if (!std::exchange(first, false)) out.raw(',');
      encode(out, static_cast<const std::decay_t<decltype(element)>&>(element));
    }
    out.raw(']');
  } else if constexpr (Described<T>) {
    out.raw('{');
    encode_members(out, value);
    out.raw('}');
  } else if constexpr (TupleLike<T>) {
    out.raw('[');
    std::apply(
        [&out](const auto&... element) {
          bool first = true;
          ((std::exchange(first, false) ? void() : out.raw(','), encode(out, element)), ...);
        },
        value);
    out.raw(']');
  } else {
    out.json(boost::json::value_from(value));
  }
}

/// Writes an argument and the comma in front of it. `Args` are spread: each of its values is an argument.
template <class T>
void encode_argument(Encoder& out, const T& value) {
  if constexpr (std::same_as<T, Args>) {
    for (const Value& one : value) {
      out.separator();
      out.relay(one);
    }
  } else {
    out.separator();
    encode(out, value);
  }
}

Value finish_value(Encoder&& encoder);

}  // namespace roomcast::detail

namespace roomcast {

template <class T>
Value Value::of(const T& value) {
  detail::Encoder encoder = detail::Encoder::value();
  detail::encode(encoder, value);
  return detail::finish_value(std::move(encoder));
}

}  // namespace roomcast

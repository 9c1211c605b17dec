#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace roomcast {

/// What Redis answered: a plain value, to be moved and kept as the caller likes. Not shared between threads
/// by itself.
struct RedisReply {
  /// What kind of reply: RESP2 has these.
  enum class Kind : std::uint8_t { nil, status, error, integer, bulk, array };

  Kind kind = Kind::nil;             ///< which of the members below means something
  std::int64_t integer = 0;          ///< of an integer
  std::string text;                  ///< of a status (`OK`), an error (`ERR …`) or a bulk string
  std::vector<RedisReply> elements;  ///< of an array

  ///@{
  /// Makes a reply of that kind.
  static RedisReply nil() { return {}; }
  static RedisReply status(std::string text) { return {Kind::status, 0, std::move(text), {}}; }
  static RedisReply error(std::string text) { return {Kind::error, 0, std::move(text), {}}; }
  static RedisReply number(std::int64_t value) { return {Kind::integer, value, {}, {}}; }
  static RedisReply bulk(std::string bytes) { return {Kind::bulk, 0, std::move(bytes), {}}; }
  static RedisReply array(std::vector<RedisReply> elements) {
    return {Kind::array, 0, {}, std::move(elements)};
  }
  ///@}

  ///@{
  /// Whether it is of that kind.
  bool is_nil() const noexcept { return kind == Kind::nil; }
  bool is_status() const noexcept { return kind == Kind::status; }
  bool is_error() const noexcept { return kind == Kind::error; }
  bool is_integer() const noexcept { return kind == Kind::integer; }
  bool is_bulk() const noexcept { return kind == Kind::bulk; }
  bool is_array() const noexcept { return kind == Kind::array; }
  ///@}

  /// Whether both are the same all through.
  friend bool operator==(const RedisReply&, const RedisReply&) = default;
};

}  // namespace roomcast

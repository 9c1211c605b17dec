#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include <adapter/classic/error.hpp>
#include <adapter/classic/message.hpp>
#include <base/frame.hpp>

// The parts that requests and answers in JSON share.

namespace roomcast::adapter::classic::detail {

/// Whether the message is one JSON object: its first byte tells the two encodings apart.
inline bool is_json(std::string_view payload) noexcept { return payload.starts_with('{'); }

/// Checks what the readers below rely on.
boost::system::result<void> check_json(std::string_view payload, const Limits& limits);

// Each is given a value's text, empty if the member was missing, which is malformed like any wrong type.

boost::system::result<std::string> read_string(std::string_view value);
boost::system::result<bool> read_boolean(std::string_view value);
/// Strings; numbers as their text.
boost::system::result<std::vector<std::string>> read_rooms(std::string_view value, std::size_t max_rooms);
/// An object with `rooms` and `except`, of which either may be missing.
boost::system::result<Opts> read_opts(std::string_view value, const Limits& limits);

/// Writes one object, member by member.
class ObjectWriter {
 public:
  explicit ObjectWriter(base::FrameBuilder& out) : out_(&out) {}

  void string(std::string_view key, std::string_view text);
  void number(std::string_view key, std::uint64_t number);
  void boolean(std::string_view key, bool value);
  void json(std::string_view key, std::string_view text);
  void strings(std::string_view key, std::span<const std::string> texts);
  void opts(std::string_view key, const Opts& opts);
  void end() { out_->append(first_ ? "{}" : "}"); }
  /// Begins a member whose value the caller writes.
  void key(std::string_view key);

 private:
  base::FrameBuilder* out_;
  bool first_ = true;
};

}  // namespace roomcast::adapter::classic::detail

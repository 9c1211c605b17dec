#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include <redis/error.hpp>

namespace roomcast::resp {

enum class ReplyError {
  protocol_violation = 1,  ///< not RESP2, or nested deeper than 7 arrays
  too_large,               ///< announces or holds more than the limit
};
const boost::system::error_category& reply_category() noexcept;
inline boost::system::error_code make_error_code(ReplyError error) noexcept {
  return {static_cast<int>(error), reply_category()};
}

/// Bytes in, replies out: hiredis's reader behind limits. After an error it stays in error.
///
/// What one reply may hold is counted while it is read: the bytes of its strings and 72 per element, from the
/// lengths that are announced, so nothing is kept for a reply that will be refused. A line may have 16 KiB.
/// No thread of its own, no I/O.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t max_reply_bytes);
  ~ReplyReader();
  ReplyReader(ReplyReader&&) noexcept;
  ReplyReader& operator=(ReplyReader&&) noexcept;

  /// Takes the next piece of the stream, up to 64 KiB at a time for the best speed. Call `next` until it has
  /// nothing before the next piece.
  void feed(std::string_view bytes);
  /// The next whole reply, nothing if more bytes are needed, or a ReplyError.
  boost::system::result<std::optional<Reply>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roomcast::resp

template <>
struct boost::system::is_error_code_enum<roomcast::resp::ReplyError> : std::true_type {};

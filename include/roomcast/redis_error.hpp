#pragma once

#include <string>
#include <type_traits>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace roomcast {

/// Why a command to Redis has no answer, or none of use.
enum class RedisErrorCode {
  connection_lost =
      1,    ///< the command was written, then the connection died: nobody knows whether it was done
  dropped,  ///< Redis was away and the command waited too long or found the buffer full: it was not sent
  publish_too_large,  ///< a PUBLISH above the configured size: it was not sent
  not_allowed,        ///< would spoil a connection that others share (SUBSCRIBE, raw MULTI, BLPOP…): not sent
  closed,             ///< the client was closed before the command was written
  error_reply,        ///< Redis answered with an error; the text is Redis's
  transaction_aborted,  ///< EXEC did nothing
};

/// The category of RedisErrorCode.
const boost::system::error_category& redis_category() noexcept;
/// Makes RedisErrorCode an error_code wherever one is wanted.
inline boost::system::error_code make_error_code(RedisErrorCode error) noexcept {
  return {static_cast<int>(error), redis_category()};
}

/// What RedisClient throws. `code()` compares with RedisErrorCode; `what()` says more.
class RedisError : public boost::system::system_error {
 public:
  ///@{
  /// For the library, which throws them.
  explicit RedisError(const boost::system::error_code& code) : system_error(code) {}
  RedisError(RedisErrorCode code, const std::string& text) : system_error(make_error_code(code), text) {}
  ///@}
};

}  // namespace roomcast

/// @cond
template <>
struct boost::system::is_error_code_enum<roomcast::RedisErrorCode> : std::true_type {};
/// @endcond

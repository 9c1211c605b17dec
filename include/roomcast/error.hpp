#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace roomcast {

/// Thrown by a connection middleware to refuse the client: it gets `connect_error` with this message and,
/// if given, `data`. Mirrors an Error with a `data` property passed to Socket.IO's `next(err)`.
class ConnectError : public std::runtime_error {
 public:
  ///@{
  /// `message` and `data` as the client shall see them.
  explicit ConnectError(const std::string& message) : std::runtime_error(message) {}
  ConnectError(const std::string& message, boost::json::value details)
      : std::runtime_error(message), data(std::move(details)) {}
  ///@}

  /// What the client finds in `error.data`.
  std::optional<boost::json::value> data;
};

/// Thrown by `Value::as` and `Args::get` when the value is not what was asked for.
class ConversionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why an acknowledgement did not come, or was of no use.
enum class AckError {
  timed_out = 1,  ///< nothing within the timeout; the text is Socket.IO's "operation has timed out"
  disconnected,   ///< the client went first
  bad_arguments,  ///< it came with arguments that are not what was asked for
};

/// The category of an AckError.
const boost::system::error_category& ack_category() noexcept;
/// Turns an AckError into an error code; `error == AckError::timed_out` calls it by itself.
inline boost::system::error_code make_error_code(AckError error) noexcept {
  return {static_cast<int>(error), ack_category()};
}

}  // namespace roomcast

/// @cond
template <>
struct boost::system::is_error_code_enum<roomcast::AckError> : std::true_type {};
/// @endcond

#pragma once

#include <string>

#include <boost/json/object.hpp>

#include <roomcast/http.hpp>

namespace roomcast {

/// A request or an upgrade of a client that was refused. Mirrors what Engine.IO's `connection_error` tells.
struct ConnectionError {
  /// 0 `Transport unknown`, 1 `Session ID unknown`, 2 `Bad handshake method`, 3 `Bad request`, 4 `Forbidden`,
  /// 5 `Unsupported protocol version`.
  unsigned code;
  std::string message;  ///< the code's words
  /// What was wrong, by the official server's names: `transport` (0), `sid` (1), `method` (2), `name` (3,
  /// such as `TRANSPORT_MISMATCH`), `message` (4, the reason that the client was given), `protocol` (5).
  boost::json::object context;
  HttpRequest request;  ///< without its body
};

}  // namespace roomcast

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <roomcast/task.hpp>

namespace roomcast {

/// Headers in their order; names in any case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// A request to one of the application's own routes, or below the path of the clients.
struct HttpRequest {
  std::string method;   ///< in capitals
  std::string target;   ///< as it was sent, query included
  std::string body;     ///< whole, at most `max_http_buffer_size` bytes
  std::string address;  ///< the peer's
  HttpHeaders headers;  ///< in the order of the request

  /// The target without its query.
  std::string_view path() const noexcept;
  /// A header by its name in any case, or "".
  std::string_view header(std::string_view name) const noexcept;
  /// A query parameter, decoded; of duplicates the last.
  std::optional<std::string> query(std::string_view name) const;
};

/// The answer. Content-Length, Date and Connection are added.
struct HttpResponse {
  unsigned status = 200;                                   ///< HTTP's number
  std::string body{};                                      ///< any bytes
  std::string content_type = "text/plain; charset=utf-8";  ///< what the body is
  HttpHeaders headers{};                                   ///< further ones

  /// An answer whose body is JSON.
  static HttpResponse json(std::string text, unsigned status = 200) {
    return {status, std::move(text), "application/json; charset=utf-8", {}};
  }
};

}  // namespace roomcast

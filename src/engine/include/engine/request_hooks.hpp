#pragma once

#include <optional>
#include <string_view>

#include <net/http_message.hpp>
#include <protocol/engineio/error.hpp>

namespace roomcast::engine {

/// Why a request is refused.
struct Refusal {
  engineio::RequestError error;
  std::string_view words{};               ///< for the client, instead of the error's own
  std::string_view name{};                ///< the official server's finer word for a bad request
  std::string_view previous_transport{};  ///< of the session, if the request named another
};

/// What the floor above sees of the requests under the engine's path, and may change of the answers. Called
/// on the loop on which that is decided.
class RequestHooks {
 public:
  /// Each request and upgrade whose origin is allowed, once, before anything else is looked at and before its
  /// body is there.
  /// @return an answer, with which it is refused, or nothing. An exception refuses it as a bad request.
  virtual std::optional<net::HttpResponse> answer(const net::HttpRequest& request) = 0;
  /// Adds to the headers of an answer to a session's GET, POST or upgrade, when that was found good;
  /// `initial`: it opens the session. Must not throw.
  virtual void add_headers(net::HttpHeaders& headers, const net::HttpRequest& request, bool initial) = 0;
  /// A request or an upgrade is being refused. Must not throw.
  virtual void on_refused(const net::HttpRequest& request, const Refusal& why) = 0;

 protected:
  ~RequestHooks() = default;
};

}  // namespace roomcast::engine

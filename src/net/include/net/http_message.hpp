#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <base/frame.hpp>
#include <net/connection.hpp>
#include <net/peer_address.hpp>

namespace roomcast::net {

namespace http = boost::beast::http;

/// A request as it arrived: the head first, the body once it is complete.
struct HttpRequest {
  http::request<http::string_body> message;
  PeerAddress peer;
  bool secure = false;
  std::string client_certificate{};  ///< the subject of the one that the client has shown, or ""
  std::string forwarded_host{};  ///< the host that the client named to a trusted proxy; empty: none says so

  std::string_view target() const noexcept { return message.target(); }
  http::verb method() const noexcept { return message.method(); }
  /// The header's value, or "" when it is absent.
  std::string_view header(std::string_view name) const { return message[name]; }
  /// The host that the client named.
  std::string_view host() const {
    return forwarded_host.empty() ? header("Host") : std::string_view(forwarded_host);
  }
  bool has_header(std::string_view name) const { return message.find(name) != message.end(); }
};

using HttpHeader = std::pair<std::string, std::string>;
using HttpHeaders = std::vector<HttpHeader>;

/// An answer. Content-Length is added; headers leave in the order given.
struct HttpResponse {
  unsigned status = 200;
  HttpHeaders headers{};
  std::string body{};
  /// Bytes that live as long as the program, instead of `body`.
  std::string_view fixed_body{};
  bool close = false;      ///< close the connection afterwards
  bool head_only = false;  ///< the answer to HEAD: the length is announced, the body is not sent
};

/// The answer's bytes. `keep_alive` decides the Connection header; `to_head` says that HEAD was asked.
base::Frame to_frame(const HttpResponse& response, bool keep_alive, bool to_head = false);

/// Whether the text may be a header's name: letters, digits and some signs (RFC9110§5.6.2).
bool is_token(std::string_view text) noexcept;

/// The standard text for a status code ("Not Found").
std::string_view reason_phrase(unsigned status);

}  // namespace roomcast::net

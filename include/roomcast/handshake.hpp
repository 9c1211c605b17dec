#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

namespace roomcast {

namespace detail {

// The request that opened a client's session; shared by all its sockets. Kept as one text, since every client
// has one and it is seldom read.
class HandshakeRequest {
 public:
  /// `headers`: "name: value\r\n" for each.
  HandshakeRequest(std::string_view url, std::string_view headers, std::string_view address,
                   std::chrono::system_clock::time_point when, bool encrypted,
                   std::string_view certificate = {})
      : issued(when),
        secure(encrypted),
        url_size_(static_cast<std::uint32_t>(url.size())),
        address_size_(static_cast<std::uint32_t>(address.size())),
        headers_size_(static_cast<std::uint32_t>(headers.size())),
        certificate_size_(static_cast<std::uint32_t>(certificate.size())),
        text_(std::make_unique<char[]>(url.size() + address.size() + headers.size() + certificate.size())) {
    char* end = text_.get();
    for (const std::string_view part : {url, address, headers, certificate})
      end += part.copy(end, part.size());
  }

  std::string_view url() const noexcept { return {text_.get(), url_size_}; }
  std::string_view address() const noexcept { return {text_.get() + url_size_, address_size_}; }
  std::string_view headers() const noexcept {
    return {text_.get() + url_size_ + address_size_, headers_size_};
  }
  std::string_view certificate() const noexcept {
    return {text_.get() + url_size_ + address_size_ + headers_size_, certificate_size_};
  }

  const std::chrono::system_clock::time_point issued;
  const bool secure;

 private:
  const std::uint32_t url_size_;
  const std::uint32_t address_size_;
  const std::uint32_t headers_size_;
  const std::uint32_t certificate_size_;
  const std::unique_ptr<char[]> text_;
};

}  // namespace detail

/// What is known of how a client connected. Mirrors Socket.IO's `socket.handshake`. Never changes; any
/// thread.
class Handshake {
 public:
  /// For the library.
  Handshake(std::shared_ptr<const detail::HandshakeRequest> request, boost::json::object auth_payload)
      : auth(std::move(auth_payload)), request_(std::move(request)) {}

  /// What the client sent as `auth` for this namespace; empty if it sent nothing.
  const boost::json::object auth;

  /// A header of the opening request by its name in any case, or "".
  std::string_view header(std::string_view name) const noexcept;
  /// All headers in the order of the request, names in lower case.
  std::vector<std::pair<std::string, std::string>> headers() const;
  /// A query parameter, decoded; of duplicates the last.
  std::optional<std::string> query(std::string_view name) const;
  /// All query parameters, decoded, in the order of the URL.
  std::vector<std::pair<std::string, std::string>> queries() const;
  /// The request's raw target.
  std::string url() const { return std::string(request_->url()); }
  /// The peer's address as text.
  std::string address() const { return std::string(request_->address()); }
  /// When the request arrived.
  std::chrono::system_clock::time_point issued() const noexcept { return request_->issued; }
  /// `issued` as JavaScript writes a date: `Sun Nov 22 2026 10:00:00 GMT+0000 (Coordinated Universal Time)`.
  std::string time() const;
  /// Whether the connection is encrypted.
  bool secure() const noexcept { return request_->secure; }
  /// The subject of the certificate that the client has shown and that was found good, as RFC 2253 writes it
  /// (`CN=alice,O=Example`), or "". Known by the server that the client is connected to. ""
  /// also behind a trusted proxy, whose certificate says nothing of the client, and for a certificate whose
  /// subject is empty. See TlsOptions.
  std::string client_certificate() const { return std::string(request_->certificate()); }
  /// Whether the request named an Origin.
  bool xdomain() const noexcept { return !header("origin").empty(); }

 private:
  std::shared_ptr<const detail::HandshakeRequest> request_;
};

}  // namespace roomcast

#include <algorithm>

#include <engine/cookie.hpp>
#include <net/http_message.hpp>

namespace roomcast::engine {
namespace {

std::string_view to_string(SameSite same_site) {
  switch (same_site) {
    case SameSite::lax:
      return "Lax";
    case SameSite::strict:
      return "Strict";
    case SameSite::none:
      return "None";
  }
  return {};
}

bool is_attribute(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c < 0x7F && c != ';'; });
}

}  // namespace

std::string set_cookie(const CookieOptions& cookie, std::string_view value) {
  std::string header = cookie.name + "=" + std::string(value);
  if (cookie.max_age) header += "; Max-Age=" + std::to_string(cookie.max_age->count());
  if (!cookie.domain.empty()) header += "; Domain=" + cookie.domain;
  if (!cookie.path.empty()) header += "; Path=" + cookie.path;
  if (cookie.http_only) header += "; HttpOnly";
  if (cookie.secure) header += "; Secure";
  return header.append("; SameSite=").append(to_string(cookie.same_site));
}

std::string cookie_fault(const CookieOptions& cookie) {
  if (!net::is_token(cookie.name)) return "cookie.name must be a token: letters, digits and some signs";
  if (!is_attribute(cookie.path) || !is_attribute(cookie.domain))
    return "cookie.path and cookie.domain must be ASCII without a semicolon";
  if (cookie.same_site == SameSite::none && !cookie.secure)
    return "cookie.same_site none wants cookie.secure: browsers drop the cookie otherwise";
  return {};
}

}  // namespace roomcast::engine

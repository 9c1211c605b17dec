#pragma once

#include <string>
#include <string_view>

#include <roomcast/options.hpp>

namespace roomcast::engine {

/// The value of a Set-Cookie header (RFC6265§4.1).
std::string set_cookie(const CookieOptions& cookie, std::string_view value);

/// Whether name, path and domain can stand in the header; if not, what is wrong.
std::string cookie_fault(const CookieOptions& cookie);

}  // namespace roomcast::engine

#pragma once

#include <string_view>

#include <net/http_message.hpp>

namespace roomcast::core {

/// The official browser client that this target names below `path`, or "". Extras, "serveClient".
std::string_view client_file_of(std::string_view target, std::string_view path);

/// The answer to a request for one of these files: in the encoding the client likes best, or 304.
net::HttpResponse serve_client_file(std::string_view name, const net::HttpRequest& request);

/// What an Accept-Encoding header ranks first among br, gzip, deflate and identity; `*` means the first
/// of these that it does not name.
std::string_view preferred_encoding(std::string_view accept_encoding);

}  // namespace roomcast::core

#pragma once

#include <net/http_message.hpp>
#include <roomcast/http.hpp>

namespace roomcast::core {

/// What the application sees of a request, without the body.
HttpRequest to_public(const net::HttpRequest& request);

/// The application's answer. `head_only`: to HEAD.
net::HttpResponse to_net(HttpResponse&& response, bool head_only);

}  // namespace roomcast::core

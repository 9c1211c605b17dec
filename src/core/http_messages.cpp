#include <boost/beast/core/string.hpp>

#include <core/http_messages.hpp>
#include <protocol/engineio/query.hpp>

namespace roomcast {

std::string_view HttpRequest::path() const noexcept {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (boost::beast::iequals(key, name)) return value;
  return {};
}

std::optional<std::string> HttpRequest::query(std::string_view name) const {
  return engineio::Query(engineio::query_of(target)).get(name);
}

namespace core {

HttpRequest to_public(const net::HttpRequest& request) {
  HttpRequest made;
  made.method = request.message.method_string();
  made.target = request.message.target();
  made.address = request.peer.address;
  for (const auto& field : request.message) made.headers.emplace_back(field.name_string(), field.value());
  return made;
}

net::HttpResponse to_net(HttpResponse&& response, bool head_only) {
  net::HttpResponse made{
      .status = response.status, .headers = std::move(response.headers), .body = std::move(response.body)};
  if (!response.content_type.empty())
    made.headers.emplace(made.headers.begin(), "Content-Type", std::move(response.content_type));
  made.head_only = head_only;
  return made;
}

}  // namespace core
}  // namespace roomcast

#include <algorithm>
#include <array>

#include <boost/beast/core/string.hpp>

#include <base/log.hpp>
#include <core/http_messages.hpp>
#include <core/request_hooks.hpp>
#include <core/server_state.hpp>
#include <protocol/engineio/query.hpp>

namespace roomcast::core {
namespace {

using boost::beast::iequals;
using engineio::RequestError;

// As the official server calls every protocol but 4.
constexpr int old_protocol = 3;

// The answers say these themselves. Two of one kind, and nobody could tell where an answer ends.
bool is_the_answers_own(std::string_view name) {
  static constexpr std::array<std::string_view, 9> names{
      "Content-Type",      "Content-Length", "Content-Encoding",
      "Transfer-Encoding", "Cache-Control",  "Connection",
      "Keep-Alive",        "Upgrade",        "Date"};
  static constexpr std::string_view websocket = "Sec-WebSocket-";
  return std::ranges::any_of(names, [name](std::string_view own) { return iequals(own, name); }) ||
         iequals(name.substr(0, websocket.size()), websocket);
}

// RFC9110§5.5: nothing that would end the line.
bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; });
}

void merge(HttpHeaders&& added, net::HttpHeaders& into) {
  for (auto& [name, value] : added) {
    if (!net::is_token(name) || !is_value(value) || is_the_answers_own(name)) {
      base::log::error("a header that on_headers or on_initial_headers wants cannot be added",
                       {{"header", name}});
      continue;
    }
    const auto same = std::ranges::find_if(into, [&](const auto& one) { return iequals(one.first, name); });
    if (same == into.end() || iequals(name, "Set-Cookie")) {
      into.emplace_back(std::move(name), std::move(value));
    } else {
      same->second = std::move(value);
    }
  }
}

boost::json::object context_of(const net::HttpRequest& request, const engine::Refusal& why) {
  const engineio::Query query(engineio::query_of(request.target()));
  boost::json::object context;
  switch (why.error) {
    case RequestError::transport_unknown:
      if (const auto transport = query.get("transport")) context["transport"] = *transport;
      break;
    case RequestError::session_id_unknown:
      context["sid"] = query.get("sid").value_or("");
      break;
    case RequestError::bad_handshake_method:
      context["method"] = request.message.method_string();
      break;
    case RequestError::bad_request:
      context["name"] = why.name;
      if (why.name == "PROTOCOL_MISMATCH") {
        context["protocol"] = old_protocol;
        context["previousProtocol"] = 4;
      }
      if (!why.previous_transport.empty()) {
        context["transport"] = query.get("transport").value_or("");
        context["previousTransport"] = why.previous_transport;
      }
      break;
    case RequestError::forbidden:
      if (!why.words.empty()) context["message"] = why.words;
      break;
    case RequestError::unsupported_protocol_version:
      context["protocol"] = old_protocol;
      break;
  }
  return context;
}

}  // namespace

// @return whether the call came to its end.
template <class F>
bool RequestHooks::guarded(std::string_view what, F&& call) {
  try {
    call();
    return true;
  } catch (const std::exception& e) {
    base::log::error("a function of {} threw: {}", what, e.what());
  } catch (...) {
    base::log::error("a function of {} threw something that is not a std::exception", what);
  }
  server_.metrics(*loop::Loop::current()).handler_errors.add();
  return false;
}

std::optional<net::HttpResponse> RequestHooks::answer(const net::HttpRequest& request) {
  if (middlewares.empty()) return std::nullopt;
  const HttpRequest seen = to_public(request);
  for (const auto& middleware : middlewares)
    if (auto response = middleware(seen)) return to_net(std::move(*response), false);
  return std::nullopt;
}

void RequestHooks::add_headers(net::HttpHeaders& headers, const net::HttpRequest& request, bool initial) {
  const bool first = initial && !initial_headers.empty();
  if (!first && all_headers.empty()) return;
  const HttpRequest seen = to_public(request);
  auto call = [&](const std::vector<AddHeaders>& all, std::string_view what) {
    for (const AddHeaders& f : all) {
      HttpHeaders added;
      if (guarded(what, [&] { f(added, seen); })) merge(std::move(added), headers);
    }
  };
  if (first) call(initial_headers, "on_initial_headers");
  call(all_headers, "on_headers");
}

void RequestHooks::on_refused(const net::HttpRequest& request, const engine::Refusal& why) {
  if (connection_errors.empty()) return;
  const ConnectionError error{.code = static_cast<unsigned>(why.error),
                              .message = std::string(engineio::message(why.error)),
                              .context = context_of(request, why),
                              .request = to_public(request)};
  for (const auto& f : connection_errors) guarded("on_connection_error", [&] { f(error); });
}

}  // namespace roomcast::core

// How requests are refused (Engine.IO v4, "Errors"), and who is told of it.

#include <tuple>

#include <sys/socket.h>

#include <base/log.hpp>
#include <engine/server.hpp>

#include "worker.hpp"

namespace roomcast::engine {
namespace {

using engineio::RequestError;

std::string_view words_for(Admission::Verdict verdict) {
  using Verdict = Admission::Verdict;
  switch (verdict) {
    case Verdict::too_many:
      return "too many clients: max_clients";
    case Verdict::too_many_of_address:
      return "too many clients of one address: max_clients_per_address";
    case Verdict::too_fast:
      return "too many new clients at once: max_handshakes_per_second";
    case Verdict::welcome:
      break;
  }
  return {};
}

// In seconds. Places become free when somebody goes, handshakes with time.
std::string_view retry_after(Admission::Verdict verdict) {
  return verdict == Admission::Verdict::too_fast ? "1" : "10";
}

net::HttpResponse unavailable(const net::HttpHeaders& headers, std::string_view retry_after,
                              std::string_view words) {
  net::HttpResponse response{.status = 503, .headers = headers};
  response.headers.emplace_back("Retry-After", retry_after);
  response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
  response.body = words;
  return response;
}

std::string_view words_of(const Refusal& why) {
  return why.words.empty() ? engineio::message(why.error) : why.words;
}

}  // namespace

void Server::tell_refused(const net::HttpRequest& request, const Refusal& why) {
  here().metrics.engine_refused[static_cast<std::size_t>(why.error)].add();
  if (hooks_ != nullptr) hooks_->on_refused(request, why);
}

void Server::refuse(const net::HttpRequest& request, const Poll& poll, const Refusal& why) {
  net::HttpResponse response{.status = engineio::http_status(why.error), .headers = poll.headers};
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = engineio::json_body(why.error, words_of(why));
  base::log::debug("request refused: {}", response.body);
  tell_refused(request, why);
  poll.exchange.respond(std::move(response));
}

void Server::refuse_upgrade(net::Upgrade&& upgrade, const Refusal& why) {
  const std::string_view words = words_of(why);
  here().metrics.http_responses[4].add();
  base::log::debug("upgrade refused: {}", words);
  tell_refused(upgrade.request, why);
  net::finish(std::move(upgrade.connection), engineio::upgrade_refusal(words));
}

void Server::answer_upgrade(net::Upgrade&& upgrade, net::HttpResponse response) {
  if (response.status >= 100 && response.status < 600)
    here().metrics.http_responses[response.status / 100].add();
  response.close = true;
  net::finish(std::move(upgrade.connection), net::to_frame(response, false).payload());
}

Server::Interception Server::ask_middleware(const net::HttpRequest& request) {
  try {
    Interception made{hooks_->answer(request)};
    if (made.answer) base::log::debug("request answered {} by a middleware", made.answer->status);
    return made;
  } catch (const std::exception& e) {
    base::log::error("a request was refused: a middleware of the engine threw: {}", e.what());
  } catch (...) {
    base::log::error(
        "a request was refused: a middleware of the engine threw something that is not a std::exception");
  }
  here().metrics.handler_errors.add();
  return {.failed = true};
}

bool Server::intercept(const net::HttpRequest& head, const net::Exchange& exchange) {
  if (hooks_ == nullptr || is_preflight(head) || !origins_.allows(head)) return false;
  Interception made = ask_middleware(head);
  const Poll poll{exchange, origins_.headers(head)};
  if (made.failed) {
    refuse(head, poll, middleware_failure);
  } else if (made.answer) {
    made.answer->headers.insert(made.answer->headers.begin(), poll.headers.begin(), poll.headers.end());
    exchange.respond(std::move(*made.answer));
  }
  return made.failed || made.answer;
}

Admission::Verdict Server::admit(const net::HttpRequest& request, Admission::Place& place) {
  Admission::Verdict verdict;
  std::tie(verdict, place) = admission_.enter(request.peer.address, here().loop.now());
  if (verdict != Admission::Verdict::welcome) {
    here().metrics.clients_refused[static_cast<std::size_t>(verdict) - 1].add();
    base::log::debug("a client of {} was turned away: {}", request.peer.address, words_for(verdict));
  }
  return verdict;
}

net::HttpResponse Server::full(const net::HttpHeaders& headers, Admission::Verdict verdict) {
  return unavailable(headers, retry_after(verdict), words_for(verdict));
}

/// A connection is one too many: it is told so, and closed by whoever gave it. Any thread.
void Server::turn_away(const net::Descriptor& connection, std::string_view address,
                       net::Places::Verdict limit) {
  const bool of_address = limit == net::Places::Verdict::too_many_of_address;
  const std::string_view words = of_address
                                     ? "too many connections of one address: max_connections_per_address"
                                     : "too many connections: max_connections";
  connections_refused_[of_address ? 1 : 0].add();
  base::log::debug("a connection of {} was closed: {}", address, words);
  if (tls_) return;  // it would take a handshake to tell
  const base::Frame answer = net::to_frame(unavailable({}, "10", words), false);
  ::send(connection.get(), answer.payload().data(), answer.payload().size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  // What it has sent already is thrown away unread: closing on top of it would reset the connection, and the
  // answer could be lost.
  ::recv(connection.get(), nullptr, 64 * 1024, MSG_TRUNC | MSG_DONTWAIT);
}

}  // namespace roomcast::engine

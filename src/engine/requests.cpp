// How a request finds its session: the engine's routing table (Engine.IO v4, "Errors").

#include <base/log.hpp>
#include <engine/cookie.hpp>
#include <engine/server.hpp>
#include <net/websocket_connection.hpp>
#include <protocol/engineio/error.hpp>
#include <protocol/engineio/jsonp.hpp>
#include <protocol/engineio/query.hpp>
#include <protocol/websocket/error.hpp>

#include "worker.hpp"

namespace roomcast::engine {

using engineio::RequestError;
using Verb = net::http::verb;

struct EngineQuery {
  enum class Transport : std::uint8_t { unknown, polling, websocket };

  explicit EngineQuery(std::string_view target, const ServerOptions& options) {
    const engineio::Query query(engineio::query_of(target));
    const std::string name = query.get("transport").value_or("");
    if (name == "polling" && options.polling) transport = Transport::polling;
    if (name == "websocket" && options.websocket) transport = Transport::websocket;
    sid = query.get("sid").value_or("");
    // As the official server has it: whatever else is said, and silence, is an older client.
    protocol = query.get("EIO") == "4" ? 4 : 3;
    supported = protocol == 4 || options.allow_eio3;
  }

  Transport transport = Transport::unknown;
  unsigned protocol = 3;
  bool supported = false;  // the protocol is
  std::string sid;
};

using Transport = EngineQuery::Transport;

namespace {

Dialect dialect_of(const net::HttpRequest& request, unsigned protocol) {
  const std::string_view query = engineio::query_of(request.target());
  return {.protocol = protocol,
          .text_only = !engineio::Query(query).get("b64").value_or("").empty(),
          .jsonp = engineio::jsonp_callback(query)};
}

}  // namespace

void Server::add_headers(net::HttpHeaders& headers, const net::HttpRequest& request, bool initial) {
  if (hooks_ != nullptr) hooks_->add_headers(headers, request, initial);
}

bool Server::is_preflight(const net::HttpRequest& request) const {
  return request.method() == Verb::options && origins_.cors();
}

bool Server::is_engine_path(std::string_view target) const noexcept {
  return engineio::path_matches(target, options_.path) && !routes_.claims(target);
}

Server::Worker* Server::worker_of(std::string_view sid) noexcept {
  const int loop = loop_of(sid);
  return loop >= 0 && static_cast<std::size_t>(loop) < workers_.size()
             ? workers_[static_cast<std::size_t>(loop)].get()
             : nullptr;
}

Server::Worker& Server::here() noexcept { return *workers_[loop::Loop::current()->id()]; }

std::size_t Server::on_head(const net::HttpRequest& head, const net::Exchange& exchange) {
  if (!is_engine_path(head.target())) {
    if (!routes_.wants_body(head)) exchange.discard_body();
    return routes_.max_body(head);
  }
  if (intercept(head, exchange)) return 0;
  EngineQuery query(head.target(), options_);
  Worker* const home = query.sid.empty() ? nullptr : worker_of(query.sid);
  // Exactly the requests that on_post will get: a refused one does not count as the session's, and nobody
  // reads its body.
  if (home != nullptr && head.method() == Verb::post && query.transport == Transport::polling &&
      query.supported && origins_.allows(head)) {
    home->loop.dispatch([home, exchange, sid = query.sid, protocol = query.protocol] {
      Session* session = home->sessions.find(sid);
      if (session && !session->websocket() && session->protocol() == protocol) {
        session->on_post_begin(exchange);
      } else {
        exchange.discard_body();
      }
    });
  } else {
    exchange.discard_body();
  }
  if (home != nullptr) {
    exchange.on_abort([home, exchange, sid = std::move(query.sid)](net::Aborted why) {
      home->loop.dispatch([home, exchange, sid, why] {
        if (Session* session = home->sessions.find(sid)) session->on_aborted(exchange, why);
      });
    });
  }
  return options_.max_http_buffer_size;
}

void Server::on_request(net::HttpRequest request, const net::Exchange& exchange) {
  if (!is_engine_path(request.target())) return routes_.on_request(std::move(request), exchange);
  if (is_preflight(request)) return exchange.respond(origins_.preflight(request));
  Poll poll{exchange, origins_.headers(request)};
  if (options_.http_compression_threshold && request.method() == Verb::get)
    poll.coding = net::preferred_coding(request.header("Accept-Encoding"));
  const std::string_view agent = request.header("User-Agent");
  poll.old_browser =
      agent.find(";MSIE") != std::string_view::npos || agent.find("Trident/") != std::string_view::npos;
  if (!origins_.allows(request))
    return refuse(request, poll, {RequestError::forbidden, OriginPolicy::refusal(request)});
  EngineQuery query(request.target(), options_);
  if (query.transport == Transport::unknown) return refuse(request, poll, {RequestError::transport_unknown});
  if (!query.sid.empty()) return to_session(std::move(request), std::move(query), std::move(poll));
  handshake(std::move(request), query, std::move(poll));
}

void Server::handshake(net::HttpRequest request, const EngineQuery& query, Poll poll) {
  if (request.method() != Verb::get) return refuse(request, poll, {RequestError::bad_handshake_method});
  if (query.transport == Transport::websocket) return refuse(request, poll, handshake_failure);
  // Before the application is asked, which may take its time.
  Admission::Place place;
  if (const auto verdict = admit(request, place); verdict != Admission::Verdict::welcome)
    return poll.exchange.respond(full(poll.headers, verdict));
  if (const auto why = acceptor_.refusal(request))
    return refuse(request, poll, {RequestError::forbidden, *why});
  if (!query.supported) return refuse(request, poll, {RequestError::unsupported_protocol_version});
  Session* session = make_session(here(), request, query.protocol, std::move(place));
  if (session == nullptr) return refuse(request, poll, handshake_failure);
  session->open(nullptr, dialect_of(request, query.protocol));
  add_headers(poll.headers, request, true);
  if (options_.cookie) poll.cookie = set_cookie(*options_.cookie, session->sid());
  session->on_get(std::move(poll));
  session->greet();
}

/// @return null when the application failed, or when this server is going away.
Session* Server::make_session(Worker& home, const net::HttpRequest& request, unsigned protocol,
                              Admission::Place place) {
  if (draining()) return nullptr;
  Session& session = home.sessions.create(process_tag_, protocol);
  if (place) home.sessions.seat(session, std::move(place));
  try {
    session.set_handler(acceptor_.on_session(session, request));
    return &session;
  } catch (const std::exception& e) {
    home.metrics.handler_errors.add();
    base::log::error("a session was refused: its acceptor threw: {}", e.what());
  } catch (...) {
    home.metrics.handler_errors.add();
    base::log::error("a session was refused: its acceptor threw something that is not a std::exception");
  }
  session.shut_down();
  return nullptr;
}

void Server::to_session(net::HttpRequest request, EngineQuery query, Poll poll) {
  Worker* home = worker_of(query.sid);
  if (home == nullptr) return refuse(request, poll, {RequestError::session_id_unknown});
  home->loop.dispatch(
      [this, home, request = std::move(request), query = std::move(query), poll = std::move(poll)]() mutable {
        to_session_at_home(*home, std::move(request), query, std::move(poll));
      });
}

void Server::to_session_at_home(Worker& home, net::HttpRequest request, const EngineQuery& query, Poll poll) {
  Session* session = home.sessions.find(query.sid);
  if (session == nullptr) return refuse(request, poll, {RequestError::session_id_unknown});
  if (session->websocket() || query.transport == Transport::websocket) {
    const std::string_view previous = session->websocket() ? "websocket" : "polling";
    return refuse(request, poll, {RequestError::bad_request, {}, "TRANSPORT_MISMATCH", previous});
  }
  if (query.protocol != session->protocol()) return refuse(request, poll, protocol_mismatch);
  if (request.method() != Verb::get && request.method() != Verb::post) return session->on_other_method(poll);
  add_headers(poll.headers, request, false);
  // The application's functions may have ended it.
  if (hooks_ != nullptr && home.sessions.find(query.sid) == nullptr)
    return refuse(request, poll, {RequestError::session_id_unknown});
  if (request.method() == Verb::get) return session->on_get(std::move(poll));
  const bool octet_stream = request.header("Content-Type") == "application/octet-stream";
  session->on_post(std::move(poll), std::move(request.message.body()), octet_stream);
}

void Server::on_upgrade(net::Upgrade upgrade) {
  const net::HttpRequest& request = upgrade.request;
  // Nobody else here speaks another protocol; the official server gives no answer either.
  if (!is_engine_path(request.target())) return net::Connection::retire(std::move(upgrade.connection));
  if (!origins_.allows(request))
    return refuse_upgrade(std::move(upgrade), {RequestError::forbidden, OriginPolicy::refusal(request)});
  if (hooks_ != nullptr) {
    Interception made = ask_middleware(request);
    if (made.failed) return refuse_upgrade(std::move(upgrade), middleware_failure);
    if (made.answer) return answer_upgrade(std::move(upgrade), std::move(*made.answer));
  }
  const EngineQuery query(request.target(), options_);
  if (query.transport == Transport::unknown)
    return refuse_upgrade(std::move(upgrade), {RequestError::transport_unknown});
  if (query.sid.empty()) {
    if (request.method() != Verb::get)
      return refuse_upgrade(std::move(upgrade), {RequestError::bad_handshake_method});
    Admission::Place place;
    if (const auto verdict = admit(request, place); verdict != Admission::Verdict::welcome)
      return answer_upgrade(std::move(upgrade), full({}, verdict));
    if (const auto why = acceptor_.refusal(request))
      return refuse_upgrade(std::move(upgrade), {RequestError::forbidden, *why});
    return upgrade_at_home(here(), std::move(upgrade), query, std::move(place));
  }
  Worker* home = worker_of(query.sid);
  if (home == nullptr) return refuse_upgrade(std::move(upgrade), {RequestError::session_id_unknown});
  if (home->loop.here()) return upgrade_at_home(*home, std::move(upgrade), query, {});
  // The connection moves to the session's loop for good, with the bytes that were already read.
  net::Detached detached = upgrade.connection->release();
  net::Connection::retire(std::move(upgrade.connection));
  home->loop.post(
      [this, home, query, upgrade = std::move(upgrade), detached = std::move(detached)]() mutable {
        upgrade.connection = home->adopt(std::move(detached), upgrade.request.peer.address);
        upgrade_at_home(*home, std::move(upgrade), query, {});
      });
}

void Server::upgrade_at_home(Worker& home, net::Upgrade upgrade, const EngineQuery& query,
                             Admission::Place place) {
  const bool first_transport = query.sid.empty();
  Session* session = nullptr;
  if (!first_transport) {
    session = home.sessions.find(query.sid);
    if (session == nullptr) return refuse_upgrade(std::move(upgrade), {RequestError::session_id_unknown});
    if (query.protocol != session->protocol()) return refuse_upgrade(std::move(upgrade), protocol_mismatch);
  }
  const bool may_deflate = options_.per_message_deflate.has_value();
  const net::WebSocketTerms terms = net::websocket_terms(upgrade.request, may_deflate);
  if (!terms.refusal.empty()) {
    home.metrics.engine_refused[base::Metrics::bad_websocket_handshake].add();
    home.metrics.http_responses[4].add();
    return net::finish(std::move(upgrade.connection), terms.refusal);
  }
  // Some refusals come only behind the 101, as Node's.
  const bool late_refusal = query.transport == Transport::polling || (first_transport && !query.supported);
  if (first_transport && !late_refusal) {
    session = make_session(home, upgrade.request, query.protocol, std::move(place));
    if (session == nullptr) return refuse_upgrade(std::move(upgrade), handshake_failure);
  }
  home.metrics.http_responses[1].add();
  net::HttpHeaders headers = origins_.headers(upgrade.request);
  add_headers(headers, upgrade.request, first_transport);
  net::accept_websocket(*upgrade.connection, upgrade.request, terms, headers);
  auto websocket = std::make_unique<net::WebSocketConnection>(std::move(upgrade.connection), home.websockets,
                                                              terms.extensions.deflate);
  if (late_refusal) {
    tell_refused(upgrade.request,
                 query.supported ? handshake_failure : Refusal{RequestError::unsupported_protocol_version});
    const std::uint16_t code = query.supported ? std::uint16_t{0} : std::uint16_t{websocket::protocol_error};
    return net::WebSocketConnection::close(std::move(websocket), code);
  }
  Dialect dialect = dialect_of(upgrade.request, query.protocol);
  dialect.deflates = terms.extensions.deflate;
  if (!first_transport) return session->on_upgrade(std::move(websocket), std::move(upgrade.unread), dialect);
  session->open(std::move(websocket), std::move(dialect));
  session->greet();
  session->replay(std::move(upgrade.unread));
}

}  // namespace roomcast::engine

#pragma once

#include <memory>

#include <engine/server.hpp>
#include <net/epoll_engine.hpp>
#include <net/proxied_connections.hpp>
#include <net/tls_connection.hpp>

namespace roomcast::engine {

/// What one loop of the server owns. Made before the loop runs; used at home.
struct Server::Worker {
  Worker(Server& server, loop::Loop& home)
      : loop(home),
        buffered(server.buffered_),
        deflater(server.options_.per_message_deflate.value_or(PerMessageDeflate{}).level),
        context{server.options_, server.timing_, metrics,     buffered,
                server.closes_,  slow_lines,     large_lines, deflater},
        io(std::make_unique<net::EpollEngine>(
            home, net::OutboxLimits{server.options_.max_buffered_bytes, server.options_.max_buffered_age},
            buffered)),
        websockets{home, metrics, server.options_.max_http_buffer_size, inflater},
        sessions(home, context),
        http(home, server, {}, metrics, &server.proxies_),
        proxied(home, metrics, net::HttpLimits{}.header_timeout,
                [this, &server](std::unique_ptr<net::Connection> connection, net::PeerAddress peer,
                                const std::string& unread) {
                  serve_proxied(server, std::move(connection), std::move(peer), unread);
                }) {}

  /// Home: reads requests from a connection that was just accepted, beginning with `unread`.
  void serve(Server& server, std::unique_ptr<net::Connection> connection, net::PeerAddress peer,
             const std::string& unread = {}) {
    net::Connection& wire = *connection;
    if (server.tls_)
      connection = std::make_unique<net::TlsConnection>(tls, std::move(connection), server.tls_->accept(),
                                                        peer.address);
    http.add(std::move(connection), std::move(peer));
    wire.replay(unread);
  }
  /// Home: the same when a proxy has said for whom the connection is, whose address counts from here on.
  void serve_proxied(Server& server, std::unique_ptr<net::Connection> connection, net::PeerAddress peer,
                     const std::string& unread) {
    net::Places::Place* const place = io->place_of(*connection);
    if (place == nullptr || server.proxies_.trusts(peer.address) || place->count_for(peer.address))
      return serve(server, std::move(connection), std::move(peer), unread);
    const net::Detached taken = connection->release();
    net::Connection::retire(std::move(connection));
    server.turn_away(taken.descriptor, peer.address, net::Places::Verdict::too_many_of_address);
  }
  /// Home: the connection that was accepted, or taken from another loop.
  std::unique_ptr<net::Connection> adopt(net::Detached detached, std::string_view peer) {
    auto connection = io->adopt(std::move(detached.descriptor));
    if (detached.place) io->seat(*connection, std::move(detached.place));
    if (!detached.tls) return connection;
    return std::make_unique<net::TlsConnection>(tls, std::move(connection), std::move(detached.tls), peer);
  }

  loop::Loop& loop;
  base::Metrics metrics;
  base::BufferedBytes buffered;
  base::LineBudget slow_lines;
  base::LineBudget large_lines;
  websocket::Deflater deflater;
  websocket::Inflater inflater;
  const SessionContext context;
  net::TlsLoop tls{metrics};
  std::unique_ptr<net::IoEngine> io;
  const net::WebSocketContext websockets;
  Sessions sessions;
  net::HttpConnections http;
  net::ProxiedConnections proxied;
};

}  // namespace roomcast::engine

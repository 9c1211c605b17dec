#pragma once

#include <memory>

#include <engine/server.hpp>
#include <net/epoll_engine.hpp>

namespace roomcast::engine {

/// What one loop of the server owns. Made before the loop runs; used at home.
struct Server::Worker {
  Worker(Server& server, loop::Loop& home)
      : loop(home),
        buffered(server.buffered_),
        context{server.options_, server.timing_, metrics, buffered, server.closes_, slow_lines},
        io(std::make_unique<net::EpollEngine>(
            home, net::OutboxLimits{server.options_.max_buffered_bytes, server.options_.max_buffered_age},
            buffered)),
        websockets{home, metrics, server.options_.max_http_buffer_size},
        sessions(home, context),
        http(home, server, {}, metrics, &server.proxies_) {}

  loop::Loop& loop;
  base::Metrics metrics;
  base::BufferedBytes buffered;
  base::LineBudget slow_lines;
  const SessionContext context;
  std::unique_ptr<net::IoEngine> io;
  const net::WebSocketContext websockets;
  Sessions sessions;
  net::HttpConnections http;
};

}  // namespace roomcast::engine

// The server's own metrics, by name and meaning (docs/operations.md has the table).

#include <array>
#include <map>

#include <core/monitoring.hpp>
#include <core/process.hpp>
#include <core/server_state.hpp>

namespace roomcast::core {
namespace {

// Labels are for ever in the memory of who scrapes. So children of parent namespaces, whose names clients
// choose, have none of their own either.
constexpr std::size_t most_namespaces = 100;

using Loops = std::vector<engine::LoopState>;

template <class Of>
std::uint64_t sum(const Loops& loops, Of of) {
  std::uint64_t all = 0;
  for (const engine::LoopState& loop : loops) all += of(loop);
  return all;
}

std::uint64_t sum(const Loops& loops, base::Counter base::Metrics::* which) {
  return sum(loops, [which](const engine::LoopState& loop) { return (loop.counts.*which).value(); });
}

template <std::size_t n>
std::uint64_t sum(const Loops& loops, std::array<base::Counter, n> base::Metrics::* which, std::size_t at) {
  return sum(loops, [which, at](const engine::LoopState& loop) { return (loop.counts.*which)[at].value(); });
}

void write_process(const ServerState& server, MetricsWriter& out) {
  out.gauge("roomcast_build_info", "Always 1; the version is its label.");
  out.sample(1, {{"version", ROOMCAST_LIBRARY_VERSION}});
  out.gauge("roomcast_draining", "1 while the server stops, else 0.", server.draining());
  out.gauge("process_resident_memory_bytes", "Resident memory.", resident_memory());
  out.counter("process_cpu_seconds_total", "User and system CPU time.", cpu_seconds());
  out.gauge("process_max_fds", "Limit on open files.", open_files_limit());
}

void write_connections(const Loops& loops, MetricsWriter& out) {
  using State = engine::LoopState;
  out.gauge("roomcast_tcp_connections", "Open TCP connections, without the admin port's.",
            sum(loops, [](const State& loop) { return loop.connections; }));
  const std::uint64_t sessions = sum(loops, [](const State& loop) { return loop.sessions; });
  const std::uint64_t websockets =
      std::min(sessions, sum(loops, [](const State& loop) { return loop.websocket_sessions; }));
  out.gauge("roomcast_clients", "Connected clients (Engine.IO sessions) by their present transport.");
  out.sample(sessions - websockets, {{"transport", "polling"}});
  out.sample(websockets, {{"transport", "websocket"}});
  out.gauge(
      "roomcast_buffered_bytes",
      "Bytes that wait for clients which do not take them: refused by the kernel, or no GET is pending.",
      sum(loops, [](const State& loop) { return loop.buffered_bytes; }));
  out.gauge("roomcast_loop_mailbox_depth", "Tasks that other threads have given to a loop and that wait.");
  for (const State& loop : loops) out.sample(loop.mailbox_depth, {{"loop", std::to_string(loop.id)}});
}

void write_namespaces(const ServerState& server, MetricsWriter& out) {
  struct Numbers {
    std::size_t sockets = 0;
    std::size_t rooms = 0;
  };
  std::map<std::string, Numbers> by_name;
  Numbers others;
  bool any_other = false;
  for (const auto& nsp : server.namespaces()) {
    const bool own_label = !nsp->child() && by_name.size() < most_namespaces;
    any_other = any_other || !own_label;
    Numbers& numbers = own_label ? by_name[nsp->name()] : others;
    numbers.sockets += nsp->sockets_count();
    numbers.rooms += nsp->rooms_count();
  }
  // No namespace is called so: their names begin with a slash.
  if (any_other) by_name["other"] = others;
  out.gauge("roomcast_sockets", "Connected sockets by namespace.");
  for (const auto& [name, numbers] : by_name) out.sample(numbers.sockets, {{"namespace", name}});
  out.gauge("roomcast_rooms", "Rooms by namespace, each socket's own room included.");
  for (const auto& [name, numbers] : by_name) out.sample(numbers.rooms, {{"namespace", name}});
}

void write_traffic(const Loops& loops, MetricsWriter& out) {
  using Metrics = base::Metrics;
  using State = engine::LoopState;
  out.counter("roomcast_tcp_connections_total", "Accepted TCP connections.",
              sum(loops, &Metrics::connections));
  out.counter("roomcast_received_bytes_total", "Bytes read from clients.",
              sum(loops, [](const State& loop) { return loop.bytes_received; }));
  out.counter("roomcast_sent_bytes_total", "Bytes that the kernel has taken for clients.",
              sum(loops, [](const State& loop) { return loop.bytes_sent; }));
  out.counter("roomcast_http_responses_total", "Answers to HTTP requests by class of status.");
  for (std::size_t first = 1; first <= 5; ++first)
    out.sample(sum(loops, &Metrics::http_responses, first), {{"status", std::to_string(first) + "xx"}});
  out.counter("roomcast_http_bad_requests_total",
              "Requests that were not HTTP, too large or too slow, by how they were answered.");
  for (std::size_t i = 0; i < Metrics::bad_request_statuses.size(); ++i)
    out.sample(sum(loops, &Metrics::http_bad_requests, i),
               {{"status", std::to_string(Metrics::bad_request_statuses[i])}});
  out.counter("roomcast_tls_handshakes_total", "TLS handshakes by how they ended.");
  out.sample(sum(loops, &Metrics::tls_handshakes), {{"result", "done"}});
  out.sample(sum(loops, &Metrics::tls_failures), {{"result", "failed"}});
  out.counter("roomcast_proxy_headers_refused_total",
              "Connections of trusted proxies that did not begin with a header of the PROXY protocol.",
              sum(loops, &Metrics::proxy_failures));
  out.counter("roomcast_packets_received_total", "Engine.IO packets from clients.",
              sum(loops, &Metrics::packets_received));
  out.counter("roomcast_packets_sent_total", "Engine.IO packets to clients.",
              sum(loops, &Metrics::packets_sent));
  out.counter(
      "roomcast_deflate_plain_bytes_total",
      "Websocket messages that were compressed or inflated, as they are without it; a broadcast counts "
      "once.");
  out.sample(sum(loops, &Metrics::deflated_from_bytes), {{"direction", "sent"}});
  out.sample(sum(loops, &Metrics::inflated_to_bytes), {{"direction", "received"}});
  out.counter("roomcast_deflate_compressed_bytes_total", "The same messages, compressed.");
  out.sample(sum(loops, &Metrics::deflated_to_bytes), {{"direction", "sent"}});
  out.sample(sum(loops, &Metrics::inflated_from_bytes), {{"direction", "received"}});
}

void write_sessions(const ServerState& server, const Loops& loops, MetricsWriter& out) {
  using Metrics = base::Metrics;
  out.counter("roomcast_sessions_total", "Sessions that were opened, by first transport.");
  out.sample(sum(loops, &Metrics::sessions_by_polling), {{"transport", "polling"}});
  out.sample(sum(loops, &Metrics::sessions_by_websocket), {{"transport", "websocket"}});
  out.counter("roomcast_upgrades_total", "Attempts to move from polling to a websocket, by how they ended.");
  out.sample(sum(loops, &Metrics::upgrades), {{"result", "done"}});
  out.sample(sum(loops, &Metrics::upgrades_given_up), {{"result", "given up"}});
  out.counter("roomcast_session_closes_total", "Sessions that ended, by reason and our finer cause.");
  for (const auto& [key, count] : server.engine().closes())
    out.sample(count, {{"reason", key.first}, {"cause", key.second}});
  out.counter("roomcast_payloads_too_large_total",
              "Messages and bodies of sessions above max_http_buffer_size.");
  out.sample(sum(loops, &Metrics::too_large_by_polling), {{"transport", "polling"}});
  out.sample(sum(loops, &Metrics::too_large_by_websocket), {{"transport", "websocket"}});
  out.counter("roomcast_refused_requests_total",
              "Requests and upgrades that were refused, by Engine.IO's error code.");
  for (std::size_t code = 0; code < Metrics::bad_websocket_handshake; ++code)
    out.sample(sum(loops, &Metrics::engine_refused, code), {{"code", std::to_string(code)}});
  out.sample(sum(loops, &Metrics::engine_refused, Metrics::bad_websocket_handshake),
             {{"code", "bad websocket handshake"}});
  out.counter("roomcast_refused_clients_total",
              "Clients that were turned away with 503, by the limit they met.");
  constexpr std::array limits{"max_clients", "max_clients_per_address", "max_handshakes_per_second"};
  for (std::size_t i = 0; i < limits.size(); ++i)
    out.sample(sum(loops, &Metrics::clients_refused, i), {{"limit", limits[i]}});
  out.counter("roomcast_refused_connections_total",
              "Connections that were closed when they came, by the limit they met.");
  using Limit = net::Places::Verdict;
  out.sample(server.engine().refused_connections(Limit::too_many), {{"limit", "max_connections"}});
  out.sample(server.engine().refused_connections(Limit::too_many_of_address),
             {{"limit", "max_connections_per_address"}});
  out.counter("roomcast_slow_consumers_total", "Connections that were closed because they did not read.",
              sum(loops, &Metrics::slow_consumers));
  out.counter("roomcast_protocol_errors_total", "Clients closed for what they sent, by the layer it broke.");
  out.sample(sum(loops, &Metrics::websocket_errors), {{"layer", "websocket"}});
  out.sample(sum(loops, &Metrics::engine_parse_errors), {{"layer", "engine.io"}});
  out.sample(sum(loops, &Metrics::socketio_bad_packets), {{"layer", "socket.io"}});
}

void write_events(const ServerState& server, const Loops& loops, MetricsWriter& out) {
  using Metrics = base::Metrics;
  out.counter("roomcast_events_received_total",
              "Events from clients by name; names without a handler, and those past max_event_labels, are "
              "counted as other.");
  for (const auto& [name, count] : server.received_events()) out.sample(count, {{"event", name}});
  out.counter("roomcast_events_dropped_total", "Events that reached no handler, by reason.");
  out.sample(sum(loops, &Metrics::unhandled_events), {{"reason", "no handler"}});
  out.sample(sum(loops, &Metrics::dropped_events), {{"reason", "arguments"}});
  out.sample(sum(loops, &Metrics::filtered_events), {{"reason", "middleware"}});
  out.counter("roomcast_refused_connects_total", "CONNECT packets that were answered with CONNECT_ERROR.",
              sum(loops, &Metrics::refused_connects));
  out.counter("roomcast_handler_errors_total", "Exceptions that left a handler.",
              sum(loops, &Metrics::handler_errors));
  out.counter("roomcast_volatile_dropped_total",
              "Volatile packets that were not sent because the client could not take them.",
              sum(loops, &Metrics::dropped_volatile));
  out.counter(
      "roomcast_backpressure_dropped_total",
      "Waiting packets that backpressure rules have dropped: the oldest, or one whose key came again.");
  out.sample(sum(loops, &Metrics::dropped_oldest), {{"reason", "oldest"}});
  out.sample(sum(loops, &Metrics::dropped_replaced), {{"reason", "replaced"}});
}

}  // namespace

void write_server_metrics(const ServerState& server, MetricsWriter& out) {
  Loops loops;
  server.engine().for_each_loop([&](const engine::LoopState& loop) { loops.push_back(loop); });
  write_process(server, out);
  write_connections(loops, out);
  write_namespaces(server, out);
  write_traffic(loops, out);
  write_sessions(server, loops, out);
  write_events(server, loops, out);
  if (const adapter::Cluster* cluster = server.cluster()) cluster->write_metrics(out);
}

}  // namespace roomcast::core

// What a cluster through Redis tells /metrics (docs/operations.md has the table).

#include <adapter/redis_cluster.hpp>
#include <adapter/redis_pubsub.hpp>
#include <roomcast/metrics.hpp>

namespace roomcast::adapter {

void RedisCluster::write_metrics(MetricsWriter& out) const {
  out.gauge("roomcast_adapter_ready",
            "1 while a message that the server sends to itself through Redis comes back, else 0.", ready());
  out.gauge("roomcast_adapter_known_servers", "Other roomcast servers whose heartbeats are heard.",
            metrics_.known_servers.value());
  out.gauge("roomcast_adapter_calls_pending",
            "Questions to all servers that have not ended yet; each has a deadline.",
            metrics_.pending_calls.value());
  out.counter("roomcast_adapter_published_total", "Messages to other servers, without heartbeats.",
              metrics_.published.value());
  out.counter("roomcast_adapter_refused_total",
              "Messages that were not published because they are too large.", metrics_.refused.value());
  out.counter("roomcast_adapter_received_total", "Messages on the adapter's channels, our own included.",
              metrics_.received.value());
  out.counter("roomcast_adapter_unwanted_total", "Received messages for rooms that nobody here is in.",
              metrics_.unwanted.value());
  out.counter("roomcast_adapter_malformed_total", "Received messages such as no server sends; ignored.",
              metrics_.malformed.value());
  out.counter("roomcast_adapter_calls_total", "Questions to all servers.", metrics_.calls.value());
  out.counter("roomcast_adapter_incomplete_calls_total", "Questions that ended with an answer missing.",
              metrics_.incomplete.value());
  out.counter("roomcast_adapter_lost_servers_total", "Servers that fell silent without goodbye.",
              metrics_.lost_servers.value());
  pubsub_->write_metrics(out);
}

void RedisPubSub::write_metrics(MetricsWriter& out) const {
  out.gauge("roomcast_redis_connected", "1 while the connection can be used, else 0.");
  out.sample(commands_.ready(), {{"connection", "commands"}});
  out.sample(subscriber_.ready(), {{"connection", "subscriber"}});
  out.counter("roomcast_redis_connect_attempts_total", "Attempts to connect to Redis.",
              metrics_.connect_attempts.value());
  out.counter("roomcast_redis_connect_failures_total", "Attempts that ended in no usable connection.",
              metrics_.connect_failures.value());
  out.counter("roomcast_redis_reconnects_total", "Connections that stand again after a loss.",
              metrics_.reconnects.value());
  out.counter("roomcast_redis_commands_dropped_total",
              "Commands that were never sent: too many waited, or they waited too long.",
              metrics_.commands_dropped.value());
  out.counter("roomcast_redis_commands_unknown_total",
              "Commands that were sent on a connection that ended before the answer.",
              metrics_.commands_unknown.value());
  out.counter("roomcast_redis_publish_refused_total", "Messages that the connection refused as too large.",
              metrics_.publish_refused.value());
  out.counter("roomcast_redis_possible_gaps_total",
              "Times that the subscriber was cut off: messages of other servers may be missing.",
              metrics_.possible_gaps.value());
  out.counter("roomcast_redis_probes_total", "Messages to ourselves that prove that messages arrive.",
              metrics_.probes.value());
  out.counter("roomcast_redis_probe_failures_total", "Those that did not come back in time.",
              metrics_.probe_failures.value());
}

}  // namespace roomcast::adapter

#pragma once

#include <map>
#include <memory>
#include <string>

#include <adapter/adapter.hpp>
#include <adapter/nodes.hpp>
#include <adapter/pubsub.hpp>
#include <base/metrics.hpp>
#include <loop/loop.hpp>
#include <roomcast/adapters.hpp>

namespace roomcast::adapter {

class RedisAdapter;

/// What the adapter of one server counts. Any thread.
struct ClusterMetrics {
  base::SharedCounter published;     ///< messages to other servers, without heartbeats
  base::SharedCounter refused;       ///< not published because they are too large
  base::SharedCounter received;      ///< messages on the channels of the adapter
  base::SharedCounter unwanted;      ///< of those, for rooms that nobody here is in
  base::SharedCounter malformed;     ///< of those, such as no server sends: ignored
  base::SharedCounter calls;         ///< questions to all servers
  base::SharedCounter incomplete;    ///< of those, ended with an answer missing
  base::SharedCounter lost_servers;  ///< servers that fell silent without goodbye
  base::Gauge pending_calls;         ///< questions that wait for answers now
  base::Gauge known_servers;         ///< other roomcast servers that are heard now
};

/// A cluster whose servers talk through Redis pub/sub as those with @socket.io/redis-adapter 8 do.
///
/// Owns the adapters of all namespaces, and knows the other roomcast servers by their heartbeats. Lives on
/// the service loop; what may be called from elsewhere says so.
class RedisCluster final : public Cluster {
 public:
  /// `pubsub` and `loop` must work until the loop has stopped.
  RedisCluster(loop::Loop& loop, std::unique_ptr<PubSub> pubsub, RedisAdapterOptions options,
               std::string description);
  ~RedisCluster() override;

  std::shared_ptr<Adapter> attach(std::weak_ptr<LocalSockets> sockets) override;
  void start() override;
  bool ready() const noexcept override { return pubsub_->ready(); }
  std::string why_not_ready() const override;
  std::string description() const override { return description_; }
  void write_metrics(MetricsWriter& out) const override;
  void close(std::function<void()> done) override;
  void on_server_lost(std::function<void(std::string)> f) override { lost_ = std::move(f); }

  const RedisAdapterOptions& options() const noexcept { return options_; }
  ClusterMetrics& metrics() noexcept { return metrics_; }
  loop::Loop& loop() noexcept { return loop_; }
  PubSub& pubsub() noexcept { return *pubsub_; }
  Nodes& nodes() noexcept { return nodes_; }

  /// An adapter has taken up its namespace, or given it up.
  void opened(RedisAdapter& adapter);
  void closed(RedisAdapter& adapter);

 private:
  void on_timer(loop::TimePoint now);
  void announce(Nodes::Kind kind);

  loop::Loop& loop_;
  const std::unique_ptr<PubSub> pubsub_;
  const RedisAdapterOptions options_;
  const std::string description_;
  ClusterMetrics metrics_;
  Nodes nodes_;
  std::map<std::string, RedisAdapter*, std::less<>> adapters_;  // by namespace
  std::function<void(std::string)> lost_;
  bool started_ = false;
  bool introduced_ = false;
  loop::MemberTimer<RedisCluster, &RedisCluster::on_timer> timer_{*this};
};

}  // namespace roomcast::adapter

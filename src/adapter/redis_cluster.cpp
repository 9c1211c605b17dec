#include <utility>

#include <unistd.h>

#include <adapter/redis_adapter.hpp>
#include <adapter/redis_cluster.hpp>
#include <base/crypto.hpp>
#include <base/log.hpp>

namespace roomcast::adapter {
namespace {

constexpr int heartbeats_per_timeout = 4;

std::string process_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '?';
  return std::string(host) + ':' + std::to_string(::getpid());
}

}  // namespace

RedisCluster::RedisCluster(loop::Loop& loop, std::unique_ptr<PubSub> pubsub, RedisAdapterOptions options,
                           std::string description)
    : loop_(loop),
      pubsub_(std::move(pubsub)),
      options_(std::move(options)),
      description_(std::move(description)),
      nodes_({base::random_token(15), process_name(), options_.key}, options_.node_timeout) {}

RedisCluster::~RedisCluster() = default;

std::shared_ptr<Adapter> RedisCluster::attach(std::weak_ptr<LocalSockets> sockets) {
  auto adapter = std::make_shared<RedisAdapter>(*this, std::move(sockets));
  loop_.post([adapter] { adapter->open(); });
  return adapter;
}

void RedisCluster::opened(RedisAdapter& adapter) {
  adapters_.insert_or_assign(adapter.nsp(), &adapter);
  nodes_.add(adapter.nsp(), adapter.uid());
  if (started_) announce(Nodes::Kind::alive);
}

void RedisCluster::closed(RedisAdapter& adapter) {
  const auto found = adapters_.find(adapter.nsp());
  if (found == adapters_.end() || found->second != &adapter) return;
  adapters_.erase(found);
  nodes_.remove(adapter.nsp());
}

void RedisCluster::start() {
  started_ = true;
  pubsub_->subscribe(std::string(Nodes::channel),
                     [this](std::string_view, std::string_view, std::string_view payload) {
                       const Nodes::Heard heard = nodes_.on_message(payload, loop::Clock::now());
                       metrics_.known_servers.set(nodes_.count());
                       switch (heard) {
                         case Nodes::Heard::newcomer:
                           return announce(Nodes::Kind::alive);
                         case Nodes::Heard::not_ours:
                           return metrics_.malformed.add();
                         case Nodes::Heard::nothing:
                           return;
                       }
                     });
  // Not before: the others answer at once, and are to be heard. When Redis is back they know us already.
  pubsub_->on_subscribed(
      [this] { announce(std::exchange(introduced_, true) ? Nodes::Kind::alive : Nodes::Kind::hello); });
  pubsub_->start();
  loop_.timers().arm(timer_, loop::Clock::now() + options_.node_timeout / heartbeats_per_timeout);
}

std::string RedisCluster::why_not_ready() const {
  if (ready()) return {};
  std::string unfit = pubsub_->unfit();
  return unfit.empty() ? "messages of the other servers do not arrive" : unfit;
}

void RedisCluster::announce(Nodes::Kind kind) { pubsub_->publish(Nodes::channel, nodes_.heartbeat(kind)); }

void RedisCluster::on_timer(loop::TimePoint now) {
  loop_.timers().arm(timer_, now + options_.node_timeout / heartbeats_per_timeout);
  announce(Nodes::Kind::alive);
  // While nothing arrives here, silence says nothing about the others.
  if (!pubsub_->ready()) return;
  for (std::string& name : nodes_.expire(now)) {
    metrics_.lost_servers.add();
    base::log::warn("redis adapter: the server {} has been silent for {} ms: taken for dead", name,
                    options_.node_timeout.count());
    if (lost_) lost_(std::move(name));
  }
  metrics_.known_servers.set(nodes_.count());
  for (const auto& [nsp, adapter] : adapters_) adapter->take_census();
}

void RedisCluster::close(std::function<void()> done) {
  timer_.cancel();
  const auto open = adapters_;
  for (const auto& [nsp, adapter] : open) adapter->close_here();
  if (started_) announce(Nodes::Kind::bye);
  pubsub_->close(std::move(done));
}

}  // namespace roomcast::adapter

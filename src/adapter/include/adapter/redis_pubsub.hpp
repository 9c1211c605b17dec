#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include <adapter/pubsub.hpp>
#include <loop/loop.hpp>
#include <redis/commands.hpp>
#include <redis/metrics.hpp>
#include <redis/options.hpp>
#include <redis/probe.hpp>
#include <redis/subscriber.hpp>

namespace roomcast::adapter {

/// One Redis as a PubSub: a connection that publishes, another that is subscribed, and a probe that watches
/// over them.
class RedisPubSub final : public PubSub {
 public:
  /// Throws std::invalid_argument when TLS cannot be set up.
  RedisPubSub(loop::Loop& loop, const resp::Options& options);

  void subscribe(std::string channel, Handler handler) override;
  void psubscribe(std::string pattern, Handler handler) override;
  void unsubscribe(std::string_view channel) override { subscriber_.unsubscribe(channel); }
  void punsubscribe(std::string_view pattern) override { subscriber_.punsubscribe(pattern); }
  void publish(std::string_view channel, std::string_view payload) override {
    commands_.publish(channel, payload);
  }
  void count_subscribers(std::string_view channel,
                         std::function<void(std::optional<std::size_t>)> done) override;
  void probe_on(std::string channel) override { probe_channel_ = std::move(channel); }
  void on_subscribed(std::function<void()> f) override {
    subscriber_.watch([f = std::move(f)](bool ready) {
      if (ready) f();
    });
  }
  void start() override;
  bool ready() const noexcept override { return probe_.healthy(); }
  std::string unfit() const override;
  bool counts() const noexcept override { return counts_; }
  std::size_t max_payload() const noexcept override { return commands_.options().max_publish_bytes; }
  void write_metrics(MetricsWriter& out) const override;
  void close(std::function<void()> done) override;

 private:
  void look_at_limits();
  void look_at_counting();
  /// Redis has answered a command with an error: if that is for good, it is said once and kept for `unfit`.
  void refused(std::string_view command, std::string_view error);
  void fit();

  resp::Metrics metrics_;
  resp::Commands commands_;
  resp::Subscriber subscriber_;
  resp::Probe probe_;
  std::string probe_channel_;
  bool counts_ = true;
  mutable std::mutex mutex_;  // guards unfit_, which any thread may ask for
  std::string unfit_;
};

}  // namespace roomcast::adapter

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace roomcast {
class MetricsWriter;
}

namespace roomcast::adapter {

/// What the adapter needs of a message broker. Implemented over Redis, and in the tests by a
/// hub in memory. Service loop only, but for what says otherwise.
class PubSub {
 public:
  /// `pattern` is empty for a channel's own subscription. Views: good until the call returns.
  using Handler =
      std::function<void(std::string_view pattern, std::string_view channel, std::string_view payload)>;

  virtual ~PubSub() = default;

  virtual void subscribe(std::string channel, Handler handler) = 0;
  virtual void psubscribe(std::string pattern, Handler handler) = 0;
  virtual void unsubscribe(std::string_view channel) = 0;
  virtual void punsubscribe(std::string_view pattern) = 0;
  /// In order, at most once. While the broker is away it waits in a bounded buffer.
  virtual void publish(std::string_view channel, std::string_view payload) = 0;
  /// How many subscribe to the channel (patterns do not count), or nothing if that cannot be known now.
  virtual void count_subscribers(std::string_view channel,
                                 std::function<void(std::optional<std::size_t>)> done) = 0;

  /// Where messages to ourselves go that prove that the others' arrive too: a channel of our own, which is to
  /// be subscribed after this. Before `start`.
  virtual void probe_on(std::string channel) = 0;
  /// `f` is called each time that everything which is subscribed is heard: at first, and when the broker is
  /// back. Before `start`.
  virtual void on_subscribed(std::function<void()> f) = 0;
  virtual void start() = 0;
  /// Any thread: whether a message of ours to ourselves has come back lately.
  virtual bool ready() const noexcept = 0;
  /// Any thread: what is wrong with the broker itself that it is not ready, and what to do; empty if it is
  /// ready or merely away.
  virtual std::string unfit() const = 0;
  /// Whether it can count subscribers at all, as far as is known: a broker may allow or forbid it at any
  /// time, and is asked anew with each connection.
  virtual bool counts() const noexcept = 0;
  /// Any thread: the largest payload that may be published, in bytes.
  virtual std::size_t max_payload() const noexcept = 0;
  /// Any thread: what there is to count about the connections to the broker.
  virtual void write_metrics(MetricsWriter& out) const = 0;
  /// Calls `done` once what was published has been taken, or cannot be.
  virtual void close(std::function<void()> done) = 0;
};

}  // namespace roomcast::adapter

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapter/pubsub.hpp>
#include <loop/loop.hpp>

namespace roomcast::support {

/// A message broker in the memory of one process: what several servers of a test share in Redis's place. It
/// can lose touch with a server, which then neither hears nor is heard, and still counts as a subscriber.
class PubSubHub {
 public:
  class Member;

  /// One server's connection.
  std::unique_ptr<adapter::PubSub> join(loop::Loop& loop);
  /// The server that was the `n`th to join hears nothing any more, and nobody hears it.
  void silence(std::size_t n) {
    const std::lock_guard lock(mutex_);
    silent_.at(n) = true;
  }

 private:
  struct Subscription {
    std::size_t member;
    loop::Loop* loop;
    std::string name;  // of the channel, or the pattern with its star
    adapter::PubSub::Handler handler;
  };
  using Subscriptions = std::vector<std::shared_ptr<Subscription>>;

  std::mutex mutex_;
  std::vector<bool> silent_;
  Subscriptions channels_;
  Subscriptions patterns_;
};

class PubSubHub::Member final : public adapter::PubSub {
 public:
  Member(PubSubHub& hub, std::size_t number, loop::Loop& loop) : hub_(hub), number_(number), loop_(loop) {}
  ~Member() override { leave(); }

  void subscribe(std::string channel, Handler handler) override {
    add(hub_.channels_, std::move(channel), std::move(handler));
  }
  void psubscribe(std::string pattern, Handler handler) override {
    add(hub_.patterns_, std::move(pattern), std::move(handler));
  }
  void unsubscribe(std::string_view channel) override { remove(hub_.channels_, channel); }
  void punsubscribe(std::string_view pattern) override { remove(hub_.patterns_, pattern); }

  void publish(std::string_view channel, std::string_view payload) override {
    const std::lock_guard lock(hub_.mutex_);
    if (hub_.silent_[number_]) return;
    const auto message = std::make_shared<const std::pair<std::string, std::string>>(channel, payload);
    for (const auto& one : hub_.channels_)
      if (one->name == channel) deliver(one, "", message);
    for (const auto& one : hub_.patterns_)
      if (channel.starts_with(std::string_view(one->name).substr(0, one->name.size() - 1)))
        deliver(one, one->name, message);
  }

  void count_subscribers(std::string_view channel,
                         std::function<void(std::optional<std::size_t>)> done) override {
    std::size_t count = 0;
    {
      const std::lock_guard lock(hub_.mutex_);
      for (const auto& one : hub_.channels_)
        if (one->name == channel) ++count;
    }
    loop_.post([done = std::move(done), count] { done(count); });
  }

  void probe_on(std::string) override {}
  void on_subscribed(std::function<void()> f) override { subscribed_ = std::move(f); }
  void start() override { loop_.post(subscribed_); }
  bool ready() const noexcept override { return true; }
  std::string unfit() const override { return {}; }
  bool counts() const noexcept override { return true; }
  std::size_t max_payload() const noexcept override { return 1'000'000; }
  void write_metrics(MetricsWriter&) const override {}
  void close(std::function<void()> done) override {
    leave();
    done();
  }

 private:
  using Message = std::shared_ptr<const std::pair<std::string, std::string>>;

  void add(Subscriptions& all, std::string name, Handler handler) {
    const std::lock_guard lock(hub_.mutex_);
    all.push_back(
        std::make_shared<Subscription>(Subscription{number_, &loop_, std::move(name), std::move(handler)}));
  }
  void remove(Subscriptions& all, std::string_view name) {
    const std::lock_guard lock(hub_.mutex_);
    std::erase_if(all, [&](const auto& one) { return one->member == number_ && one->name == name; });
  }
  void leave() {
    const std::lock_guard lock(hub_.mutex_);
    for (Subscriptions* all : {&hub_.channels_, &hub_.patterns_})
      std::erase_if(*all, [&](const auto& one) { return one->member == number_; });
  }
  // With the lock held. Whoever has unsubscribed meanwhile is not told.
  void deliver(const std::shared_ptr<Subscription>& to, std::string_view pattern, const Message& message) {
    if (hub_.silent_[to->member]) return;
    to->loop->post([weak = std::weak_ptr<Subscription>(to), pattern = std::string(pattern), message] {
      if (const auto subscription = weak.lock())
        subscription->handler(pattern, message->first, message->second);
    });
  }

  PubSubHub& hub_;
  const std::size_t number_;
  std::function<void()> subscribed_;
  loop::Loop& loop_;
};

inline std::unique_ptr<adapter::PubSub> PubSubHub::join(loop::Loop& loop) {
  const std::lock_guard lock(mutex_);
  silent_.push_back(false);
  return std::make_unique<Member>(*this, silent_.size() - 1, loop);
}

}  // namespace roomcast::support

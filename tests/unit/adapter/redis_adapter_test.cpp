// One namespace's adapter over a broker that we are.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <adapter/redis_adapter.hpp>
#include <adapter/redis_cluster.hpp>
#include <support/count_allocations.hpp>

namespace roomcast::adapter {
namespace {

using namespace std::chrono_literals;

/// Takes everything and passes nothing on.
class Broker final : public PubSub {
 public:
  explicit Broker(loop::Loop& loop) : loop_(loop) {}

  void subscribe(std::string, Handler) override {}
  void psubscribe(std::string, Handler) override {}
  void unsubscribe(std::string_view) override {}
  void punsubscribe(std::string_view) override {}
  void publish(std::string_view channel, std::string_view payload) override {
    if (channel == Nodes::channel) {
      heartbeats.emplace_back(payload);
    } else {
      ++published;
    }
  }
  void count_subscribers(std::string_view, std::function<void(std::optional<std::size_t>)> done) override {
    if (deaf) return unanswered.push_back(std::move(done));
    if (!counting) return done(std::nullopt);
    loop_.post([done = std::move(done)] { done(4); });
  }
  void probe_on(std::string) override {}
  void on_subscribed(std::function<void()> f) override { subscribed = std::move(f); }
  void start() override {}
  bool ready() const noexcept override { return true; }
  std::string unfit() const override { return {}; }
  bool counts() const noexcept override { return counting; }
  std::size_t max_payload() const noexcept override { return 1'000'000; }
  void write_metrics(MetricsWriter&) const override {}
  void close(std::function<void()> done) override { done(); }

  bool deaf = false;
  bool counting = true;
  std::function<void()> subscribed;
  std::vector<std::string> heartbeats;
  std::size_t published = 0;
  std::vector<std::function<void(std::optional<std::size_t>)>> unanswered;

 private:
  loop::Loop& loop_;
};

/// Nobody.
class NoSockets final : public LocalSockets {
 public:
  std::string_view nsp() const noexcept override { return "/"; }
  bool anybody_in(std::string_view) const override { return false; }
  bool deliver(Target, std::string_view) override { return true; }
  bool deliver_with_acks(Target, std::string_view, std::chrono::milliseconds,
                         std::function<void(std::size_t)>, std::function<void(Payload)>) override {
    return true;
  }
  void join_locally(Target, std::vector<std::string>) override {}
  void leave_locally(Target, std::vector<std::string>) override {}
  void disconnect_locally(Target, bool) override {}
  void fetch_locally(Target, std::function<void(std::vector<SocketDetails>)> done) override { done({}); }
  std::vector<std::string> rooms_locally() const override { return {}; }
  void on_server_side_event(std::string_view, std::function<void(Payload)>) override {}
};

class PendingCalls : public testing::Test {
 protected:
  static constexpr std::size_t many = 1'000;

  PendingCalls() {
    cluster_.start();
    adapter_ = cluster_.attach(sockets_);
  }
  ~PendingCalls() override { adapter_->close(); }

  /// Asks `many` questions of each kind, and turns the loop until all have ended. `meanwhile` happens when
  /// all are asked. @return how many were told that something is missing.
  std::size_t ask(const std::function<void()>& meanwhile = [] {}) {
    std::size_t left = 4 * many;
    std::size_t incomplete = 0;
    const auto ended = [&](const Coverage& coverage) {
      if (!coverage.complete()) ++incomplete;
      if (--left == 0) loop_.stop();
    };
    for (std::size_t i = 0; i < many; ++i) {
      adapter_->fetch({}, [&](const std::vector<SocketDetails>&, const Coverage& c) { ended(c); });
      adapter_->list_rooms([&](const std::vector<std::string>&, const Coverage& c) { ended(c); });
      adapter_->server_side_emit_with_ack({R"(["sum?"])", {}}, [](const Payload&) {}, ended);
      adapter_->broadcast_with_acks(
          {}, {R"(["question"])", {}}, 50ms, [](const Payload&) {},
          [&](std::size_t, const Coverage& c) { ended(c); });
    }
    loop_.post([&] {
      most_ = cluster_.metrics().pending_calls.value();
      meanwhile();
    });
    loop_.run();
    return incomplete;
  }
  std::uint64_t pending() { return cluster_.metrics().pending_calls.value(); }

  loop::Loop loop_{0};
  std::shared_ptr<NoSockets> sockets_ = std::make_shared<NoSockets>();
  Broker* broker_ = new Broker(loop_);
  RedisCluster cluster_{loop_, std::unique_ptr<PubSub>(broker_), {.requests_timeout = 50ms}, "a broker"};
  std::shared_ptr<Adapter> adapter_;
  std::uint64_t most_ = 0;
};

TEST_F(PendingCalls, whose_answers_never_come_end_at_their_deadlines_and_leave_nothing_behind) {
  EXPECT_EQ(ask(), 4 * many);
  EXPECT_EQ(most_, 4 * many);
  EXPECT_EQ(pending(), 0u);
  const std::size_t before = support::allocated_bytes.load();
  for (int round = 0; round < 3; ++round) ask();
  EXPECT_EQ(pending(), 0u);
  EXPECT_LT(support::allocated_bytes.load(), before + 64 * 1024);  // a leak would be some megabytes
}

TEST_F(PendingCalls, have_their_deadline_even_if_the_broker_does_not_answer_either) {
  broker_->deaf = true;
  const std::size_t published = broker_->published;
  EXPECT_EQ(ask(), 4 * many);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(broker_->published, published);
  for (const auto& answer : std::exchange(broker_->unanswered, {})) answer(4);  // too late: nobody is asked
  EXPECT_EQ(broker_->published, published);
}

TEST_F(PendingCalls, end_with_the_namespace) {
  ask([this] { adapter_->close(); });
  EXPECT_EQ(pending(), 0u);
}

TEST_F(PendingCalls, do_without_a_count_where_redis_has_none_and_nobody_else_is_known) {
  broker_->counting = false;
  EXPECT_EQ(ask(), 0u);
  EXPECT_EQ(pending(), 0u);
}

// Others answer a hello at once: those answers are to be heard, or this server would know nobody until the
// others' next heartbeats, and would not miss one that dies before.
TEST(RedisCluster, introduces_itself_when_it_hears_the_others_and_not_again_when_redis_is_back) {
  loop::Loop loop(0);
  auto* broker = new Broker(loop);
  RedisCluster cluster(loop, std::unique_ptr<PubSub>(broker), {}, "a broker");
  cluster.start();
  EXPECT_TRUE(broker->heartbeats.empty());
  broker->subscribed();
  ASSERT_EQ(broker->heartbeats.size(), 1u);
  EXPECT_NE(broker->heartbeats[0].find(R"("hello")"), std::string::npos);
  broker->subscribed();
  ASSERT_EQ(broker->heartbeats.size(), 2u);
  EXPECT_NE(broker->heartbeats[1].find(R"("alive")"), std::string::npos);
}

}  // namespace
}  // namespace roomcast::adapter

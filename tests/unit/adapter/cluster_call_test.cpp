#include <gtest/gtest.h>

#include <adapter/cluster_call.hpp>

namespace roomcast::adapter {
namespace {

using Names = std::vector<std::string>;
using Servers = ClusterCall::Servers;

ClusterCall call() { return {"id", loop::TimePoint::max()}; }

const Nodes::Member a{"uid-a", "host-a"};
const Nodes::Member b{"uid-b", "host-b"};

TEST(ClusterCall, alone_is_done_at_once) {
  ClusterCall alone = call();
  alone.asked({});
  EXPECT_TRUE(alone.done({}));
  EXPECT_TRUE(alone.coverage({}).complete());
}

TEST(ClusterCall, is_done_when_every_subscriber_has_answered) {
  ClusterCall asking = call();
  const Servers servers{2, {a}, 1};
  asking.asked(servers);
  EXPECT_FALSE(asking.done(servers));
  asking.answered("uid-a");
  EXPECT_FALSE(asking.done(servers));
  asking.answered("");  // a Node.js server
  EXPECT_TRUE(asking.done(servers));
  EXPECT_TRUE(asking.coverage(servers).complete());
}

TEST(ClusterCall, counts_no_server_twice) {
  ClusterCall asking = call();
  const Servers servers{2, {a, b}, 0};
  asking.asked(servers);
  asking.answered("uid-a");
  asking.answered("uid-a");
  EXPECT_FALSE(asking.done(servers));
  EXPECT_EQ(asking.coverage(servers).missing, Names{"host-b"});
}

TEST(ClusterCall, does_not_wait_for_who_has_died_and_names_it) {
  ClusterCall asking = call();
  asking.asked({2, {a, b}, 0});
  asking.answered("uid-a");
  const Servers later{2, {a}, 0};  // Redis still counts it
  EXPECT_TRUE(asking.done(later));
  EXPECT_EQ(asking.coverage(later).missing, Names{"host-b"});
}

TEST(ClusterCall, does_not_wait_for_who_came_after_the_question) {
  ClusterCall asking = call();
  asking.asked({1, {a}, 0});
  asking.answered("uid-a");
  const Servers later{2, {a, b}, 0};
  EXPECT_TRUE(asking.done(later));
  EXPECT_TRUE(asking.coverage(later).complete());
}

TEST(ClusterCall, does_not_wait_for_subscribers_that_are_no_servers) {
  ClusterCall asking = call();
  const Servers servers{3, {a}, 0};  // two listen in, of which none ever answers
  asking.asked(servers);
  asking.answered("uid-a");
  EXPECT_TRUE(asking.done(servers));
  EXPECT_TRUE(asking.coverage(servers).complete());
}

TEST(ClusterCall, says_that_a_server_without_a_name_is_missing) {
  ClusterCall asking = call();
  const Servers servers{3, {a}, 2};
  asking.asked(servers);
  asking.answered("uid-a");
  asking.answered("");
  EXPECT_FALSE(asking.done(servers));
  EXPECT_EQ(asking.coverage(servers).missing, Names{std::string(Coverage::unknown)});
}

// It has not heard our heartbeat yet: it takes us for a Node.js server.
TEST(ClusterCall, a_server_that_answers_without_its_name_is_not_missing) {
  ClusterCall asking = call();
  const Servers servers{2, {a, b}, 0};
  asking.asked(servers);
  asking.answered("uid-a");
  asking.answered("");
  EXPECT_TRUE(asking.done(servers));
  EXPECT_TRUE(asking.coverage(servers).complete());
}

// Its connection is gone with it, so Redis does not count it any more either.
TEST(ClusterCall, names_who_was_asked_and_is_gone) {
  ClusterCall asking = call();
  asking.asked({2, {a, b}, 0});
  asking.answered("uid-a");
  const Servers later{1, {a, b}, 0};
  EXPECT_TRUE(asking.done(later));
  EXPECT_EQ(asking.coverage(later).missing, Names{"host-b"});
}

TEST(ClusterCall, waits_for_the_clients_that_were_asked) {
  ClusterCall asking = call();
  const Servers servers{1, {a}, 0};
  asking.asked(servers);
  asking.expect_clients(2);
  asking.answered("uid-a");
  EXPECT_FALSE(asking.done(servers));
  asking.client_answered();
  asking.client_answered();
  EXPECT_TRUE(asking.done(servers));
  EXPECT_EQ(asking.clients(), 2u);
}

TEST(ClusterCall, more_answers_than_there_are_servers_do_no_harm) {
  ClusterCall asking = call();
  const Servers servers{1, {}, 1};
  asking.asked(servers);
  for (int i = 0; i < 5; ++i) asking.answered("");
  EXPECT_TRUE(asking.done(servers));
  EXPECT_TRUE(asking.coverage(servers).complete());
}

}  // namespace
}  // namespace roomcast::adapter

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <engine/admission.hpp>

#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using namespace std::chrono_literals;
using Verdict = Admission::Verdict;

constexpr loop::TimePoint begin{1h};

ServerOptions limits(std::size_t clients, std::size_t of_address, double per_second) {
  ServerOptions options;
  options.max_clients = clients;
  options.max_clients_per_address = of_address;
  options.max_handshakes_per_second = per_second;
  return options;
}

TEST(Admission, without_limits_everybody_is_welcome_and_nobody_counts) {
  Admission admission(limits(0, 0, 0));
  const auto [verdict, place] = admission.enter("1.2.3.4", begin);
  EXPECT_EQ(verdict, Verdict::welcome);
  EXPECT_FALSE(place);
}

TEST(Admission, a_place_is_free_again_when_its_holder_goes) {
  Admission admission(limits(2, 0, 0));
  auto first = admission.enter("a", begin);
  {
    const auto second = admission.enter("b", begin);
    EXPECT_EQ(second.first, Verdict::welcome);
    EXPECT_EQ(admission.enter("c", begin).first, Verdict::too_many);
  }
  auto third = admission.enter("c", begin);
  EXPECT_EQ(third.first, Verdict::welcome);
  EXPECT_EQ(admission.enter("d", begin).first, Verdict::too_many);
  third.second = Admission::Place();
  EXPECT_EQ(admission.enter("d", begin).first, Verdict::welcome);
}

TEST(Admission, one_address_takes_no_places_from_another) {
  Admission admission(limits(0, 2, 0));
  std::vector<Admission::Place> places;
  for (const char* address : {"a", "a", "b"}) {
    auto [verdict, place] = admission.enter(address, begin);
    EXPECT_EQ(verdict, Verdict::welcome);
    places.push_back(std::move(place));
  }
  EXPECT_EQ(admission.enter("a", begin).first, Verdict::too_many_of_address);
  EXPECT_EQ(admission.enter("b", begin).first, Verdict::welcome);
  places.erase(places.begin());
  EXPECT_EQ(admission.enter("a", begin).first, Verdict::welcome);
}

TEST(Admission, as_many_as_of_a_second_may_come_at_once_and_then_at_that_rate) {
  Admission admission(limits(0, 0, 4));
  auto come = [&](loop::TimePoint when) { return admission.enter("a", when).first; };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(come(begin), Verdict::welcome);
  EXPECT_EQ(come(begin), Verdict::too_fast);
  EXPECT_EQ(come(begin + 240ms), Verdict::too_fast);
  EXPECT_EQ(come(begin + 260ms), Verdict::welcome);
  EXPECT_EQ(come(begin + 270ms), Verdict::too_fast);
  EXPECT_EQ(come(begin + 200ms), Verdict::too_fast);  // loops look at their clocks at different times
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(come(begin + 1min), Verdict::welcome);  // and no more, however long it was quiet
  EXPECT_EQ(come(begin + 1min), Verdict::too_fast);
}

TEST(Admission, who_is_turned_away_for_one_limit_is_not_counted_for_another) {
  Admission admission(limits(1, 0, 2));
  const auto place = admission.enter("a", begin);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admission.enter("b", begin).first, Verdict::too_many);
}

TEST(Admission, loops_never_let_in_more_than_there_are_places) {
  Admission admission(limits(3, 0, 0));
  std::atomic<int> inside = 0, most = 0;
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 4; ++n) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          const auto [verdict, place] = admission.enter("a", begin);
          if (verdict != Verdict::welcome) continue;
          const int now = ++inside;
          for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
          }
          --inside;
        }
      });
    }
  }
  EXPECT_LE(most, 3);
}

/// The same through the door.
class Full : public EngineTest, public testing::WithParamInterface<unsigned> {
 protected:
  /// How a client is answered that the proxy says has this address.
  unsigned status_for(std::string_view address) {
    return request("GET", "EIO=4&transport=polling", {}, "X-Forwarded-For: " + std::string(address) + "\r\n")
        .response()
        .status;
  }
};
INSTANTIATE_TEST_SUITE_P(Loops, Full, testing::Values(1u, 2u, 3u));

TEST_P(Full, further_clients_are_answered_503_until_somebody_goes) {
  options_.max_clients = 2;
  start(GetParam());
  const std::string sid = handshake();
  RawClient websocket = websocket_session();
  const RawClient::Response refused = request("GET", "EIO=4&transport=polling").response();
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.body, "too many clients: max_clients");
  EXPECT_NE(refused.head.find("\r\nRetry-After: 10\r\n"), std::string::npos);
  RawClient late = connect();
  late.send(upgrade_head("EIO=4&transport=websocket"));
  const std::string answer = late.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("too many clients: max_clients")) << answer;
  EXPECT_EQ(post(sid, "4hello"), "ok");  // who is there notices nothing
  websocket.close();
  expect_note("close transport close: no close frame");
  // Its place is free a moment after its handler was told.
  until([this] { return request("GET", "EIO=4&transport=polling").response().status == 200; });
  EXPECT_EQ(request("GET", "EIO=4&transport=polling").response().status, 503U);
}

TEST_P(Full, an_upgrade_needs_no_second_place) {
  options_.max_clients = 1;
  start(GetParam());
  const std::string sid = handshake();
  RawClient client = probe(sid);
  client.send(support::client_text("5"));
  client.send(support::client_text("4hello"));
  expect_note("text hello");
}

TEST_P(Full, the_address_that_counts_is_the_one_behind_a_trusted_proxy) {
  options_.max_clients_per_address = 1;
  options_.trusted_proxies = {"127.0.0.1"};
  start(GetParam());
  EXPECT_EQ(status_for("1.1.1.1"), 200U);
  EXPECT_EQ(status_for("1.1.1.1"), 503U);
  EXPECT_EQ(status_for("9.9.9.9, 1.1.1.1"), 503U);
  EXPECT_EQ(status_for("2.2.2.2"), 200U);
}

TEST_P(Full, too_many_at_once_are_answered_503_before_the_application_is_asked) {
  options_.max_handshakes_per_second = 1;
  std::atomic<int> asked = 0;
  at_refusal = [&](const net::HttpRequest&) {
    ++asked;
    return std::optional<std::string>("not you");
  };
  start(GetParam());
  EXPECT_EQ(request("GET", "EIO=4&transport=polling").response().status, 403U);  // it has come all the same
  const RawClient::Response refused = request("GET", "EIO=4&transport=polling").response();
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.body, "too many new clients at once: max_handshakes_per_second");
  EXPECT_NE(refused.head.find("\r\nRetry-After: 1\r\n"), std::string::npos) << refused.head;
  RawClient late = connect();
  late.send(upgrade_head("EIO=4&transport=websocket"));
  const std::string answer = late.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("too many new clients at once: max_handshakes_per_second")) << answer;
  EXPECT_EQ(asked, 1);
  std::uint64_t counted = 0;
  server_->for_each_loop([&](const LoopState& loop) { counted += loop.counts.clients_refused[2].value(); });
  EXPECT_EQ(counted, 2U);
}

TEST_P(Full, whoever_the_application_refuses_takes_no_place) {
  options_.max_clients = 1;
  at_refusal = [](const net::HttpRequest& request) -> std::optional<std::string> {
    if (request.has_header("X-Good")) return std::nullopt;
    return "not you";
  };
  start(GetParam());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(request("GET", "EIO=4&transport=polling").response().status, 403U);
    RawClient client = connect();
    client.send(upgrade_head("EIO=4&transport=websocket"));
    EXPECT_TRUE(client.read_to_end().ends_with("not you"));
  }
  auto good = [this] {
    return request("GET", "EIO=4&transport=polling", {}, "X-Good: 1\r\n").response().status;
  };
  EXPECT_EQ(good(), 200U);
  EXPECT_EQ(good(), 503U);
}

TEST_P(Full, of_a_network_of_ipv6_there_are_as_many_as_of_an_address) {
  options_.max_clients_per_address = 1;
  options_.trusted_proxies = {"127.0.0.1"};
  start(GetParam());
  EXPECT_EQ(status_for("2001:db8:1:2::1"), 200U);
  EXPECT_EQ(status_for("2001:db8:1:2:ffff::9"), 503U);
  EXPECT_EQ(status_for("2001:db8:1:3::1"), 200U);
  EXPECT_EQ(status_for("1.2.3.4"), 200U);
  EXPECT_EQ(status_for("::ffff:1.2.3.4"), 503U);
  EXPECT_EQ(status_for("::ffff:1.2.3.5"), 200U);
}

TEST_P(Full, the_host_behind_a_trusted_proxy_is_the_servers_own_for_origins) {
  options_.trusted_proxies = {"127.0.0.1"};
  start(GetParam());
  const std::string headers = "Origin: https://chat.example.com\r\nX-Forwarded-Host: chat.example.com\r\n";
  EXPECT_EQ(request("GET", "EIO=4&transport=polling", {}, headers).response().status, 200U);
}

}  // namespace
}  // namespace roomcast::engine

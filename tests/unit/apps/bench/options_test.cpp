#include <stdexcept>
#include <string>

#include <bench/options.hpp>
#include <bench/report.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roomcast::app::bench {
namespace {

using testing::HasSubstr;

std::string refusal(Options options) {
  try {
    complete(options);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

Options of(Mode mode) {
  Options options;
  options.mode = mode;
  return options;
}

TEST(BenchOptions, have_the_defaults_of_their_mode) {
  Options echo = of(Mode::echo);
  complete(echo);
  EXPECT_EQ(echo.clients, 100U);
  EXPECT_EQ(echo.window, 1U);
  EXPECT_EQ(echo.rate, std::nullopt);
  EXPECT_EQ(echo.endpoints.front().host, "127.0.0.1:3000");
  Options rooms = of(Mode::rooms);
  complete(rooms);
  EXPECT_EQ(rooms.clients, 1000U);
  EXPECT_EQ(rooms.rooms, 100U);
  EXPECT_EQ(rooms.publishers, 100U);
  EXPECT_EQ(rooms.rate, 20'000.0);
  EXPECT_EQ(rooms.window, std::nullopt);
  Options polling = of(Mode::polling);
  complete(polling);
  EXPECT_TRUE(polling.is_polling());
}

TEST(BenchOptions, that_do_not_go_together_are_named) {
  Options options = of(Mode::echo);
  options.rooms = 3;
  EXPECT_THAT(refusal(options), HasSubstr("--rooms"));
  options = of(Mode::fanout);
  options.window = 1;
  options.rate = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--window and --rate"));
  options = of(Mode::rooms);
  options.window = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--window"));
  options = of(Mode::idle);
  options.rate = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--rate"));
  options = of(Mode::fanout);
  options.cycles = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--cycles"));
  options = of(Mode::echo);
  options.stalled = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--stalled means nothing to echo: it is for fanout and rooms"));
  options = of(Mode::rooms);
  options.stalled = 1;
  options.transport = Transport::polling;
  EXPECT_THAT(refusal(options), HasSubstr("--stalled"));
  options = of(Mode::polling);
  options.transport = Transport::websocket;
  EXPECT_THAT(refusal(options), HasSubstr("--transport"));
  options = of(Mode::private_messages);
  options.clients = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--clients"));
  options = of(Mode::rooms);
  options.clients = 10;
  options.rooms = 11;
  EXPECT_THAT(refusal(options), HasSubstr("--rooms"));
  options.rooms = 1;
  options.publishers = 11;
  EXPECT_THAT(refusal(options), HasSubstr("--publishers"));
  options = of(Mode::echo);
  options.pids = {0};
  EXPECT_THAT(refusal(options), HasSubstr("--pid 0"));
  options = of(Mode::echo);
  options.urls = {"http://127.0.0.1:1", "http://127.0.0.1:2"};
  options.clients = 1;
  EXPECT_THAT(refusal(options), HasSubstr("--clients"));
}

TEST(BenchOptions, spread_the_members_of_each_room_over_all_servers) {
  Options options = of(Mode::rooms);
  options.urls = {"http://127.0.0.1:1", "http://127.0.0.1:2"};
  options.clients = 8;
  options.rooms = 2;
  complete(options);
  EXPECT_EQ(&options.endpoint_of(0), &options.endpoints[0]);
  EXPECT_EQ(&options.endpoint_of(1), &options.endpoints[0]);
  EXPECT_EQ(&options.endpoint_of(2), &options.endpoints[1]);
  EXPECT_EQ(&options.endpoint_of(3), &options.endpoints[1]);
  EXPECT_EQ(&options.endpoint_of(4), &options.endpoints[0]);
}

TEST(BenchEndpoint, is_read_from_a_url) {
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:8080").path, "/socket.io/");
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:8080/").path, "/socket.io/");
  EXPECT_EQ(parse_endpoint("ws://127.0.0.1:8080/chat").path, "/chat/");
  EXPECT_EQ(parse_endpoint("127.0.0.1").host, "127.0.0.1");
  EXPECT_EQ(parse_endpoint("http://[::1]:80").address.ss_family, AF_INET6);
  EXPECT_TRUE(parse_endpoint("http://127.8.0.1:80").is_loopback_v4());
  EXPECT_FALSE(parse_endpoint("http://[::1]:80").is_loopback_v4());
  EXPECT_FALSE(parse_endpoint("http://10.0.0.1:80").is_loopback_v4());
}

TEST(BenchEndpoint, is_refused_with_the_reason) {
  for (const auto& [url, why] : {std::pair{"https://a", "TLS"},
                                 {"ftp://a", "URL"},
                                 {"http://", "host"},
                                 {"http://127.0.0.1:", "port"},
                                 {"http://127.0.0.1:0", "port"},
                                 {"http://127.0.0.1:65536", "port"},
                                 {"http://127.0.0.1:http", "port"},
                                 {"http://127.0.0.1:80/?x=1", "path"},
                                 {"http://127.0.0.1.x.invalid:80", "not to be found"}}) {
    Options options = of(Mode::echo);
    options.urls = {url};
    EXPECT_THAT(refusal(options), HasSubstr(why)) << url;
    EXPECT_THAT(refusal(options), HasSubstr("--url")) << url;
  }
}

TEST(BenchEndpoint, on_loopback_is_reached_from_another_address_after_25000_connections) {
  EXPECT_EQ(loopback_source(0), 0x7F000001U);
  EXPECT_EQ(loopback_source(24'999), 0x7F000001U);
  EXPECT_EQ(loopback_source(25'000), 0x7F000002U);
  EXPECT_EQ(loopback_source(25'000 * 249), 0x7F0000FAU);
  EXPECT_EQ(loopback_source(25'000 * 250), 0x7F000001U) << "the first ports have rested by then";
}

TEST(BenchReport, is_json_whatever_the_url_and_the_reason_are) {
  Options options = of(Mode::fanout);
  options.urls = {"http://127.0.0.1:80/a\"b\\"};
  complete(options);
  Result result;
  result.seconds = 2;
  result.latency.add(1'000);
  result.latency.add(3'000);
  result.first_loss = "line\n\"end\"";
  result.tally.lost = 1;
  result.deliveries = {2};
  const boost::json::value json = boost::json::parse(json_of(options, result));
  EXPECT_EQ(json.at("messages"), 2);
  EXPECT_EQ(json.at("rate_per_s"), 1.0);
  EXPECT_EQ(json.at("latency_us").at("max"), 3.0);
  EXPECT_EQ(json.at("errors").at("lost"), 1);
  EXPECT_EQ(json.at("ok"), false);
  EXPECT_EQ(json.at("urls").at(0).at("url"), "http://127.0.0.1:80/a\"b\\");
  EXPECT_EQ(json.at("closed_because"), "line\n\"end\"");
  EXPECT_TRUE(json.at("server").is_null());
  EXPECT_THAT(table_of(options, result), HasSubstr("FAILED: 1 lost"));
}

TEST(BenchReport, says_what_became_of_the_stalled_clients_and_calls_it_no_failure) {
  Options options = of(Mode::fanout);
  options.stalled = 7;
  complete(options);
  EXPECT_EQ(options.connections(), 107U);
  Result result;
  result.closed_of_stalled = 3;
  const boost::json::value json = boost::json::parse(json_of(options, result));
  EXPECT_EQ(json.at("stalled").at("clients"), 7);
  EXPECT_EQ(json.at("stalled").at("closed"), 3);
  EXPECT_EQ(json.at("ok"), true);
  EXPECT_THAT(table_of(options, result), HasSubstr("100 clients and 7 stalled ones"));
  EXPECT_THAT(table_of(options, result), HasSubstr("of 7 stalled clients the server has closed 3"));
}

TEST(BenchReport, of_a_run_without_messages_has_no_division_by_zero) {
  Options options = of(Mode::echo);
  complete(options);
  Result result;
  result.servers.emplace_back();
  EXPECT_NO_THROW(boost::json::parse(json_of(options, result)));
  EXPECT_THAT(table_of(options, result), testing::Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace roomcast::app::bench

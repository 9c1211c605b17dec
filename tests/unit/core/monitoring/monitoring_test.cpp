// A server's own answers about itself, over real sockets.
#include <future>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <roomcast/server.hpp>
#include <support/raw_client.hpp>

namespace roomcast {
namespace {

using support::RawClient;

class MonitoringTest : public testing::Test {
 protected:
  void start() {
    server_.emplace(options_);
    if (before_) before_(*server_);
    server_->listen();
  }
  RawClient::Response get(std::uint16_t port, const std::string& path, const std::string& method = "GET") {
    RawClient client(port);
    client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.response();
  }
  /// The value of the sample that begins with this, or -1.
  static double value(const std::string& text, const std::string& sample) {
    const std::size_t at = text.find("\n" + sample + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + sample.size() + 2));
  }

  ServerOptions options_{.host = "127.0.0.1", .port = 0, .threads = 2};
  std::function<void(Server&)> before_;
  std::optional<Server> server_;
};

TEST_F(MonitoringTest, metrics_are_on_the_servers_port_and_can_be_turned_off_there) {
  start();
  EXPECT_EQ(get(server_->port(), "/metrics?x=1").status, 200);
  EXPECT_EQ(server_->admin_port(), 0);
  options_.metrics = false;
  options_.admin_port = 0;
  start();
  EXPECT_EQ(get(server_->port(), "/metrics").status, 404);
  EXPECT_EQ(get(server_->port(), "/healthz").body, "ok\n");
  EXPECT_EQ(get(server_->admin_port(), "/metrics").status, 200);
}

TEST_F(MonitoringTest, the_admin_port_has_health_readiness_and_metrics_and_nothing_else) {
  options_.admin_port = 0;
  before_ = [](Server& server) {
    server.http("GET", "/mine", [](const HttpRequest&) { return HttpResponse{.body = "mine"}; });
  };
  start();
  const std::uint16_t admin = server_->admin_port();
  EXPECT_NE(admin, server_->port());
  EXPECT_EQ(get(admin, "/healthz").body, "ok\n");
  EXPECT_EQ(get(admin, "/readyz").status, 200);
  EXPECT_EQ(get(admin, "/mine").status, 404);
  EXPECT_EQ(get(admin, "/socket.io/?EIO=4&transport=polling").status, 404);
  EXPECT_EQ(get(admin, "/metrics", "DELETE").status, 405);
  // Scrapes there are not the server's traffic.
  EXPECT_EQ(value(server_->metrics_text(), "roomcast_tcp_connections_total"), 0);
}

TEST_F(MonitoringTest, the_admin_port_is_free_again_once_the_server_has_closed) {
  options_.admin_port = 0;
  start();
  const std::uint16_t port = server_->admin_port();
  server_->close();
  options_.admin_port = port;
  start();
  EXPECT_EQ(server_->admin_port(), port);
}

TEST_F(MonitoringTest, an_application_s_own_route_wins) {
  before_ = [](Server& server) {
    server.http("GET", "/metrics", [](const HttpRequest&) { return HttpResponse{.body = "mine"}; });
  };
  start();
  EXPECT_EQ(get(server_->port(), "/metrics").body, "mine");
}

TEST_F(MonitoringTest, readiness_asks_what_other_parts_have_registered) {
  start();
  EXPECT_EQ(get(server_->port(), "/readyz").status, 200);
  server_->readiness("store", [] { return std::string("the disk is full"); });
  const auto response = get(server_->port(), "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body,
            "{\"status\":\"not ready\",\"checks\":{\"listening\":\"ok\",\"draining\":\"ok\","
            "\"store\":\"the disk is full\"}}\n");
  EXPECT_EQ(get(server_->port(), "/healthz").status, 200);
}

TEST_F(MonitoringTest, memory_above_the_limit_is_not_ready) {
  options_.max_ready_memory = 1;
  start();
  const auto response = get(server_->port(), "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.body.find("max_ready_memory is 1"), std::string::npos) << response.body;
}

TEST_F(MonitoringTest, applications_add_metrics_of_their_own) {
  start();
  server_->add_metrics([](MetricsWriter& out) { out.gauge("chat_users", "Users.", 5); });
  server_->add_metrics([](MetricsWriter& out) {
    out.gauge("half", "Left out whole.");
    throw std::runtime_error("boom");
  });
  server_->add_metrics([](MetricsWriter& out) { out.gauge("chat_users", "There already.", 6); });
  server_->add_metrics([](MetricsWriter& out) { out.gauge("chat_tabs", "Tabs.", 7); });
  const std::string text = server_->metrics_text();
  EXPECT_EQ(value(text, "chat_users"), 5);
  EXPECT_EQ(value(text, "chat_tabs"), 7);
  EXPECT_EQ(text.find("half"), std::string::npos);
}

TEST_F(MonitoringTest, namespaces_whose_names_clients_choose_make_no_label) {
  before_ = [](Server& server) {
    server.of("/mine");
    server.of(std::regex("/room-.*"));
  };
  start();
  server_->of("/room-1");
  server_->of("/room-2");
  const std::string text = server_->metrics_text();
  EXPECT_EQ(value(text, "roomcast_sockets{namespace=\"/\"}"), 0);
  EXPECT_EQ(value(text, "roomcast_sockets{namespace=\"/mine\"}"), 0);
  EXPECT_EQ(value(text, "roomcast_sockets{namespace=\"other\"}"), 0);
  EXPECT_EQ(text.find("room-"), std::string::npos);
}

// What a scraper checks: every sample belongs to the family above it, and no series is there twice.
TEST_F(MonitoringTest, the_text_is_well_formed) {
  start();
  const std::string text = server_->metrics_text();
  EXPECT_TRUE(text.ends_with('\n'));
  std::set<std::string> series;
  std::set<std::string> families;
  std::string family;
  for (std::size_t at = 0, end; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << line;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_EQ(line.substr(7, line.find(' ', 7) - 7), family);
      EXPECT_EQ(family.ends_with("_total"), line.ends_with(" counter")) << line;
    } else {
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family);
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_GT(families.size(), 25U);
}

TEST_F(MonitoringTest, the_process_tells_of_itself) {
  start();
  const std::string text = server_->metrics_text();
  EXPECT_EQ(value(text, "roomcast_build_info"), -1);  // it has a label
  EXPECT_GT(value(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value(text, "process_max_fds"), 0);
  EXPECT_GE(value(text, "roomcast_uptime_seconds"), 0);
  EXPECT_EQ(value(text, "roomcast_draining"), 0);
}

}  // namespace
}  // namespace roomcast

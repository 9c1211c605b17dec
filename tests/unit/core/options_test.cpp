#include <functional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <core/server_state.hpp>

namespace roomcast::core {
namespace {

/// What is said about options that `spoil` has spoiled; empty if they are taken.
std::string complaint(const std::function<void(ServerOptions&)>& spoil) {
  ServerOptions options{.port = 0, .threads = 1};
  spoil(options);
  try {
    const ServerState server(options);
    return "";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

TEST(Options, the_defaults_are_good) {
  EXPECT_EQ(complaint([](ServerOptions&) {}), "");
}

TEST(Options, what_cannot_work_is_refused_by_name) {
  using namespace std::chrono_literals;
  using Spoil = std::function<void(ServerOptions&)>;
  const std::pair<const char*, Spoil> cases[] = {
      {"threads", [](ServerOptions& o) { o.threads = 65; }},
      {"path", [](ServerOptions& o) { o.path = "socket.io/"; }},
      {"path", [](ServerOptions& o) { o.path = "/"; }},
      {"path", [](ServerOptions& o) { o.path = ""; }},
      {"polling and websocket", [](ServerOptions& o) { o.polling = o.websocket = false; }},
      {"ping_interval", [](ServerOptions& o) { o.ping_interval = 0ms; }},
      {"ping_timeout", [](ServerOptions& o) { o.ping_timeout = -1ms; }},
      {"upgrade_timeout", [](ServerOptions& o) { o.upgrade_timeout = 0ms; }},
      {"connect_timeout", [](ServerOptions& o) { o.connect_timeout = 0ms; }},
      {"max_http_buffer_size", [](ServerOptions& o) { o.max_http_buffer_size = 0; }},
      {"per_message_deflate.level", [](ServerOptions& o) { o.per_message_deflate = {.level = 0}; }},
      {"per_message_deflate.level", [](ServerOptions& o) { o.per_message_deflate = {.level = 10}; }},
      {"max_handshakes_per_second", [](ServerOptions& o) { o.max_handshakes_per_second = 0.5; }},
      {"trusted_proxies", [](ServerOptions& o) { o.trusted_proxies = {"proxy"}; }},
      {"proxy_protocol needs trusted_proxies", [](ServerOptions& o) { o.proxy_protocol = true; }},
      {"tls.certificate_file", [](ServerOptions& o) { o.tls.emplace(); }},
      {"tls.certificate_file: /no/such.pem: No such file or directory",
       [](ServerOptions& o) { o.tls = {.certificate_file = "/no/such.pem", .key_file = "/no/such.key"}; }},
      {"cookie.name", [](ServerOptions& o) { o.cookie = {.name = "a b"}; }},
      {"cookie.path", [](ServerOptions& o) { o.cookie = {.path = "/;x"}; }},
      {"cookie.path and cookie.domain", [](ServerOptions& o) { o.cookie = {.domain = "a.example; b"}; }},
      {"cookie.same_site", [](ServerOptions& o) { o.cookie = {.same_site = SameSite::none}; }},
      {"max_buffered_bytes", [](ServerOptions& o) { o.max_buffered_bytes = 0; }},
      {"cors.credentials", [](ServerOptions& o) { o.cors = {{"https://a.example", "*"}, true}; }},
  };
  for (const auto& [name, spoil] : cases) {
    const std::string said = complaint(spoil);
    EXPECT_TRUE(said.starts_with(name)) << "expected a complaint about " << name << ", got: " << said;
  }
}

TEST(Options, there_is_nothing_to_reload_without_tls) {
  ServerState server(ServerOptions{.port = 0, .threads = 1});
  EXPECT_THROW(server.reload_tls(), std::logic_error);
}

TEST(Options, credentials_go_with_origins_that_are_named) {
  EXPECT_EQ(complaint([](ServerOptions& o) { o.cors = {{"https://a.example"}, true}; }), "");
  EXPECT_EQ(complaint([](ServerOptions& o) { o.cors = {{"*"}, false}; }), "");
}

TEST(Options, a_cookie_for_all_sites_is_taken_when_it_is_secure) {
  EXPECT_EQ(complaint([](ServerOptions& o) {
              o.cookie = {.domain = "a.example", .secure = true, .same_site = SameSite::none};
            }),
            "");
}

TEST(Options, tell_what_was_chosen_for_the_automatic_ones) {
  const ServerState server(ServerOptions{.port = 0});
  EXPECT_GE(server.options().threads, 1u);
  EXPECT_LE(server.options().threads, 64u);
  EXPECT_NE(server.options().io, IoChoice::automatic);
}

TEST(Namespaces, are_made_once_and_get_a_slash_in_front) {
  ServerState server(ServerOptions{.port = 0, .threads = 1});
  const auto admin = server.of("admin");
  EXPECT_EQ(admin->name(), "/admin");
  EXPECT_EQ(server.of("/admin"), admin);
  EXPECT_EQ(server.of("")->name(), "/");
  EXPECT_EQ(server.take_seat("/admin"), admin);
  EXPECT_EQ(server.take_seat("admin"), nullptr);
  EXPECT_NE(server.take_seat("/"), nullptr);
}

TEST(Namespaces, cannot_have_a_comma_in_their_name) {
  ServerState server(ServerOptions{.port = 0, .threads = 1});
  EXPECT_THROW(server.of("/a,b"), std::invalid_argument);
}

}  // namespace
}  // namespace roomcast::core

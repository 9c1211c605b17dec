#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <redis/url.hpp>

namespace roomcast::resp {
namespace {

std::string refusal(std::string_view text) {
  try {
    Url::parse(text);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Url, a_host_alone_means_port_6379_and_database_0) {
  const Url url = Url::parse("redis://redis.example");
  EXPECT_EQ(url.transport, Url::Transport::tcp);
  EXPECT_EQ(url.host, "redis.example");
  EXPECT_EQ(url.port, 6379);
  EXPECT_EQ(url.db, 0u);
  EXPECT_EQ(Url::parse("redis://redis.example/"), url);
}

TEST(Url, every_part_is_read) {
  const Url url = Url::parse("rediss://anna:p%40ss%2Fw%3Ard@10.0.0.1:7000/3");
  EXPECT_EQ(url.transport, Url::Transport::tls);
  EXPECT_EQ(url.host, "10.0.0.1");
  EXPECT_EQ(url.port, 7000);
  EXPECT_EQ(url.user, "anna");
  EXPECT_EQ(url.password, "p@ss/w:rd");
  EXPECT_EQ(url.db, 3u);
  EXPECT_TRUE(url.tls_verify);
}

TEST(Url, an_address_of_ip_version_6_stands_in_brackets) {
  EXPECT_EQ(Url::parse("redis://[::1]").host, "::1");
  EXPECT_EQ(Url::parse("redis://[::1]:7001/2").port, 7001);
  EXPECT_EQ(Url::parse("redis://[::1]:7001/2").redacted(), "redis://[::1]:7001/2");
}

TEST(Url, a_password_alone_is_the_default_users) {
  const Url url = Url::parse("redis://:secret@localhost");
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "secret");
}

TEST(Url, a_unix_socket_has_a_path_and_perhaps_a_database) {
  const Url url = Url::parse("unix:///run/my%20redis.sock?db=5");
  EXPECT_EQ(url.transport, Url::Transport::unix_socket);
  EXPECT_EQ(url.path, "/run/my redis.sock");
  EXPECT_EQ(url.db, 5u);
  EXPECT_EQ(Url::parse("unix://me:secret@/r.sock").password, "secret");
  EXPECT_EQ(url.redacted(), "unix:///run/my%20redis.sock?db=5");
}

TEST(Url, tls_takes_its_authorities_from_the_query) {
  const Url url = Url::parse("rediss://h?ssl_ca_certs=/etc/my%20ca.pem&ssl_cert_reqs=none&db=2");
  EXPECT_EQ(url.tls_ca_file, "/etc/my ca.pem");
  EXPECT_FALSE(url.tls_verify);
  EXPECT_EQ(url.db, 2u);
}

TEST(Url, what_is_wrong_is_named) {
  EXPECT_EQ(refusal("localhost:6379"), "redis URL: it must begin with redis://, rediss:// or unix://");
  EXPECT_EQ(refusal("http://localhost"), "redis URL: it must begin with redis://, rediss:// or unix://");
  EXPECT_EQ(refusal("redis://"), "redis URL: the host is missing");
  EXPECT_EQ(refusal("redis://:6379"), "redis URL: the host is missing");
  EXPECT_EQ(refusal("redis://a b"), "redis URL: the host has a blank or a control character");
  EXPECT_EQ(refusal("redis://[::1"), "redis URL: the host begins with [ and has no ]");
  EXPECT_EQ(refusal("redis://[::1]6379"), "redis URL: the host has something behind ] that is no port");
  for (const char* port :
       {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h:1x", "redis://h:-1"})
    EXPECT_EQ(refusal(port), "redis URL: the port must be a number between 1 and 65535") << port;
  for (const char* db :
       {"redis://h/x", "redis://h/-1", "redis://h/1/2", "redis://h?db=", "unix:///r.sock?db=x"})
    EXPECT_EQ(refusal(db), "redis URL: the database must be a number") << db;
  EXPECT_EQ(refusal("redis://anna@h"), "redis URL: a user needs a password: user:password@");
  EXPECT_EQ(refusal("redis://anna:@h"), "redis URL: a user needs a password: user:password@");
  EXPECT_EQ(refusal("redis://a%:b@h"), "redis URL: the user has a % that is not followed by two hex digits");
  EXPECT_EQ(refusal("redis://a:b%4@h"),
            "redis URL: the password has a % that is not followed by two hex digits");
  EXPECT_EQ(refusal("unix://r.sock"),
            "redis URL: the path of the Unix socket must be absolute: unix:///path");
  EXPECT_EQ(refusal("unix:///"), "redis URL: the path of the Unix socket must be absolute: unix:///path");
  EXPECT_NE(refusal("unix:///" + std::string(200, 'x')).find("longer than the system allows"),
            std::string::npos);
  EXPECT_EQ(refusal("redis://h?timeout=1"), "redis URL: the query may hold db and nothing else");
  EXPECT_EQ(refusal("rediss://h?ssl_cert_reqs=maybe"), "redis URL: ssl_cert_reqs must be none or required");
}

TEST(Url, no_refusal_and_no_log_shows_the_password) {
  for (const char* text : {"redis://u:hidden@h:x", "redis://u:hid/hidden@h", "redis://u:hidden?@h",
                           "http://u:hidden@h", "redis://u:hidden%@h", "redis://hidden:",
                           "redis://u:hidden@h/hidden", "redis://u:hidden@h?hidden=hidden"})
    EXPECT_EQ(refusal(text).find("hidden"), std::string::npos) << refusal(text);
  EXPECT_EQ(Url::parse("redis://anna:hidden@h/1").redacted(), "redis://anna:***@h:6379/1");
  EXPECT_EQ(Url::parse("redis://:hidden@h").redacted(), "redis://:***@h:6379");
}

}  // namespace
}  // namespace roomcast::resp

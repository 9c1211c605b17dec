// Who may talk to the server, and what CORS says about it. Engine.IO v4, "CORS"; RFC 6454.
#include <regex>

#include <gtest/gtest.h>

#include <engine/origin_policy.hpp>

namespace roomcast::engine {
namespace {

net::HttpRequest request(std::string_view origin, std::string_view host = "chat.example.com") {
  net::HttpRequest made;
  if (!origin.empty()) made.message.set("Origin", origin);
  if (!host.empty()) made.message.set("Host", host);
  return made;
}

TEST(OriginPolicy, allows_own_and_listed_origins_and_those_that_name_none) {
  struct Case {
    std::vector<std::string> listed;
    std::string_view origin;
    std::string_view host;
    bool allowed;
  };
  const std::vector<std::string> none, app{"https://app.example.com"}, any{"*"};
  for (const Case& one : {
           Case{none, "", "chat.example.com", true},  // not a browser
           Case{none, "", "", true},
           Case{none, "https://chat.example.com", "chat.example.com", true},
           Case{none, "http://chat.example.com", "chat.example.com", true},  // a proxy may have ended TLS
           Case{none, "https://Chat.Example.com", "chat.example.COM", true},
           Case{none, "http://localhost:3000", "localhost:3000", true},
           Case{none, "http://[::1]:3000", "[::1]:3000", true},
           Case{none, "http://localhost:3001", "localhost:3000", false},
           Case{none, "http://localhost", "localhost:3000", false},
           Case{none, "https://evil.example.com", "chat.example.com", false},
           Case{none, "https://chat.example.com.evil.com", "chat.example.com", false},
           Case{none, "https://evil.com/chat.example.com", "chat.example.com", false},
           Case{none, "https://chat.example.com@evil.com", "chat.example.com", false},
           Case{none, "null", "chat.example.com", false},
           Case{none, "https://chat.example.com", "", false},
           Case{app, "https://app.example.com", "chat.example.com", true},
           Case{app, "http://app.example.com", "chat.example.com", false},  // listed with its scheme
           Case{app, "https://APP.example.com", "chat.example.com", false},
           Case{app, "https://chat.example.com", "chat.example.com", true},
           Case{app, "https://evil.example.com", "chat.example.com", false},
           Case{any, "https://evil.example.com", "chat.example.com", true},
           Case{any, "null", "chat.example.com", true},
       }) {
    ServerOptions options;
    options.cors.origin = one.listed;
    EXPECT_EQ(OriginPolicy(options).allows(request(one.origin, one.host)), one.allowed)
        << one.origin << " at " << one.host << " with " << testing::PrintToString(one.listed);
    options.origin_check = false;
    EXPECT_TRUE(OriginPolicy(options).allows(request(one.origin, one.host)));
  }
}

TEST(OriginPolicy, a_function_decides_about_origins_that_are_not_listed) {
  ServerOptions options;
  options.cors.origin = {"https://app.example.com"};
  options.cors.allow = [](std::string_view origin) { return origin.ends_with(".trusted.example.com"); };
  const OriginPolicy policy(options);
  for (const auto& [origin, allowed] : {std::pair("https://app.example.com", true),
                                        {"https://a.trusted.example.com", true},
                                        {"https://evil.example.com", false}}) {
    EXPECT_EQ(policy.allows(request(origin)), allowed) << origin;
    const net::HttpHeaders headers = policy.headers(request(origin));
    const bool named = std::ranges::any_of(headers, [&](const auto& header) {
      return header.first == "Access-Control-Allow-Origin" && header.second == origin;
    });
    EXPECT_EQ(named, allowed) << origin;
  }
  EXPECT_TRUE(policy.allows(request("")));  // nothing to decide
}

TEST(OriginPolicy, a_pattern_decides_as_a_function_does) {
  ServerOptions options;
  options.cors.allow = [pattern = std::regex(R"(https://[a-z]+\.example\.com)")](std::string_view origin) {
    return std::regex_match(origin.begin(), origin.end(), pattern);
  };
  const OriginPolicy policy(options);
  EXPECT_TRUE(policy.cors());
  for (const auto& [origin, allowed] : {std::pair("https://shop.example.com", true),
                                        {"http://shop.example.com", false},
                                        {"https://shop.example.com.evil.com", false},
                                        {"https://evil.com/https://shop.example.com", false}}) {
    EXPECT_EQ(policy.allows(request(origin)), allowed) << origin;
  }
}

TEST(OriginPolicy, a_refusal_names_origin_rule_and_option_and_is_short_and_harmless) {
  EXPECT_EQ(OriginPolicy::refusal(request("https://evil.example.com")),
            "Origin https://evil.example.com is neither this server's own nor listed in cors.origin");
  const std::string text = OriginPolicy::refusal(request("\"\\" + std::string(5000, 'x')));
  EXPECT_LT(text.size(), 300U);
  EXPECT_EQ(text.find_first_of("\"\\"), std::string::npos);
}

using Headers = net::HttpHeaders;

TEST(OriginPolicy, sends_no_cors_headers_unless_asked_to) {
  const ServerOptions options;
  EXPECT_FALSE(OriginPolicy(options).cors());
  EXPECT_EQ(OriginPolicy(options).headers(request("https://a.example")), Headers{});
}

TEST(OriginPolicy, any_origin_is_answered_with_a_star) {
  ServerOptions options;
  options.cors.origin = {"*"};
  EXPECT_EQ(OriginPolicy(options).headers(request("https://a.example")),
            (Headers{{"Access-Control-Allow-Origin", "*"}}));
}

TEST(OriginPolicy, a_single_origin_is_always_named) {
  ServerOptions options;
  options.cors = {.origin = {"https://a.example"}, .credentials = true};
  EXPECT_EQ(OriginPolicy(options).headers(request("https://b.example")),
            (Headers{{"Access-Control-Allow-Origin", "https://a.example"},
                     {"Vary", "Origin"},
                     {"Access-Control-Allow-Credentials", "true"}}));
}

TEST(OriginPolicy, of_several_origins_the_one_that_asks_is_named) {
  ServerOptions options;
  options.cors.origin = {"https://a.example", "https://b.example"};
  EXPECT_EQ(OriginPolicy(options).headers(request("https://b.example")),
            (Headers{{"Access-Control-Allow-Origin", "https://b.example"}, {"Vary", "Origin"}}));
  EXPECT_EQ(OriginPolicy(options).headers(request("https://c.example")), (Headers{{"Vary", "Origin"}}));
}

TEST(OriginPolicy, a_preflight_is_told_methods_and_the_headers_it_wants) {
  ServerOptions options;
  options.cors.origin = {"https://a.example"};
  net::HttpRequest asked = request("https://a.example");
  asked.message.set("Access-Control-Request-Headers", "X-Token");
  const net::HttpResponse response = OriginPolicy(options).preflight(asked);
  EXPECT_EQ(response.status, 204U);
  EXPECT_EQ(response.headers, (Headers{{"Access-Control-Allow-Origin", "https://a.example"},
                                       {"Vary", "Origin, Access-Control-Request-Headers"},
                                       {"Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"},
                                       {"Access-Control-Allow-Headers", "X-Token"},
                                       {"Content-Length", "0"}}));
}

}  // namespace
}  // namespace roomcast::engine

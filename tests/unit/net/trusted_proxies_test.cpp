// Whose word about a client counts. RFC 7239 and its forerunners, of which everybody uses these.
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <net/trusted_proxies.hpp>

namespace roomcast::net {
namespace {

using Strings = std::vector<std::string>;

/// The address that is left of a request from `peer` with these lines of `X-Forwarded-For`.
std::string client(const Strings& trusted, const std::string& peer, const Strings& forwarded) {
  HttpRequest request;
  request.peer = {peer, 4711};
  for (const std::string& line : forwarded) request.message.insert("X-Forwarded-For", line);
  TrustedProxies(trusted).apply(request);
  return request.peer.address;
}

TEST(TrustedProxies, the_first_from_the_right_that_is_no_proxy_is_the_client) {
  struct Case {
    Strings trusted;
    std::string peer;
    Strings forwarded;
    std::string client;
  };
  const Strings none, one{"10.0.0.1"}, net{"10.0.0.0/8"}, both{"10.0.0.0/8", "fd00::/8"};
  for (const Case& each : {
           Case{none, "10.0.0.1", {"1.2.3.4"}, "10.0.0.1"},
           Case{one, "10.0.0.2", {"1.2.3.4"}, "10.0.0.2"},  // anybody can send the header
           Case{one, "10.0.0.1", {}, "10.0.0.1"},
           Case{one, "10.0.0.1", {"1.2.3.4"}, "1.2.3.4"},
           Case{one, "10.0.0.1", {"6.6.6.6, 1.2.3.4"}, "1.2.3.4"},  // the client wrote the first itself
           Case{one, "10.0.0.1", {"6.6.6.6", "1.2.3.4"}, "1.2.3.4"},
           Case{one, "10.0.0.1", {" 1.2.3.4 "}, "1.2.3.4"},
           Case{one, "10.0.0.1", {"1.2.3.4:5678"}, "1.2.3.4"},
           Case{one, "10.0.0.1", {"[2001:db8::1]:443"}, "2001:db8::1"},
           Case{one, "10.0.0.1", {"2001:db8::1"}, "2001:db8::1"},
           Case{net, "10.9.9.9", {"1.2.3.4, 10.1.1.1, 10.2.2.2"}, "1.2.3.4"},
           Case{net, "10.9.9.9", {"10.1.1.1, 10.2.2.2"}, "10.1.1.1"},  // proxies all the way
           Case{net, "10.9.9.9", {"unknown, 10.2.2.2"}, "10.2.2.2"},
           Case{net, "10.9.9.9", {"1.2.3.4, , 10.2.2.2"}, "10.2.2.2"},
           Case{net, "::ffff:10.9.9.9", {"1.2.3.4"}, "1.2.3.4"},
           Case{net, "11.0.0.1", {"1.2.3.4"}, "11.0.0.1"},
           Case{both, "fd12::1", {"1.2.3.4, 10.0.0.3"}, "1.2.3.4"},
           Case{{"::1"}, "::1", {"1.2.3.4"}, "1.2.3.4"},
           Case{{"0.0.0.0/0"}, "9.9.9.9", {"1.2.3.4"}, "1.2.3.4"},
       })
    EXPECT_EQ(client(each.trusted, each.peer, each.forwarded), each.client)
        << each.peer << " with " << testing::PrintToString(each.forwarded) << ", trusted "
        << testing::PrintToString(each.trusted);
}

TEST(TrustedProxies, scheme_and_host_are_the_nearest_proxys_word) {
  const Strings trusted{"10.0.0.1"};
  for (const bool believed : {true, false}) {
    HttpRequest request;
    request.peer = {believed ? "10.0.0.1" : "10.0.0.2", 1};
    request.message.set("Host", "inside:3000");
    request.message.set("X-Forwarded-Proto", "http, https");
    request.message.set("X-Forwarded-Host", "evil.example.com, chat.example.com");
    TrustedProxies(trusted).apply(request);
    EXPECT_EQ(request.secure, believed);
    EXPECT_EQ(request.host(), believed ? "chat.example.com" : "inside:3000");
  }
}

TEST(TrustedProxies, what_is_neither_an_address_nor_a_network_is_refused_by_name) {
  for (const std::string wrong :
       {"", "proxy.example.com", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "fd00::/200"}) {
    try {
      const TrustedProxies proxies(Strings{"10.0.0.1", wrong});
      ADD_FAILURE() << "it took " << wrong;
    } catch (const std::invalid_argument& e) {
      EXPECT_NE(std::string(e.what()).find("trusted_proxies: " + wrong + " "), std::string::npos) << e.what();
    }
  }
}

}  // namespace
}  // namespace roomcast::net

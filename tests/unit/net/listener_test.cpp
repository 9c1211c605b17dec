#include <future>
#include <string>

#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <base/log.hpp>
#include <net/listener.hpp>
#include <support/loop_thread.hpp>
#include <support/raw_client.hpp>

namespace roomcast::net {
namespace {

using support::LoopThread;
using support::RawClient;

const Listener::OnAccept drop = [](Descriptor, PeerAddress) {};

TEST(Listener, port_0_takes_a_free_one) {
  loop::Loop loop(0);
  Listener one(loop), two(loop);
  one.listen("127.0.0.1", 0, false, drop);
  two.listen("127.0.0.1", 0, false, drop);
  EXPECT_NE(one.port(), 0);
  EXPECT_NE(one.port(), two.port());
}

TEST(Listener, a_busy_port_throws_and_another_can_be_tried) {
  loop::Loop loop(0);
  Listener one(loop), two(loop);
  one.listen("127.0.0.1", 0, false, drop);
  try {
    two.listen("127.0.0.1", one.port(), false, drop);
    FAIL();
  } catch (const boost::system::system_error& e) {
    EXPECT_EQ(e.code(), boost::asio::error::address_in_use);
  }
  EXPECT_NO_THROW(two.listen("127.0.0.1", 0, false, drop));
}

TEST(Listener, several_may_share_a_port_when_asked_to) {
  loop::Loop loop(0);
  Listener one(loop), two(loop);
  one.listen("127.0.0.1", 0, true, drop);
  EXPECT_NO_THROW(two.listen("127.0.0.1", one.port(), true, drop));
}

TEST(Listener, a_bad_address_throws) {
  loop::Loop loop(0);
  Listener listener(loop);
  EXPECT_THROW(listener.listen("not an address", 0, false, drop), boost::system::system_error);
}

struct Accepted {
  Descriptor descriptor;
  PeerAddress peer;
};

TEST(Listener, hands_out_every_connection_with_its_peer) {
  LoopThread home;
  Listener listener(home.loop());
  std::vector<Accepted> accepted;
  std::promise<void> all;
  home.run([&] {
    listener.listen("127.0.0.1", 0, false, [&](Descriptor descriptor, PeerAddress peer) {
      accepted.push_back({std::move(descriptor), std::move(peer)});
      if (accepted.size() == 100) all.set_value();
    });
  });
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(listener.port());
  ASSERT_EQ(all.get_future().wait_for(RawClient::patience), std::future_status::ready);
  home.run([&] {
    EXPECT_EQ(accepted[0].peer.address, "127.0.0.1");
    EXPECT_NE(accepted[0].peer.port, 0);
    EXPECT_TRUE(::fcntl(accepted[0].descriptor.get(), F_GETFL) & O_NONBLOCK);
    listener.close();
  });
}

TEST(Listener, over_ipv6_the_peers_address_is_one_of_ipv6) {
  LoopThread home;
  Listener listener(home.loop());
  std::promise<std::string> peer_address;
  try {
    home.run([&] {
      listener.listen("::", 0, false,
                      [&](Descriptor, PeerAddress peer) { peer_address.set_value(peer.address); });
    });
  } catch (const boost::system::system_error& e) {
    GTEST_SKIP() << "this machine has no IPv6: " << e.what();
  }
  RawClient client(listener.port());  // over IPv4, which `::` listens on too
  EXPECT_EQ(peer_address.get_future().get(), "::ffff:127.0.0.1");
  home.run([&] { listener.close(); });
}

TEST(Listener, accepts_nothing_after_close) {
  LoopThread home;
  Listener listener(home.loop());
  home.run([&] { listener.listen("127.0.0.1", 0, false, drop); });
  home.run([&] { listener.close(); });
  EXPECT_THROW(RawClient(listener.port()), std::system_error);
}

TEST(Listener, goes_on_after_a_consumer_that_throws) {
  LoopThread home;
  Listener listener(home.loop());
  std::promise<void> second;
  int count = 0;
  home.run([&] {
    listener.listen("127.0.0.1", 0, false, [&](Descriptor, PeerAddress) {
      if (++count == 1) throw std::bad_alloc();
      second.set_value();
    });
  });
  RawClient one(listener.port()), two(listener.port());
  EXPECT_EQ(second.get_future().wait_for(RawClient::patience), std::future_status::ready);
  home.run([&] { listener.close(); });
}

TEST(Listener, goes_on_when_there_are_descriptors_again) {
  LoopThread home;
  Listener listener(home.loop());
  std::promise<void> accepted;
  std::future<void> done = accepted.get_future();
  // UBSan needs descriptors when it meets a class for the first time, so a line is logged while there are
  // some.
  base::log::warn("the next warning is about the {}", std::string("limit on open files"));
  home.run([&] {
    listener.listen("127.0.0.1", 0, false, [&](Descriptor, PeerAddress) { accepted.set_value(); });
  });
  const Descriptor ours(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(ours.get()) + 1;
  ::setrlimit(RLIMIT_NOFILE, &none);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(listener.port());
  EXPECT_EQ(::connect(ours.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(done.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(done.wait_for(RawClient::patience), std::future_status::ready);
  home.run([&] { listener.close(); });
}

}  // namespace
}  // namespace roomcast::net

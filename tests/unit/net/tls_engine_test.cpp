// TLS connections over the engine and real sockets: slow readers, and moving to another loop.
#include <future>
#include <stdexcept>

#include <net/epoll_engine.hpp>
#include <support/loop_thread.hpp>
#include <support/raw_client.hpp>

#include "tls_fixture.hpp"

namespace roomcast::net {
namespace {

using support::LoopThread;
using support::RawClient;

/// A client that blocks.
class BlockingTlsClient {
 public:
  explicit BlockingTlsClient(Descriptor socket)
      : socket_(std::move(socket)),
        context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
        tls_(nullptr, &SSL_free) {
    const timeval patience{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), socket_.get());
    if (SSL_connect(tls_.get()) != 1) throw std::runtime_error("the handshake failed");
  }
  /// Says that it sends nothing more, and ends its half of the stream below.
  void finish() {
    SSL_shutdown(tls_.get());
    ::shutdown(socket_.get(), SHUT_WR);
  }
  void send(std::string_view text) { SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())); }
  std::string read(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t have = 0; have < size;) {
      const int n = SSL_read(tls_.get(), text.data() + have, static_cast<int>(size - have));
      if (n <= 0) throw std::runtime_error("the stream ended after " + std::to_string(have) + " bytes");
      have += static_cast<std::size_t>(n);
    }
    return text;
  }

 private:
  Descriptor socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
};

/// A loop with an engine, and what its TLS connections share.
struct TlsHome {
  explicit TlsHome(unsigned id, OutboxLimits limits) : thread(id) {
    thread.run([&] { engine.emplace(thread.loop(), limits, buffered); });
  }
  ~TlsHome() {
    thread.stop();
    engine.reset();
  }
  void adopt(AboveTls& above, Detached detached) {
    thread.run([&] {
      auto below = engine->adopt(std::move(detached.descriptor));
      if (detached.place) engine->seat(*below, std::move(detached.place));
      above.connection =
          std::make_unique<TlsConnection>(shared, std::move(below), std::move(detached.tls), "");
      above.connection->set_handler(&above);
    });
  }
  void drop(AboveTls& above) {
    thread.turn([&] { Connection::retire(std::move(above.connection)); });
  }
  template <class Done>
  void until(Done done) {
    const auto deadline = loop::Clock::now() + RawClient::patience;
    while (!thread.run(done))
      if (loop::Clock::now() > deadline) throw std::runtime_error("it did not come to that in time");
  }

  base::Metrics metrics;
  base::BufferedBytes::Total all{64 << 20};
  base::BufferedBytes buffered{all};
  LoopThread thread;
  TlsLoop shared{metrics};
  std::optional<EpollEngine> engine;
};

class TlsOverSockets : public testing::Test {
 protected:
  BlockingTlsClient connect(TlsHome& home, AboveTls& above) {
    auto [ours, theirs] = support::socket_pair();
    home.adopt(above, {std::move(ours), settings_.accept()});
    return BlockingTlsClient(std::move(theirs));
  }

  TlsSettings settings_{test_options()};
  const std::string megabyte_ = std::string(1 << 20, 'm');
};

TEST_F(TlsOverSockets, a_slow_reader_is_told_of_and_gets_everything) {
  TlsHome home(0, {.max_bytes = 64 << 20});
  AboveTls above;
  BlockingTlsClient client = connect(home, above);
  home.thread.turn([&] { above.send("little"); });
  home.thread.run([&] { EXPECT_EQ(above.pressures, 0); });
  home.thread.turn([&] {
    for (int i = 0; i < 8; ++i) above.send(megabyte_);
  });
  home.thread.run([&] {
    EXPECT_EQ(above.pressures, 1);
    EXPECT_TRUE(above.connection->blocked());
    EXPECT_GT(above.connection->buffered_bytes(), megabyte_.size());
    EXPECT_GT(home.buffered.value(), megabyte_.size());
    above.drained = 0;
    above.send("end");
  });
  EXPECT_EQ(client.read(6), "little");
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(client.read(megabyte_.size()) == megabyte_);
  EXPECT_EQ(client.read(3), "end");
  home.until([&] { return above.drained > 0; });
  home.thread.run([&] {
    EXPECT_FALSE(above.connection->blocked());
    EXPECT_EQ(above.connection->buffered_bytes(), 0U);
    EXPECT_GT(above.pressures, 1);
  });
  home.drop(above);
}

TEST_F(TlsOverSockets, a_peer_that_lets_too_many_bytes_wait_is_a_slow_consumer) {
  TlsHome home(0, {.max_bytes = 100'000});
  AboveTls above;
  const BlockingTlsClient client = connect(home, above);
  home.thread.turn([&] {
    above.send(megabyte_);
    above.send(megabyte_);
  });
  home.thread.run([&] { EXPECT_FALSE(above.end); });
  home.thread.turn([&] { above.send("one more"); });
  home.thread.run([&] { EXPECT_EQ(above.end, EndCause::slow_consumer); });
}

// The question, the end of TLS and the end of the stream arrive in one turn.
TEST_F(TlsOverSockets, a_peer_that_ends_its_half_still_gets_what_that_turn_answered) {
  TlsHome home(0, {});
  for (int i = 0; i < 50; ++i) {
    AboveTls above;
    BlockingTlsClient client = connect(home, above);
    above.at_bytes = [&above](std::string_view) { above.send("answer"); };
    home.thread.run([&client] {
      client.send("question");
      client.finish();
    });
    ASSERT_EQ(client.read(6), "answer");
    home.until([&above] { return above.end.has_value(); });
    EXPECT_EQ(above.end, EndCause::closed_by_peer);
  }
}

TEST_F(TlsOverSockets, it_moves_to_another_loop_and_talks_on) {
  TlsHome home(0, {});
  TlsHome elsewhere(1, {});
  AboveTls above;
  BlockingTlsClient client = connect(home, above);
  client.send("before, ");
  home.until([&] { return above.received == "before, " && above.connection->buffered_bytes() == 0; });
  AboveTls moved;
  moved.at_bytes = [&](std::string_view bytes) { moved.send(bytes); };
  elsewhere.adopt(moved, home.thread.run([&] {
    above.connection->pause_reading();
    client.send("on its way, ");
    Detached detached = above.connection->release();
    Connection::retire(std::move(above.connection));
    return detached;
  }));
  client.send("after");
  EXPECT_EQ(client.read(17), "on its way, after");
  EXPECT_EQ(home.engine->open_connections(), 0U);
  EXPECT_EQ(elsewhere.engine->open_connections(), 1U);
  elsewhere.drop(moved);
}

TEST_F(TlsOverSockets, it_holds_its_place_until_it_ends_wherever_it_has_moved) {
  Places places(1, 0);
  const auto full = [&] { return places.enter("").first == Places::Verdict::too_many; };
  TlsHome home(0, {}), elsewhere(1, {});
  AboveTls above, moved;
  auto [ours, theirs] = support::socket_pair();
  home.adopt(above, {std::move(ours), settings_.accept(), places.enter("").second});
  BlockingTlsClient client(std::move(theirs));
  EXPECT_TRUE(full());
  // The server's last words of the handshake are out.
  home.until(
      [&] { return home.metrics.tls_handshakes.value() == 1 && above.connection->buffered_bytes() == 0; });
  Detached detached = home.thread.run([&] {
    Detached released = above.connection->release();
    Connection::retire(std::move(above.connection));
    return released;
  });
  EXPECT_TRUE(full());
  elsewhere.adopt(moved, std::move(detached));
  EXPECT_TRUE(full());
  elsewhere.drop(moved);
  EXPECT_FALSE(full());
}

TEST_F(TlsOverSockets, end_all_tells_who_is_above) {
  TlsHome home(0, {});
  AboveTls above;
  const BlockingTlsClient client = connect(home, above);
  home.thread.turn([&] { home.engine->end_all(); });
  home.thread.run([&] { EXPECT_EQ(above.end, EndCause::error); });
}

}  // namespace
}  // namespace roomcast::net

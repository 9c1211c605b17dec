// Broadcasts to websockets that compress, and to others beside them.
#include <support/deflated.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

using support::inflated;

/// A client that has offered permessage-deflate, and its packets as they came.
class DeflatingClient {
 public:
  explicit DeflatingClient(std::uint16_t port, std::string_view offer) : stream_(port) {
    stream_.send(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
        "13\r\n" +
        std::string(offer) + "\r\n");
    stream_.read_through("\r\n\r\n");
    stream_.frame();
    stream_.send(support::client_text("40"));
    stream_.frame();
  }
  /// The next packet, with a `~` in front if it was compressed.
  std::string hear() {
    const auto frame = stream_.frame();
    return (frame.first & 0x40) != 0 ? "~" + inflated(frame.payload) : frame.payload;
  }
  void say(std::string_view packet) { stream_.send(support::client_text(packet)); }

 private:
  support::RawClient stream_;
};

class DeflatingServer : public AnyThreads {
 public:
  static constexpr std::size_t per_loop = 20;  // enough for bursts
  const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

  DeflatingServer() : io(with_deflate()) {
    io.on_connection([this](const Socket& socket) { socket.on("do", [this, socket] { act(socket); }); });
    io.listen();
    for (std::size_t i = 0; i < per_loop * threads(); ++i) {
      compressing.push_back(std::make_unique<DeflatingClient>(io.port(), offer));
      plain.push_back(std::make_unique<DeflatingClient>(io.port(), ""));
    }
  }
  static ServerOptions with_deflate() {
    ServerOptions made = options();
    made.per_message_deflate = PerMessageDeflate{};
    return made;
  }
  /// Bytes that were compressed so far, before and after.
  std::pair<std::size_t, std::size_t> deflated_bytes() {
    support::RawClient client(io.port());
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string text = client.response().body;
    const auto value = [&](std::string_view which) {
      const std::string name =
          "\nroomcast_deflate_" + std::string(which) + "_bytes_total{direction=\"sent\"} ";
      return std::stoul(text.substr(text.find(name) + name.size()));
    };
    return {value("plain"), value("compressed")};
  }
  void expect(const Strings& packets) {
    for (const auto& client : compressing)
      for (const std::string& packet : packets) ASSERT_EQ(client->hear(), packet);
    for (const auto& client : plain)
      for (const std::string& packet : packets)
        ASSERT_EQ(client->hear(), packet.starts_with('~') ? packet.substr(1) : packet);
  }

  Server io;
  std::vector<std::unique_ptr<DeflatingClient>> compressing, plain;
  std::function<void(const Socket&)> act;
  const std::string large = std::string(4000, 'x');
  const std::string large_packet = "42[\"e\",\"" + large + "\"]";
};
INSTANTIATE_TEST_SUITE_P(With, DeflatingServer, testing::Values(1u, 2u), threads_name);

TEST_P(DeflatingServer, a_broadcast_is_compressed_once_for_all_who_take_it_so) {
  io.emit("e", large);
  expect({"~" + large_packet});
  // Two loops may both find that it has to be done.
  const auto [before, after] = deflated_bytes();
  EXPECT_GE(before, large_packet.size());
  EXPECT_LE(before, large_packet.size() * threads());
  EXPECT_LT(after, before / 10);
}

TEST_P(DeflatingServer, short_packets_and_those_sent_without_compression_are_not_compressed) {
  io.emit("e", "short");
  io.compress(false).emit("e", large);
  expect({R"(42["e","short"])", large_packet});
  EXPECT_EQ(deflated_bytes().first, 0u);
}

TEST_P(DeflatingServer, broadcasts_of_one_turn_arrive_in_order_long_and_short) {
  act = [this](const Socket&) {
    for (int n = 0; n < 3; ++n) io.emit("n", n);
    io.emit("e", large);
    io.compress(false).emit("e", large);
    io.emit("n", 3);
  };
  compressing[0]->say(R"(42["do"])");
  expect({R"(42["n",0])", R"(42["n",1])", R"(42["n",2])", "~" + large_packet, large_packet, R"(42["n",3])"});
  const auto [before, after] = deflated_bytes();
  EXPECT_LE(before, large_packet.size() * threads());
}

}  // namespace
}  // namespace roomcast

// What `compress` says of a packet, seen by a client that polls and accepts gzip.
#include <support/raw_client.hpp>
#include <support/uncompressed.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

const std::string large(2000, 'x');

class Compress : public testing::Test {
 public:
  Compress() : io(test_options(1)) {
    io.on_connection([this](const Socket& socket) {
      socket.on("do", [this, socket](const Ack& ack) { act(socket, ack); });
    });
    io.listen();
    const std::string open = exchange("GET", "").body;
    sid = "&sid=" + open.substr(open.find("\"sid\":\"") + 7, 20);
    exchange("POST", sid, "40");
    exchange("GET", sid);
  }

  /// Whether what `f` sends comes compressed; it must be there either way.
  bool compressed(std::function<void(const Socket&, const Ack&)> f) {
    act = std::move(f);
    exchange("POST", sid, R"(420["do"])");
    const auto answer = exchange("GET", sid);
    const bool packed = answer.head.find("Content-Encoding: gzip") != std::string::npos;
    const std::string body = packed ? support::uncompressed(answer.body) : answer.body;
    EXPECT_NE(body.find(large), std::string::npos) << body;
    return packed;
  }

  support::RawClient::Response exchange(const std::string& method, const std::string& query,
                                        const std::string& body = {}) {
    support::RawClient client(io.port());
    client.send(method + " /socket.io/?EIO=4&transport=polling" + query +
                " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.response();
  }

  Server io;
  std::string sid;
  std::function<void(const Socket&, const Ack&)> act;
};

TEST_F(Compress, packets_are_compressed_unless_they_say_otherwise) {
  EXPECT_TRUE(compressed([](const Socket& socket, const Ack&) { socket.emit("x", large); }));
  EXPECT_TRUE(compressed([](const Socket& socket, const Ack&) { socket.compress(true).emit("x", large); }));
  EXPECT_FALSE(compressed([](const Socket& socket, const Ack&) { socket.compress(false).emit("x", large); }));
  EXPECT_TRUE(compressed([this](const Socket&, const Ack&) { io.emit("x", large); }));
  EXPECT_FALSE(compressed([this](const Socket&, const Ack&) { io.compress(false).emit("x", large); }));
  EXPECT_TRUE(compressed([](const Socket&, const Ack& ack) { ack(large); }));
}

TEST_F(Compress, goes_with_the_other_conditions) {
  const auto ask = [](boost::system::error_code, const Value&) {};
  EXPECT_FALSE(compressed(
      [&](const Socket& socket, const Ack&) { socket.compress(false).timeout(5s).emit("x", large, ask); }));
  EXPECT_FALSE(compressed(
      [&](const Socket& socket, const Ack&) { socket.timeout(5s).compress(false).emit("x", large, ask); }));
  EXPECT_TRUE(compressed(
      [&](const Socket& socket, const Ack&) { socket.compress(false).compress(true).emit("x", large); }));
  EXPECT_FALSE(compressed(
      [this](const Socket&, const Ack&) { io.except("red").compress(false).local().emit("x", large); }));
  EXPECT_FALSE(compressed([this](const Socket&, const Ack&) {
    io.compress(false).timeout(5s).emit("x", large, [](boost::system::error_code, std::vector<Value>) {});
  }));
}

TEST_F(Compress, one_packet_that_may_be_compressed_is_enough) {
  EXPECT_TRUE(compressed([](const Socket& socket, const Ack&) {
    socket.compress(false).emit("x", large);
    socket.emit("y");
  }));
}

}  // namespace
}  // namespace roomcast

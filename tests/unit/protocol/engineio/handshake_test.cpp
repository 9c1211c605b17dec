// Engine.IO v4, "Handshake".
#include <gtest/gtest.h>

#include <protocol/engineio/handshake.hpp>

namespace roomcast::engineio {
namespace {

using namespace std::chrono_literals;

TEST(Handshake, the_open_packet_is_the_official_servers_to_the_letter) {
  const std::string_view websocket[] = {"websocket"};
  EXPECT_EQ(open_packet("lv_VI97HAXpY6yYWAAAC", websocket, 25s, 20s, 1'000'000),
            R"(0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],)"
            R"("pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
}

TEST(Handshake, the_open_packet_lists_every_upgrade_or_none) {
  EXPECT_EQ(open_packet("x", {}, 300ms, 200ms, 1),
            R"(0{"sid":"x","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1})");
  const std::string_view both[] = {"websocket", "webtransport"};
  EXPECT_EQ(
      open_packet("x", both, 300ms, 200ms, 1),
      R"(0{"sid":"x","upgrades":["websocket","webtransport"],"pingInterval":300,"pingTimeout":200,"maxPayload":1})");
}

}  // namespace
}  // namespace roomcast::engineio

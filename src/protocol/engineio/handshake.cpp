#include <protocol/engineio/handshake.hpp>

namespace roomcast::engineio {

std::string open_packet(std::string_view sid, std::span<const std::string_view> upgrades,
                        std::chrono::milliseconds ping_interval, std::chrono::milliseconds ping_timeout,
                        std::size_t max_payload) {
  std::string packet = "0{\"sid\":\"";
  packet.append(sid).append("\",\"upgrades\":[");
  for (std::size_t i = 0; i < upgrades.size(); ++i)
    packet.append(i == 0 ? "\"" : ",\"").append(upgrades[i]).append("\"");
  packet.append("],\"pingInterval\":").append(std::to_string(ping_interval.count()));
  packet.append(",\"pingTimeout\":").append(std::to_string(ping_timeout.count()));
  packet.append(",\"maxPayload\":").append(std::to_string(max_payload));
  return packet += '}';
}

}  // namespace roomcast::engineio

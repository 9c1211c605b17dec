#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace roomcast::engineio {

/// The first packet of a session, in the key order and spacing of the official server:
/// `0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`.
/// `sid` and `upgrades` are put in as they are: no character that JSON would escape.
std::string open_packet(std::string_view sid, std::span<const std::string_view> upgrades,
                        std::chrono::milliseconds ping_interval, std::chrono::milliseconds ping_timeout,
                        std::size_t max_payload);

}  // namespace roomcast::engineio

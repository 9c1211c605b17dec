#include <algorithm>
#include <array>

#include <protocol/socketio/packet.hpp>

namespace roomcast::socketio {

bool reserved_event(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 6> reserved = {
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

}  // namespace roomcast::socketio

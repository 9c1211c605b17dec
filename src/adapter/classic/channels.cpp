#include <initializer_list>

#include <adapter/classic/channels.hpp>
#include <base/crypto.hpp>

namespace roomcast::adapter::classic {
namespace {

std::string join(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) whole += part;
  return whole;
}

}  // namespace

Channels::Channels(std::string_view key, std::string_view nsp)
    : broadcast_(join({key, "#", nsp, "#"})),
      request_(join({key, "-request#", nsp, "#"})),
      response_(join({key, "-response#", nsp, "#"})) {}

std::string Channels::room(std::string_view room) const { return join({broadcast_, room, "#"}); }

std::string Channels::broadcast_to(std::span<const std::string> rooms) const {
  return rooms.size() == 1 ? room(rooms.front()) : broadcast_;
}

std::string Channels::response_to(std::string_view uid) const { return join({response_, uid, "#"}); }

std::optional<std::string_view> room_of(std::string_view channel, std::string_view prefix) noexcept {
  if (!channel.starts_with(prefix)) return std::nullopt;
  std::string_view room = channel.substr(prefix.size());
  if (room.empty()) return room;
  if (room.back() != '#') return std::nullopt;
  room.remove_suffix(1);
  return room;
}

std::string random_id() {
  std::string id = base::random_token(5);  // 7 characters, of which the last is not a whole one
  id.resize(6);
  return id;
}

}  // namespace roomcast::adapter::classic

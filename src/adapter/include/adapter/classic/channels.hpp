#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace roomcast::adapter::classic {

/// The channels of one namespace. `key` is the option of that name (`socket.io`), `nsp` begins with a slash.
class Channels {
 public:
  Channels(std::string_view key, std::string_view nsp);

  /// `<key>#<nsp>#`: broadcasts to everybody or to several rooms, and what all broadcast channels begin with.
  const std::string& broadcast() const noexcept { return broadcast_; }
  /// `<key>#<nsp>#*`, for PSUBSCRIBE. Not escaped, as in the official adapter: a namespace with glob
  /// characters receives more than it should, which is why receivers look at the prefix again.
  std::string pattern() const { return broadcast_ + '*'; }
  /// `<key>#<nsp>#<room>#`
  std::string room(std::string_view room) const;
  /// Where a broadcast to these rooms is published: one room has a channel of its own.
  std::string broadcast_to(std::span<const std::string> rooms) const;

  /// `<key>-request#<nsp>#`
  const std::string& request() const noexcept { return request_; }
  /// `<key>-response#<nsp>#`
  const std::string& response() const noexcept { return response_; }
  /// `<key>-response#<nsp>#<uid>#`: answers for one server.
  std::string response_to(std::string_view uid) const;

 private:
  std::string broadcast_;
  std::string request_;
  std::string response_;
};

/// The room that a broadcast's channel names; empty for `prefix` itself, which is for everybody or for rooms
/// that only the payload tells. Nothing if `channel` is not one of `prefix` (`Channels::broadcast`).
/// No allocation: this is all that a message for a room without members here costs. A view of `channel`.
std::optional<std::string_view> room_of(std::string_view channel, std::string_view prefix) noexcept;

/// A uid or request id: 6 random characters of `A-Z a-z 0-9 _ -`.
std::string random_id();

}  // namespace roomcast::adapter::classic

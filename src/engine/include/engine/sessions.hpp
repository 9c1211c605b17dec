#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <engine/session.hpp>

namespace roomcast::engine {

/// The sessions of one loop, by sid.
class Sessions {
 public:
  Sessions(loop::Loop& loop, const SessionContext& context) : loop_(loop), context_(context) {}

  /// Home: a new session whose sid names this loop and, in its first 18 bits, this process.
  Session& create(std::uint32_t process_tag);
  Session* find(std::string_view sid) noexcept;
  /// Ends every session because the server goes away.
  void shut_down();

  /// Any thread: how many there are.
  std::size_t count() const noexcept { return count_.value(); }
  /// Any thread: how many of them are websockets by now.
  std::size_t websockets() const noexcept { return websockets_.value(); }
  /// Any thread: bytes that wait for a GET, of all polling sessions.
  std::uint64_t queued_bytes() const noexcept { return queued_bytes_.value(); }

 private:
  friend class Session;
  void erase(Session& session, bool websocket);

  loop::Loop& loop_;
  const SessionContext& context_;
  base::Gauge count_;  // by_sid_.size()
  base::Gauge websockets_;
  base::Gauge queued_bytes_;
  // Keys view the sid inside the session.
  std::unordered_map<std::string_view, std::unique_ptr<Session>> by_sid_;
};

/// 15 bytes: 18 bits process, 6 bits loop, 96 bits from the OS. In base64url that is 20 characters, of which
/// the first 3 name the process and the fourth names the loop.
std::string make_sid(std::uint32_t process_tag, unsigned loop);
/// The loop that a sid names, or -1 if the text cannot be one of ours.
int loop_of(std::string_view sid) noexcept;

}  // namespace roomcast::engine

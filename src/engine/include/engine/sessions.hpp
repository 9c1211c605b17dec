#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <engine/admission.hpp>
#include <engine/session.hpp>

namespace roomcast::engine {

/// The sessions of one loop, by sid.
class Sessions {
 public:
  Sessions(loop::Loop& loop, const SessionContext& context) : loop_(loop), context_(context) {}
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;
  ~Sessions();

  loop::Loop& loop() const noexcept { return loop_; }
  const SessionContext& context() const noexcept { return context_; }

  /// Home: a new session whose sid names this loop and, in its first 18 bits, this process. `protocol`: of
  /// Engine.IO.
  Session& create(std::uint32_t process_tag, unsigned protocol = 4);
  Session* find(std::string_view sid) noexcept;
  /// The session holds the place until it ends.
  void seat(const Session& session, Admission::Place place) { places_.emplace(&session, std::move(place)); }
  /// Ends every session because the server goes away.
  void shut_down();

  /// Any thread: how many there are.
  std::size_t count() const noexcept { return count_.value(); }
  /// Any thread: how many of them are websockets by now.
  std::size_t websockets() const noexcept { return websockets_.value(); }

 private:
  friend class Session;
  void erase(Session& session, bool websocket);

  loop::Loop& loop_;
  const SessionContext& context_;
  base::Gauge count_;  // by_sid_.size()
  base::Gauge websockets_;
  // Looked up by the sid that the session itself has.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view sid) const noexcept { return std::hash<std::string_view>{}(sid); }
    std::size_t operator()(const Session* session) const noexcept { return (*this)(session->sid()); }
  };
  struct Equal {
    using is_transparent = void;
    static std::string_view sid(std::string_view sid) noexcept { return sid; }
    static std::string_view sid(const Session* session) noexcept { return session->sid(); }
    bool operator()(const auto& a, const auto& b) const noexcept { return sid(a) == sid(b); }
  };
  boost::unordered_flat_set<Session*, Hash, Equal> by_sid_;             // owned
  boost::unordered_flat_map<const Session*, Admission::Place> places_;  // empty where clients are not limited
};

/// 15 bytes: 18 bits process, 6 bits loop, 96 bits from the OS. In base64url that is 20 characters, of which
/// the first 3 name the process and the fourth names the loop.
std::string make_sid(std::uint32_t process_tag, unsigned loop);
/// The loop that a sid names, or -1 if the text cannot be one of ours.
int loop_of(std::string_view sid) noexcept;

}  // namespace roomcast::engine

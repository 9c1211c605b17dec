#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <loop/timer.hpp>

namespace roomcast::adapter {

/// The roomcast servers of one cluster, as they tell each other by heartbeats: who lives, and which uid each
/// has in which namespace. Decides; neither sends nor looks at a clock. Service loop only.
///
/// A heartbeat is a small JSON object on the channel `roomcast#nodes`. A server that was heard of and has
/// been silent for `timeout` is lost.
class Nodes {
 public:
  static constexpr std::string_view channel = "roomcast#nodes";

  struct Self {
    std::string id;    ///< random
    std::string name;  ///< for people: host and process
    std::string key;   ///< the adapter's prefix: servers of other clusters on the same Redis are ignored
  };
  enum class Kind : unsigned char { hello, alive, bye };
  /// A living server's adapter in one namespace.
  struct Member {
    std::string uid;
    std::string name;
  };

  Nodes(Self self, loop::Clock::duration timeout) : self_(std::move(self)), timeout_(timeout) {}

  const Self& self() const noexcept { return self_; }
  /// Our own uid in a namespace, told from the next heartbeat on.
  void add(std::string nsp, std::string uid) { uids_.insert_or_assign(std::move(nsp), std::move(uid)); }
  void remove(std::string_view nsp) {
    if (const auto found = uids_.find(nsp); found != uids_.end()) uids_.erase(found);
  }
  std::string heartbeat(Kind kind) const;

  /// What became of a message on the channel.
  enum class Heard : unsigned char {
    nothing,   ///< ours, of another cluster, or news of somebody known
    newcomer,  ///< somebody who does not know us yet: to be answered with a heartbeat
    not_ours,  ///< not a heartbeat
  };
  Heard on_message(std::string_view payload, loop::TimePoint now);
  /// Forgets who has been silent for too long. @return their names.
  std::vector<std::string> expire(loop::TimePoint now);

  /// The others who live.
  std::vector<Member> members(std::string_view nsp) const;
  bool knows_uid(std::string_view nsp, std::string_view uid) const;
  std::size_t count() const noexcept { return others_.size(); }

 private:
  using Uids = std::map<std::string, std::string, std::less<>>;
  struct Node {
    std::string name;
    Uids uids;
    loop::TimePoint heard;
  };
  static constexpr std::size_t max_nodes = 10'000;  // of a cluster; more are not servers but an attack

  const Self self_;
  const loop::Clock::duration timeout_;
  Uids uids_;
  std::map<std::string, Node, std::less<>> others_;  // by id
};

}  // namespace roomcast::adapter

#include <algorithm>

#include <adapter/cluster_call.hpp>

namespace roomcast::adapter {

void ClusterCall::answered(std::string uid) {
  if (uid.empty()) {
    ++foreign_answers_;
  } else {
    uids_.insert(std::move(uid));
  }
}

bool ClusterCall::done(const Servers& servers) const {
  if (client_answers_ < clients_) return false;
  if (uids_.size() + foreign_answers_ >= servers.others) return true;
  return foreign_answers_ >= servers.foreign_expected &&
         std::ranges::all_of(servers.members, [&](const Nodes::Member& member) {
           return uids_.contains(member.uid) ||
                  std::ranges::none_of(asked_, [&](const auto& one) { return one.uid == member.uid; });
         });
}

Coverage ClusterCall::coverage(const Servers& servers) const {
  Coverage result;
  // A server that has not heard of us yet answers without its name.
  if (uids_.size() + foreign_answers_ >= asked_others_) return result;
  for (const Nodes::Member& member : asked_)
    if (!uids_.contains(member.uid)) result.missing.push_back(member.name);
  const std::size_t unanswered = servers.others - std::min(servers.others, uids_.size() + foreign_answers_);
  const std::size_t nameless =
      servers.foreign_expected - std::min(servers.foreign_expected, foreign_answers_);
  for (std::size_t i = 0; i < std::min(nameless, unanswered); ++i)
    result.missing.emplace_back(Coverage::unknown);
  return result;
}

}  // namespace roomcast::adapter

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <adapter/adapter.hpp>
#include <adapter/classic/response.hpp>
#include <adapter/nodes.hpp>
#include <loop/timer.hpp>

namespace roomcast::adapter {

/// One question to all other servers, until its end: decides whom it still waits for. No I/O, no clock.
///
/// It ends when every subscriber of the request channel has answered; or when every roomcast server that
/// lives has, and as many of the others as are believed to be servers; or at its deadline.
class ClusterCall {
 public:
  /// What Redis and the heartbeats say at this moment.
  struct Servers {
    std::size_t others = 0;              ///< subscribers of the request channel but us
    std::vector<Nodes::Member> members;  ///< of those, the roomcast servers that live
    std::size_t foreign_expected = 0;    ///< and how many further ones will answer
  };

  ClusterCall(std::string id, loop::TimePoint deadline) : id_(std::move(id)), deadline_(deadline) {}

  const std::string& id() const noexcept { return id_; }
  loop::TimePoint deadline() const noexcept { return deadline_; }

  /// Who was there when the question left. Later ones are not waited for.
  void asked(const Servers& servers) {
    asked_ = servers.members;
    asked_others_ = servers.others;
  }
  /// A server has answered; `uid` is empty if it did not tell its own.
  void answered(std::string uid);
  /// Clients were asked there; each owes an answer.
  void expect_clients(std::size_t clients) noexcept { clients_ += clients; }
  void client_answered() noexcept { ++client_answers_; }

  std::size_t foreign_answers() const noexcept { return foreign_answers_; }
  std::size_t clients() const noexcept { return clients_; }
  bool done(const Servers& servers) const;
  /// What is missing if it ends now.
  Coverage coverage(const Servers& servers) const;

 private:
  const std::string id_;
  const loop::TimePoint deadline_;
  std::vector<Nodes::Member> asked_;
  std::size_t asked_others_ = 0;
  std::unordered_set<std::string> uids_;
  std::size_t foreign_answers_ = 0;
  std::size_t clients_ = 0;
  std::size_t client_answers_ = 0;
};

}  // namespace roomcast::adapter

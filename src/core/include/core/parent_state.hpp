#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <core/namespace_state.hpp>
#include <roomcast/parent_namespace.hpp>

namespace roomcast::core {

/// A rule for names of namespaces, and what its children are given. Any thread.
class ParentState final {
 public:
  using Handlers = NamespaceState::Handlers;

  /// A `pattern` needs no client's auth to decide, so that `Server::of` asks it too.
  ParentState(detail::NamespaceDecider decide, bool pattern)
      : pattern_(pattern), decide_(std::move(decide)) {}

  bool pattern() const noexcept { return pattern_; }
  /// What the application says of the name; what it throws is logged and means no.
  detail::NamespaceDecision decide(const std::string& name, const boost::json::object& auth) const;

  void add_middleware(detail::SocketHandler middleware);
  void add_connection_handler(detail::SocketHandler handler);
  std::shared_ptr<const Handlers> middlewares() const;
  std::shared_ptr<const Handlers> connection_handlers() const;

  BackpressureRules& backpressure() noexcept { return backpressure_; }

  void add(const std::shared_ptr<NamespaceState>& child);
  void remove(const NamespaceState& child);
  std::vector<std::shared_ptr<NamespaceState>> children() const;
  /// The server ends: gives up all handlers.
  void end();

 private:
  const bool pattern_;
  BackpressureRules backpressure_;
  mutable std::mutex mutex_;  // guards everything below; the lists are replaced and never changed
  detail::NamespaceDecider decide_;
  std::shared_ptr<const Handlers> middlewares_ = std::make_shared<Handlers>();
  std::shared_ptr<const Handlers> connection_handlers_ = std::make_shared<Handlers>();
  std::map<const NamespaceState*, std::weak_ptr<NamespaceState>> children_;
};

}  // namespace roomcast::core

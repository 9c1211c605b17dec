// Which namespaces a server has: those of the application, and the children of parent namespaces.

#include <stdexcept>
#include <utility>

#include <core/parent_state.hpp>
#include <core/server_state.hpp>

namespace roomcast::core {

std::vector<std::shared_ptr<NamespaceState>> ServerState::namespaces() const {
  std::vector<std::shared_ptr<NamespaceState>> all;
  const std::shared_lock lock(mutex_);
  all.reserve(namespaces_.size());
  for (const auto& [name, nsp] : namespaces_) all.push_back(nsp);
  return all;
}

// Marked under the lock: a child that is about to go is either found no more, or stays.
std::shared_ptr<NamespaceState> ServerState::find_to_keep(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end()) return nullptr;
  found->second->keep();
  return found->second;
}

std::shared_ptr<NamespaceState> ServerState::of(std::string_view name) {
  std::string full(name);
  if (!full.starts_with('/')) full.insert(full.begin(), '/');
  if (full.find(',') != std::string::npos)
    throw std::invalid_argument("a namespace's name cannot contain a comma");
  auto nsp = find_to_keep(full);
  if (!nsp) {
    auto made = std::make_shared<NamespaceState>(*this, full);
    const auto all = parents();
    for (const auto& parent : *all) {
      if (!parent->pattern() || !parent->decide(full, {}).allowed) continue;
      children_.fetch_add(1, std::memory_order_relaxed);
      nsp = adopt(parent, made);
      nsp->keep();
      if (nsp->child()) nsp->leave_seat();  // it stays, though nobody is there
      break;
    }
    if (!nsp) {
      bool is_new = false;
      {
        const std::unique_lock lock(mutex_);
        const auto [at, inserted] = namespaces_.emplace(full, made);
        nsp = at->second;
        nsp->keep();
        is_new = inserted;
        if (inserted && cluster_) nsp->attach(*cluster_);
      }
      if (is_new) tell_new(nsp);
    }
  }
  return nsp;
}

std::shared_ptr<ParentState> ServerState::of(detail::NamespaceDecider decide, bool pattern) {
  auto parent = std::make_shared<ParentState>(std::move(decide), pattern);
  const std::unique_lock lock(mutex_);
  auto longer = std::make_shared<Parents>(*parents_);
  longer->push_back(parent);
  parents_ = std::move(longer);
  return parent;
}

std::shared_ptr<const ServerState::Parents> ServerState::parents() const {
  const std::shared_lock lock(mutex_);
  return parents_;
}

std::shared_ptr<NamespaceState> ServerState::take_seat(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end()) return nullptr;
  if (found->second->child()) found->second->take_seat();
  return found->second;
}

bool ServerState::reserve_child() noexcept {
  if (children_.fetch_add(1, std::memory_order_relaxed) < options_->max_child_namespaces) return true;
  give_back_child();
  return false;
}

std::shared_ptr<NamespaceState> ServerState::adopt(const std::shared_ptr<ParentState>& parent,
                                                   const std::shared_ptr<NamespaceState>& candidate) {
  std::shared_ptr<NamespaceState> nsp;
  candidate->become_child(parent);
  {
    const std::unique_lock lock(mutex_);
    const auto [at, inserted] = namespaces_.emplace(candidate->name(), candidate);
    nsp = at->second;
    if (inserted && cluster_) nsp->attach(*cluster_);
    if (nsp->child()) nsp->take_seat();
  }
  if (nsp != candidate) {
    give_back_child();
  } else {
    parent->add(nsp);
    tell_new(nsp);
  }
  return nsp;
}

void ServerState::leave_seat(NamespaceState& child) {
  if (!child.leave_seat()) return;
  auto stays = [&] { return !child.empty() || (child.kept() && !options_->cleanup_empty_child_namespaces); };
  if (stays()) return;
  std::shared_ptr<NamespaceState> removed;
  {
    const std::unique_lock lock(mutex_);
    const auto found = namespaces_.find(child.name());
    if (stays() || found == namespaces_.end() || found->second.get() != &child) return;
    removed = std::move(found->second);
    namespaces_.erase(found);
    removed->detach();  // before another of this name attaches
  }
  give_back_child();
  if (const auto parent = child.parent()) parent->remove(child);
  removed->end();
}

void ServerState::on_new_namespace(std::function<void(const std::shared_ptr<NamespaceState>&)> f) {
  const std::unique_lock lock(mutex_);
  auto longer = std::make_shared<NewNamespaceListeners>(*new_namespace_listeners_);
  longer->push_back(std::move(f));
  new_namespace_listeners_ = std::move(longer);
}

void ServerState::tell_new(const std::shared_ptr<NamespaceState>& nsp) const {
  const auto listeners = [this] {
    const std::shared_lock lock(mutex_);
    return new_namespace_listeners_;
  }();
  for (const auto& listener : *listeners) listener(nsp);
}

}  // namespace roomcast::core

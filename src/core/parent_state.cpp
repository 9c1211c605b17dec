#include <utility>

#include <base/log.hpp>
#include <core/parent_state.hpp>

namespace roomcast::core {

detail::NamespaceDecision ParentState::decide(const std::string& name,
                                              const boost::json::object& auth) const {
  const detail::NamespaceDecider ask = [this] {
    const std::lock_guard lock(mutex_);
    return decide_;
  }();
  if (!ask) return {};
  try {
    return ask(name, auth);
  } catch (const std::exception& e) {
    base::log::error("the function of a parent namespace threw: {}", e.what());
  } catch (...) {
    base::log::error("the function of a parent namespace threw something that is not a std::exception");
  }
  return {};
}

void ParentState::add_middleware(detail::SocketHandler middleware) {
  const std::lock_guard lock(mutex_);
  auto longer = std::make_shared<Handlers>(*middlewares_);
  longer->push_back(std::move(middleware));
  middlewares_ = std::move(longer);
}

void ParentState::add_connection_handler(detail::SocketHandler handler) {
  const std::lock_guard lock(mutex_);
  auto longer = std::make_shared<Handlers>(*connection_handlers_);
  longer->push_back(std::move(handler));
  connection_handlers_ = std::move(longer);
}

std::shared_ptr<const ParentState::Handlers> ParentState::middlewares() const {
  const std::lock_guard lock(mutex_);
  return middlewares_;
}

std::shared_ptr<const ParentState::Handlers> ParentState::connection_handlers() const {
  const std::lock_guard lock(mutex_);
  return connection_handlers_;
}

void ParentState::add(const std::shared_ptr<NamespaceState>& child) {
  const std::lock_guard lock(mutex_);
  children_[child.get()] = child;
}

void ParentState::remove(const NamespaceState& child) {
  const std::lock_guard lock(mutex_);
  children_.erase(&child);
}

std::vector<std::shared_ptr<NamespaceState>> ParentState::children() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<NamespaceState>> all;
  for (const auto& [key, weak] : children_)
    if (auto child = weak.lock()) all.push_back(std::move(child));
  return all;
}

void ParentState::end() {
  detail::NamespaceDecider decide;
  std::shared_ptr<const Handlers> middlewares = std::make_shared<Handlers>();
  std::shared_ptr<const Handlers> connection_handlers = middlewares;
  const std::lock_guard lock(mutex_);
  decide.swap(decide_);
  middlewares.swap(middlewares_);
  connection_handlers.swap(connection_handlers_);
}

}  // namespace roomcast::core

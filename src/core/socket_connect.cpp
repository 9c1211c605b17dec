// A socket from its CONNECT to the answer and the end of the connection handlers.

#include <utility>

#include <base/log.hpp>
#include <core/client.hpp>
#include <core/parent_state.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>
#include <engine/session.hpp>

#include "packet_event.hpp"

namespace roomcast::core {
namespace {

// As JavaScript has it.
bool truthy(const boost::json::value& value) {
  if (value.is_null() || value == false || value == "") return false;
  return !value.is_number() || value.to_number<double>() != 0;
}

// Why a CONNECT was refused, as JSON.
std::string connect_error(std::exception_ptr why, bool version2) {
  boost::json::object answer;
  try {
    std::rethrow_exception(why);
  } catch (const ConnectError& e) {
    answer["message"] = e.what();
    if (e.data) answer["data"] = *e.data;
  } catch (const std::exception& e) {
    answer["message"] = e.what();
  } catch (...) {
    answer["message"] = "the connection was refused";
  }
  if (!version2) return std::string(Value::of(answer).json());
  const boost::json::value* data = answer.if_contains("data");
  return std::string(Value::of(data != nullptr && truthy(*data) ? *data : answer["message"]).json());
}

}  // namespace

void SocketState::await_namespace(Parents parents, std::size_t asked, Task<bool> answer) {
  spawn("of", find_namespace(std::move(parents), asked, std::move(answer)));
}

Task<> SocketState::find_namespace(Parents parents, std::size_t asked, Task<bool> answer) {
  const auto self = shared_from_this();
  ServerState& server = nsp_->server();
  std::optional<Task<bool>> waiting(std::move(answer));
  bool allowed = false;
  for (;; ++asked) {
    if (waiting) {
      try {
        allowed = co_await std::move(*waiting);
      } catch (const std::exception& e) {
        base::log::error("the function of a parent namespace threw: {}", e.what());
        allowed = false;
      } catch (...) {
        base::log::error("the function of a parent namespace threw something that is not a std::exception");
        allowed = false;
      }
      waiting.reset();
    }
    if (allowed || !alive() || asked + 1 == parents->size()) break;
    detail::NamespaceDecision next = (*parents)[asked + 1]->decide(nsp_->name(), handshake_.auth);
    allowed = next.allowed;
    waiting = std::move(next.later);
  }
  if (!alive()) {
    server.give_back_child();
  } else if (!allowed) {
    server.give_back_child();
    refuse(invalid_namespace);
  } else {
    nsp_ = server.adopt((*parents)[asked], nsp_);
    seated_ = nsp_->child();
    connect();
  }
}

void SocketState::connect() {
  const auto middlewares = nsp_->middlewares();
  for (std::size_t i = 0; i < middlewares->size() && alive(); ++i) {
    try {
      detail::Called called = (*middlewares)[i](Socket(shared_from_this()));
      if (called.task) return spawn("use", connect_slowly(middlewares, i + 1, std::move(*called.task)));
    } catch (...) {
      return refuse(std::current_exception());
    }
  }
  accept();
}

// The same from the first middleware on that is a coroutine.
Task<> SocketState::connect_slowly(std::shared_ptr<const NamespaceState::Handlers> middlewares,
                                   std::size_t next, Task<> running) {
  const auto self = shared_from_this();
  std::exception_ptr refused;
  try {
    co_await std::move(running);
    for (std::size_t i = next; i < middlewares->size() && alive(); ++i) {
      detail::Called called = (*middlewares)[i](Socket(self));
      if (called.task) co_await std::move(*called.task);
    }
  } catch (...) {
    refused = std::current_exception();
  }
  if (refused) {
    refuse(refused);
  } else {
    accept();
  }
}

void SocketState::refuse(std::exception_ptr why) {
  if (alive()) refuse(connect_error(std::move(why), client_->version2()));
}

void SocketState::refuse(std::string_view answer) {
  if (!alive()) return;
  client_->session().send(control_packet('4', nsp_->name(), answer));
  phase_.store(Phase::gone, std::memory_order_release);
  client_->refused(nsp_->name());
  std::exchange(client_, nullptr)->remove(*this);
  give_up();
}

void SocketState::accept() {
  if (!alive()) return;
  phase_.store(Phase::connected, std::memory_order_release);
  nsp_->keep();
  rooms_to_change().add(*this, id_);
  if (extras_)
    for (const std::string& room : std::exchange(extras_->early_rooms, {})) join(room);
  client_->session().send(
      control_packet('0', nsp_->name(), client_->version2() ? std::string() : R"({"sid":")" + id_ + R"("})"));
  client_->joined();
  run_connection_handlers(nsp_->connection_handlers(), 0);
}

void SocketState::run_connection_handlers(std::shared_ptr<const NamespaceState::Handlers> handlers,
                                          std::size_t next) {
  for (std::size_t i = next; i < handlers->size(); ++i) {
    detail::Called called;
    run_handler("connection", [&] { called = (*handlers)[i](Socket(shared_from_this())); });
    if (called.task)
      return spawn("connection", finish_connection(std::move(handlers), i + 1, std::move(*called.task)));
  }
  release();
}

Task<> SocketState::finish_connection(std::shared_ptr<const NamespaceState::Handlers> handlers,
                                      std::size_t next, Task<> running) {
  const auto self = shared_from_this();
  std::exception_ptr thrown;
  try {
    co_await std::move(running);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) run_handler("connection", [&] { std::rethrow_exception(thrown); });
  run_connection_handlers(std::move(handlers), next);
}

}  // namespace roomcast::core

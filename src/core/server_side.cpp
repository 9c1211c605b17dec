// Events between servers, as a namespace sends and receives them.

#include <utility>

#include <boost/asio/co_spawn.hpp>

#include <base/log.hpp>
#include <core/namespace_state.hpp>
#include <core/server_state.hpp>
#include <protocol/json/reader.hpp>

#include "packet_event.hpp"
#include "payload_value.hpp"

namespace roomcast::core {
namespace {

/// That of another server.
class ServerSideEvent final : public ArgumentsEvent {
 public:
  ServerSideEvent(detail::PayloadRef& payload, json::ArrayCursor arguments,
                  std::shared_ptr<detail::AckTarget> ack)
      : ArgumentsEvent(payload, arguments), ack_(std::move(ack)) {}

  Ack ack() override { return ack_ ? Ack(ack_) : Ack(); }

 private:
  std::shared_ptr<detail::AckTarget> ack_;
};

}  // namespace

void NamespaceState::server_side_emit(const Value& packet, detail::ServerSideAnswers done) {
  const adapter::Payload arguments{packet.json()};
  adapter::Adapter* const others = elsewhere({});
  if (!done) {
    if (others != nullptr) others->server_side_emit(arguments);
  } else if (others != nullptr) {
    auto gathered = std::make_shared<ServerAnswers>();  // touched on the service loop only
    others->server_side_emit_with_ack(
        arguments,
        [gathered](const adapter::Payload& answer) { gathered->answers.push_back(value_of(answer)); },
        [gathered, done = std::move(done)](adapter::Coverage coverage) {
          gathered->missing_servers = std::move(coverage.missing);
          done(std::move(*gathered));
        });
  } else if (loop::Loop* here = loop::Loop::current()) {
    here->post([done = std::move(done)] { done({}); });
  } else {
    done({});
  }
}

// From the service loop, which has no time for the application's handlers.
void NamespaceState::on_server_side_event(std::string_view arguments,
                                          std::function<void(adapter::Payload)> answer) {
  server_.home_loop().post(
      [self = shared_from_this(), packet = value_of({arguments}), answer = std::move(answer)] {
        std::function<void(const Value&)> reply;
        if (answer)
          reply = [answer](const Value& values) {
            json::ArrayCursor cursor(values.json());
            std::string_view first;
            answer({cursor.next(first) ? first : "null"});
          };
        self->receive_server_side(packet, std::move(reply));
      });
}

void NamespaceState::on_server_side(std::string_view event, detail::EventHandlerPtr handler) {
  const std::lock_guard lock(mutex_);
  auto longer = std::make_shared<ServerSideHandlers>(*server_side_handlers_);
  longer->push_back({std::string(event), std::move(handler)});
  server_side_handlers_ = std::move(longer);
}

void NamespaceState::receive_server_side(const Value& packet, std::function<void(Value)> reply) {
  const auto handlers = [this] {
    const std::lock_guard lock(mutex_);
    return server_side_handlers_;
  }();
  if (!packet.is_array()) return;
  const std::string text(packet.json());
  detail::PayloadRef payload{text, {}, nullptr};
  json::ArrayCursor arguments(payload.text);
  std::string_view name;
  if (!arguments.next(name) || json::kind_of(name) != json::Kind::string) return;
  std::shared_ptr<detail::AckTarget> ack;
  if (reply) ack = std::make_shared<detail::AckTarget>(std::move(reply));
  auto guarded = [this, name = std::string(name)](auto&& f) {
    try {
      f();
    } catch (const std::exception& e) {
      server_.metrics(server_.home_loop()).handler_errors.add();
      base::log::error("namespace {}: the handler of the servers' event {} threw: {}", name_, name, e.what());
    } catch (...) {
      server_.metrics(server_.home_loop()).handler_errors.add();
      base::log::error(
          "namespace {}: the handler of the servers' event {} threw something that is not a std::exception",
          name_, name);
    }
  };
  for (const ServerSideHandler& handler : *handlers) {
    if (!json::equals(name, handler.event)) continue;
    guarded([&] {
      ServerSideEvent event(payload, arguments, ack);
      detail::Called called = (*handler.call)(event);
      if (!called.taken) server_.metrics(server_.home_loop()).dropped_events.add();
      if (called.task)
        boost::asio::co_spawn(
            loop::Loop::current()->io(), std::move(*called.task),
            [guarded, self = shared_from_this(), call = handler.call](std::exception_ptr e) {
              if (e) guarded([&e] { std::rethrow_exception(e); });
            });
    });
  }
}

}  // namespace roomcast::core

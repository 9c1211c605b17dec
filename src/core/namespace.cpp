#include <stdexcept>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <core/namespace_state.hpp>
#include <core/parent_state.hpp>
#include <roomcast/namespace.hpp>
#include <roomcast/parent_namespace.hpp>

namespace roomcast {

const std::string& Namespace::name() const noexcept { return state_->name(); }
void Namespace::add_middleware(detail::SocketHandler middleware) {
  state_->add_middleware(std::move(middleware));
}
void Namespace::on_create_room(std::function<void(std::string)> f) const {
  state_->on_create_room(std::move(f));
}
void Namespace::on_delete_room(std::function<void(std::string)> f) const {
  state_->on_delete_room(std::move(f));
}
void Namespace::on_join_room(std::function<void(std::string, std::string)> f) const {
  state_->on_join_room(std::move(f));
}
void Namespace::on_leave_room(std::function<void(std::string, std::string)> f) const {
  state_->on_leave_room(std::move(f));
}
void Namespace::add_connection_handler(detail::SocketHandler handler) {
  state_->add_connection_handler(std::move(handler));
}

Namespace& Namespace::backpressure(Backpressure rule) {
  state_->backpressure().set({}, std::move(rule));
  return *this;
}
Namespace& Namespace::backpressure(const std::string& room, Backpressure rule) {
  state_->backpressure().set(room, std::move(rule));
  return *this;
}

void Namespace::send_server_side(Value packet, detail::ServerSideAnswers done) const {
  if (packet.has_binary()) throw std::invalid_argument("servers cannot send each other binary data");
  state_->server_side_emit(packet, std::move(done));
}

void Namespace::add_server_side_handler(std::string_view event, detail::EventHandlerPtr handler) const {
  state_->on_server_side(event, std::move(handler));
}

Task<ServerAnswers> Namespace::wait_for_servers(Namespace self, Value packet) {
  using Result = std::shared_ptr<ServerAnswers>;
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto result =
      co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Result)>(
          [&](auto completion) {
            auto kept = std::make_shared<decltype(completion)>(std::move(completion));
            self.send_server_side(std::move(packet), [kept, executor](ServerAnswers answers) {
              auto all = std::make_shared<ServerAnswers>(std::move(answers));
              boost::asio::post(executor, [kept, all] { std::move (*kept)(all); });
            });
          },
          boost::asio::use_awaitable);
  co_return std::move(*result);
}

void ParentNamespace::add_middleware(detail::SocketHandler middleware) {
  state_->add_middleware(std::move(middleware));
}
void ParentNamespace::add_connection_handler(detail::SocketHandler handler) {
  state_->add_connection_handler(std::move(handler));
}

ParentNamespace& ParentNamespace::backpressure(Backpressure rule) {
  state_->backpressure().set({}, std::move(rule));
  return *this;
}
ParentNamespace& ParentNamespace::backpressure(const std::string& room, Backpressure rule) {
  state_->backpressure().set(room, std::move(rule));
  return *this;
}
std::vector<Namespace> ParentNamespace::children() const {
  std::vector<Namespace> all;
  for (auto& child : state_->children()) all.emplace_back(std::move(child));
  return all;
}

}  // namespace roomcast

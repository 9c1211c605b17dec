#include <core/server_state.hpp>
#include <roomcast/server.hpp>

namespace roomcast {

Server::Server(ServerOptions options) : state_(std::make_unique<core::ServerState>(std::move(options))) {}
Server::~Server() = default;

Namespace Server::of(std::string_view name) { return Namespace(state_->of(name)); }
Namespace Server::root() { return Namespace(state_->root()); }

void Server::add_route(std::string_view method, std::string_view path, RouteHandler handler) {
  state_->routes().add(std::string(method), std::string(path), std::move(handler));
}

void Server::listen() { state_->listen(); }
std::uint16_t Server::port() const noexcept { return state_->engine().port(); }
void Server::run(const std::function<void()>& on_listening) { state_->run(on_listening); }
void Server::close() { state_->close(); }
std::size_t Server::clients_count() const noexcept { return state_->engine().clients_count(); }
const ServerOptions& Server::options() const noexcept { return state_->options(); }

}  // namespace roomcast

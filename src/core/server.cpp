#include <core/server_state.hpp>
#include <roomcast/server.hpp>

namespace roomcast {

Server::Server(ServerOptions options) : state_(std::make_unique<core::ServerState>(std::move(options))) {}
// Handlers may use this object until everything stands still.
Server::~Server() { core::ServerState::end(state_); }

Namespace Server::of(std::string_view name) { return Namespace(state_->of(name)); }
Namespace Server::root() { return Namespace(state_->root()); }

ParentNamespace Server::add_parent(detail::NamespaceDecider decide, bool pattern) {
  return ParentNamespace(state_->of(std::move(decide), pattern));
}
void Server::on_new_namespace(std::function<void(Namespace)> f) {
  state_->on_new_namespace(
      [f = std::move(f)](const std::shared_ptr<core::NamespaceState>& nsp) { f(Namespace(nsp)); });
}

void Server::add_route(std::string_view method, std::string_view path, RouteHandler handler) {
  state_->routes().add(std::string(method), std::string(path), std::move(handler));
}

Server& Server::engine_use(std::function<std::optional<HttpResponse>(const HttpRequest&)> middleware) {
  state_->hooks("engine_use").middlewares.push_back(std::move(middleware));
  return *this;
}
Server& Server::on_initial_headers(std::function<void(HttpHeaders&, const HttpRequest&)> f) {
  state_->hooks("on_initial_headers").initial_headers.push_back(std::move(f));
  return *this;
}
Server& Server::on_headers(std::function<void(HttpHeaders&, const HttpRequest&)> f) {
  state_->hooks("on_headers").all_headers.push_back(std::move(f));
  return *this;
}
Server& Server::on_connection_error(std::function<void(const ConnectionError&)> f) {
  state_->hooks("on_connection_error").connection_errors.push_back(std::move(f));
  return *this;
}

Server& Server::adapter(const AdapterFactory& factory) {
  state_->use_adapter(factory);
  return *this;
}
Server& Server::on_server_lost(std::function<void(std::string)> f) {
  state_->on_server_lost(std::move(f));
  return *this;
}
void Server::reload_tls() { state_->reload_tls(); }
Server& Server::readiness(std::string name, std::function<std::string()> why_not) {
  state_->monitoring().readiness().add(std::move(name), std::move(why_not));
  return *this;
}
std::string Server::metrics_text() const { return state_->monitoring().metrics_text(); }
Server& Server::add_metrics(std::function<void(MetricsWriter&)> write) {
  state_->monitoring().add_metrics(std::move(write));
  return *this;
}

void Server::listen() { state_->listen(); }
std::uint16_t Server::port() const noexcept { return state_->engine().port(); }
std::uint16_t Server::admin_port() const noexcept { return state_->admin_port(); }
void Server::run(const std::function<void()>& on_listening) { state_->run(on_listening); }
void Server::close() { state_->close(); }
boost::asio::any_io_executor Server::executor() const { return state_->home_loop().io().get_executor(); }
std::size_t Server::clients_count() const noexcept { return state_->engine().clients_count(); }
const ServerOptions& Server::options() const noexcept { return state_->options(); }

}  // namespace roomcast

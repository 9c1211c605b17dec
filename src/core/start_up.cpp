// What the log says when a server starts: what was chosen, and why.

#include <stdexcept>

#include <fmt/ranges.h>

#include <base/log.hpp>
#include <core/process.hpp>
#include <core/server_state.hpp>

namespace roomcast::core {
namespace {

std::string url(const std::string& host, std::uint16_t port, bool tls = false) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

}  // namespace

void ServerState::log_certificate(std::string_view what) const {
  const net::TlsSettings::Certificate shown = engine_.tls()->certificate();
  const ClientCertificates asked = options_->tls->client_certificates;
  base::log::info(what, {{"certificate", shown.subject},
                         {"expires", shown.expires},
                         {"client_certificates", asked == ClientCertificates::none     ? "none"
                                                 : asked == ClientCertificates::wanted ? "wanted"
                                                                                       : "required"}});
}

void ServerState::reload_tls() {
  if (engine_.tls() == nullptr) throw std::logic_error("reload_tls() is for servers with ServerOptions::tls");
  engine_.tls()->reload();
  log_certificate("TLS: the files were read again, for clients that connect from now on");
}

void ServerState::log_start() const {
  using base::log::info;
  const std::string address = url(options_->host, engine_.port(), options_->tls.has_value());
  info(fmt::format("roomcast {} serves {}", ROOMCAST_LIBRARY_VERSION, options_->path),
       {{"address", address}, {"version", ROOMCAST_LIBRARY_VERSION}});
  if (options_->tls) log_certificate("TLS 1.2 and 1.3");
  if (options_->proxy_protocol)
    info("connections from trusted proxies begin with a header of the PROXY protocol",
         {{"trusted_proxies", fmt::format("{}", fmt::join(options_->trusted_proxies, " "))}});
  info(asked_.io == IoChoice::automatic ? "I/O by epoll: automatic, and the only engine of this version"
                                        : "I/O by epoll: as the options say",
       {{"io", "epoll"}});
  info(asked_.threads == 0 ? "a loop with a thread for each core" : "as many loops as the options say",
       {{"threads", options_->threads}, {"cores", cores()}});
  if (cluster_) {
    info("rooms are shared with other servers, as the options say",
         {{"adapter", cluster_->description()}, {"required", cluster_required_}});
  } else {
    info("rooms by the memory adapter: no other server knows of them", {{"adapter", "memory"}});
  }
  const auto limit = [](std::size_t most) { return most == 0 ? std::string("none") : std::to_string(most); };
  info("limits", {{"max_http_buffer_size", options_->max_http_buffer_size},
                  {"max_buffered_bytes", options_->max_buffered_bytes},
                  {"max_buffered_age_ms", options_->max_buffered_age.count()},
                  {"max_total_buffered_bytes", limit(options_->max_total_buffered_bytes)},
                  {"max_clients", limit(options_->max_clients)},
                  {"max_connections", limit(options_->max_connections)},
                  {"max_ready_memory", limit(options_->max_ready_memory)},
                  {"open_files", open_files_limit()}});
  if (admin_) {
    info("/healthz, /readyz and /metrics have a port of their own",
         {{"admin", url(options_->admin_host, admin_port_)}, {"public_metrics", options_->metrics}});
  } else {
    info(options_->metrics ? "/healthz, /readyz and /metrics are on the server's port, for whoever reaches it"
                           : "/healthz and /readyz are on the server's port, /metrics is off",
         {{"public_metrics", options_->metrics}});
  }
}

}  // namespace roomcast::core

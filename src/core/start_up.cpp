// What the log says when a server starts: what was chosen, and why.

#include <base/log.hpp>
#include <core/process.hpp>
#include <core/server_state.hpp>

namespace roomcast::core {
namespace {

std::string url(const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

}  // namespace

void ServerState::log_start() const {
  using base::log::info;
  const std::string address = url(options_->host, engine_.port());
  info(fmt::format("roomcast {} serves {}", ROOMCAST_LIBRARY_VERSION, options_->path),
       {{"address", address}, {"version", ROOMCAST_LIBRARY_VERSION}});
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

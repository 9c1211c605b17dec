#include <base/log.hpp>
#include <net/proxied_connections.hpp>
#include <protocol/proxy/header.hpp>

namespace roomcast::net {

/// One whose header has not arrived.
class ProxiedConnections::Waiting final : public ConnectionHandler {
 public:
  Waiting(ProxiedConnections& owner, std::unique_ptr<Connection> connection, PeerAddress proxy)
      : owner_(owner), connection_(std::move(connection)), peer_(std::move(proxy)) {
    connection_->set_handler(this);
    owner_.loop_.timers().arm(timer_, owner_.loop_.now() + owner_.timeout_);
  }
  ~Waiting() { Connection::retire(std::move(connection_)); }

  /// Nothing is waited for any more.
  void silence() {
    timer_.cancel();
    Connection::retire(std::move(connection_));
  }

 private:
  void on_bytes(std::span<char> bytes) override {
    received_.append(bytes.data(), bytes.size());
    const auto header = proxy::read_header(received_);
    if (header.has_error()) return refuse(header.error().message());
    if (!*header) return;
    if (const auto& source = (*header)->source) peer_ = {source->address, source->port};
    received_.erase(0, (*header)->size);
    connection_->set_handler(nullptr);
    auto connection = std::move(connection_);
    owner_.forget(*this);
    owner_.on_ready_(std::move(connection), std::move(peer_), std::move(received_));
  }
  void on_end(EndCause) override { owner_.forget(*this); }
  void on_timer(loop::TimePoint) { refuse("the header of the PROXY protocol did not arrive in time"); }

  void refuse(std::string_view why) {
    owner_.metrics_.proxy_failures.add();
    base::log::debug("{}: a connection of a trusted proxy was closed: {}", peer_.address, why);
    owner_.forget(*this);
  }

  ProxiedConnections& owner_;
  std::unique_ptr<Connection> connection_;
  PeerAddress peer_;
  std::string received_;
  loop::MemberTimer<Waiting, &Waiting::on_timer> timer_{*this};
};

ProxiedConnections::ProxiedConnections(loop::Loop& loop, base::Metrics& metrics,
                                       std::chrono::milliseconds timeout, OnReady on_ready)
    : loop_(loop), metrics_(metrics), timeout_(timeout), on_ready_(std::move(on_ready)) {}

ProxiedConnections::~ProxiedConnections() = default;

void ProxiedConnections::add(std::unique_ptr<Connection> connection, PeerAddress proxy) {
  auto made = std::make_unique<Waiting>(*this, std::move(connection), std::move(proxy));
  Waiting* const key = made.get();
  waiting_.emplace(key, std::move(made));
}

void ProxiedConnections::clear() { waiting_.clear(); }

// In one of its own callbacks: it is destroyed when the turn ends, and silent until then.
void ProxiedConnections::forget(Waiting& one) {
  const auto found = waiting_.find(&one);
  std::unique_ptr<Waiting> kept = std::move(found->second);
  waiting_.erase(found);
  kept->silence();
  loop_.bury(std::move(kept));
}

}  // namespace roomcast::net

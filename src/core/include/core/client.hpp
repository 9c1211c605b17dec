#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include <core/slow_client.hpp>
#include <core/socket_state.hpp>
#include <engine/session.hpp>
#include <protocol/socketio/decoder.hpp>

namespace roomcast::core {

/// How a client came, kept.
std::shared_ptr<const detail::HandshakeRequest> handshake_request(const net::HttpRequest& request);

/// What `allow_request` says: nothing if the client may come, else why not, or "".
std::optional<std::string> refusal(const ServerOptions& options, const net::HttpRequest& request);

/// Socket.IO's view of one Engine.IO session: decodes packets and gives each to the socket of its namespace.
///
/// Owned by the session. `sockets_` is in the order of the CONNECTs; a socket that is still being decided is
/// in it.
class Client final : public engine::SessionHandler {
 public:
  Client(ServerState& server, engine::Session& session, const net::HttpRequest& request);
  ~Client() override;

  engine::Session& session() noexcept { return session_; }
  /// Whether what is sent now leaves with this turn.
  bool writable() const noexcept { return session_.writable() && (!slow_ || slow_->empty()); }
  /// Queues a packet of a client that is not `writable`, behind all that waits.
  void send_delayed(const EncodedPacket& packet, Delivery& how);
  /// What waits for it, in bytes.
  std::size_t buffered_bytes() const noexcept {
    return session_.buffered_bytes() + (slow_ ? slow_->bytes() : 0);
  }
  ServerState& server() noexcept { return server_; }
  /// Whether it is a client of Socket.IO 2 (Socket.IO protocol 4 on Engine.IO 3).
  bool version2() const noexcept { return session_.protocol() == 3; }

  /// What waits has changed: tells the sockets.
  void check_water();

  /// The socket has left its namespace; the connection stays.
  void remove(const SocketState& socket);
  /// A CONNECT was answered with CONNECT_ERROR. Packets for this namespace that the client had sent behind
  /// it, in the same breath, are dropped.
  void refused(std::string_view nsp);
  /// What waits in its sockets for the end of a CONNECT or of a handler, in bytes.
  const std::shared_ptr<std::size_t>& held_bytes() {
    auto& bytes = exceptions().held_bytes;
    if (!bytes) bytes = std::make_shared<std::size_t>(0);
    return bytes;
  }
  /// Ends the connection in good order.
  void close(std::string_view cause);
  /// DISCONNECT for every namespace in the order of the CONNECTs, then the end.
  void disconnect_all();
  /// A namespace was joined: the connection may stay.
  void joined() { timer_.reset(); }

 private:
  void on_open() override;
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_pressure() override;
  void on_closing() override;
  void on_close(engine::CloseReason reason, std::string_view cause) override;
  void on_timer(loop::TimePoint now);

  void on_packet(socketio::Packet packet);
  std::string_view name_of(std::string_view written) const noexcept;
  void on_connect(std::string_view nsp, boost::json::object auth);
  /// @return false if no parent namespace wants a child of this name.
  bool connect_to_child(const std::string& name, boost::json::object auth);
  std::shared_ptr<SocketState> add(std::shared_ptr<NamespaceState> nsp, boost::json::object auth,
                                   bool seated);
  // What most clients never have.
  struct Exceptions {
    std::uint64_t refused_in_turn = 0;  // the last turn with refusals
    // Namespaces, in that turn. A body may have tens of thousands, and as many packets behind them; they are
    // buried with the turn.
    std::set<std::string, std::less<>>* refused = nullptr;
    std::shared_ptr<std::size_t> held_bytes{};  // of events that wait in all its sockets
    const std::string_view* reason = nullptr;   // when we close for a reason of our own
  };
  Exceptions& exceptions() {
    if (!exceptions_) exceptions_ = std::make_unique<Exceptions>();
    return *exceptions_;
  }
  void violation(std::string_view what);
  SocketState* find(std::string_view nsp) noexcept;
  bool just_refused(std::string_view nsp) const noexcept;

  ServerState& server_;
  engine::Session& session_;
  socketio::Decoder decoder_;
  std::shared_ptr<const detail::HandshakeRequest> request_;
  boost::container::small_vector<std::shared_ptr<SocketState>, 1> sockets_;  // most clients have one
  std::unique_ptr<Exceptions> exceptions_;
  std::unique_ptr<SlowClient> slow_;  // null: it has always kept up, as far as any rule cares
  using ConnectTimer = loop::MemberTimer<Client, &Client::on_timer>;
  std::unique_ptr<ConnectTimer> timer_;  // until a namespace was joined
};

}  // namespace roomcast::core

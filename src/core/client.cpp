#include <algorithm>

#include <base/log.hpp>
#include <core/client.hpp>
#include <core/parent_state.hpp>
#include <core/server_state.hpp>
#include <protocol/engineio/query.hpp>
#include <protocol/json/reader.hpp>

namespace roomcast::core {
namespace {

// Causes of ends.
constexpr std::string_view not_joined = "a packet for a namespace that was not joined";
constexpr std::string_view early_packets = "too many packets while a CONNECT was being decided";

// Of a namespace's name in a CONNECT, in bytes; for clients of Socket.IO 2 its query is part of it, and kept.
constexpr std::size_t most_of_name = 64 * 1024;

boost::json::object auth_of(const socketio::Packet& connect) {
  return connect.data.empty() ? boost::json::object()
                              : std::move(json::parse_valid(connect.data).as_object());
}

// What clients of Socket.IO 2 say with a CONNECT: `40/admin?token=x,`. As Node reads it, what is said twice
// is a list, and so much of it counts.
boost::json::object auth_of_query(std::string_view query) {
  boost::json::object auth;
  engineio::Query(query).for_each([&auth, left = 1000](std::string name, std::string value) mutable {
    if (left-- <= 0) return;
    const auto [at, first] = auth.emplace(name, value);
    if (first) return;
    boost::json::value& said = at->value();
    if (said.is_string()) said = boost::json::array{said};
    said.as_array().emplace_back(value);
  });
  return auth;
}

}  // namespace

std::shared_ptr<const detail::HandshakeRequest> handshake_request(const net::HttpRequest& request) {
  std::string headers;
  for (const auto& field : request.message)
    headers.append(field.name_string()).append(": ").append(field.value()).append("\r\n");
  return std::make_shared<const detail::HandshakeRequest>(request.target(), headers, request.peer.address,
                                                          std::chrono::system_clock::now(), request.secure,
                                                          request.client_certificate);
}

std::optional<std::string> refusal(const ServerOptions& options, const net::HttpRequest& request) {
  if (!options.allow_request) return std::nullopt;
  try {
    if (options.allow_request(Handshake(handshake_request(request), {}))) return std::nullopt;
    return std::string();
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return std::string();
  }
}

Client::Client(ServerState& server, engine::Session& session, const net::HttpRequest& request)
    : server_(server),
      session_(session),
      decoder_(server.decoder_limits()),
      request_(handshake_request(request)) {
  timer_ = std::make_unique<ConnectTimer>(*this);
  session_.loop().timers().arm(*timer_, session_.loop().now() + server.options().connect_timeout);
}

Client::~Client() = default;

// Such a client is in the main namespace without having asked for it.
void Client::on_open() {
  if (version2()) on_connect("/", {});
}

void Client::on_text(std::string_view text) {
  const auto packet = decoder_.add_text(text);
  if (!packet) return violation(packet.error().message());
  if (*packet) return on_packet(**packet);
  // Nobody may fill memory with attachments who is not in the namespace that they are for.
  const auto awaited = decoder_.awaited();
  const std::string_view name = awaited ? name_of(awaited->nsp) : std::string_view();
  if (awaited && find(name) == nullptr && !just_refused(name)) violation(not_joined);
}

void Client::on_binary(std::string_view bytes) {
  if (const auto awaited = decoder_.awaited();
      awaited && awaited->bytes + bytes.size() > server_.options().max_http_buffer_size) {
    const SocketState* socket = find(name_of(awaited->nsp));
    if (socket == nullptr || !socket->connected()) return violation(early_packets);
  }
  const auto packet = decoder_.add_binary(bytes);
  if (!packet) return violation(packet.error().message());
  if (!*packet) return;
  on_packet(**packet);
  decoder_.release();
}

void Client::on_packet(socketio::Packet packet) {
  using socketio::PacketType;
  const std::string_view full_name = packet.nsp;
  packet.nsp = name_of(full_name);
  SocketState* socket = find(packet.nsp);
  if (packet.type == PacketType::connect && socket == nullptr) {
    if (full_name.size() > most_of_name) return violation("a namespace's name that is too long");
    return on_connect(packet.nsp,
                      version2() ? auth_of_query(engineio::query_of(full_name)) : auth_of(packet));
  }
  if (socket == nullptr && just_refused(packet.nsp)) return;
  if (socket == nullptr) return violation(not_joined);
  switch (packet.type) {
    case PacketType::event:
    case PacketType::ack:
      if (!socket->on_packet(packet)) violation(early_packets);
      return;
    case PacketType::disconnect:
      // As the official server has it. Else decisions could be begun without end, with nobody to wait for
      // them.
      if (!socket->connected()) return violation("a DISCONNECT while a CONNECT was being decided");
      return socket->leave(reasons::client_namespace_disconnect, {});
    case PacketType::connect:
      return violation("a second CONNECT for a namespace");
    default:
      return violation("a packet that only servers send");
  }
}

// Version 2 writes its query into the name.
std::string_view Client::name_of(std::string_view written) const noexcept {
  return version2() ? written.substr(0, written.find_first_of("?#")) : written;
}

void Client::on_connect(std::string_view name, boost::json::object auth) {
  if (sockets_.size() >= server_.options().max_namespaces_per_client) {
    session_.send(control_packet('4', name, R"({"message":"too many namespaces"})"));
    refused(name);
  } else if (std::shared_ptr<NamespaceState> nsp = server_.take_seat(name)) {
    const bool child = nsp->child();
    add(std::move(nsp), std::move(auth), child)->connect();
  } else if (!connect_to_child(std::string(name), std::move(auth))) {
    session_.send(control_packet('4', name, invalid_namespace));
    refused(name);
  }
}

// The parents are asked in the order in which they were made.
bool Client::connect_to_child(const std::string& name, boost::json::object auth) {
  const auto parents = server_.parents();
  if (parents->empty() || name.size() > ServerState::max_child_name) return false;
  for (std::size_t i = 0; i < parents->size(); ++i) {
    detail::NamespaceDecision decision = (*parents)[i]->decide(name, auth);
    if (!decision.allowed && !decision.later) continue;
    if (!server_.reserve_child()) return false;
    auto candidate = std::make_shared<NamespaceState>(server_, name);
    if (decision.later) {
      add(std::move(candidate), std::move(auth), false)
          ->await_namespace(parents, i, std::move(*decision.later));
    } else {
      std::shared_ptr<NamespaceState> nsp = server_.adopt((*parents)[i], candidate);
      const bool child = nsp->child();
      add(std::move(nsp), std::move(auth), child)->connect();
    }
    return true;
  }
  return false;
}

std::shared_ptr<SocketState> Client::add(std::shared_ptr<NamespaceState> nsp, boost::json::object auth,
                                         bool seated) {
  return sockets_.emplace_back(std::make_shared<SocketState>(std::move(nsp), *this, session_.loop(),
                                                             Handshake(request_, std::move(auth)), seated));
}

void Client::refused(std::string_view nsp) {
  server_.metrics(session_.loop()).refused_connects.add();
  const std::uint64_t turn = session_.loop().turn_number();
  Exceptions& noted = exceptions();
  if (std::exchange(noted.refused_in_turn, turn) != turn || noted.refused == nullptr) {
    auto names = std::make_unique<std::set<std::string, std::less<>>>();
    noted.refused = names.get();
    session_.loop().bury(std::move(names));
  }
  noted.refused->emplace(nsp);
}

bool Client::just_refused(std::string_view nsp) const noexcept {
  return exceptions_ && exceptions_->refused != nullptr &&
         exceptions_->refused_in_turn == session_.loop().turn_number() && exceptions_->refused->contains(nsp);
}

SocketState* Client::find(std::string_view nsp) noexcept {
  for (const auto& socket : sockets_)
    if (socket->nsp().name() == nsp) return socket.get();
  return nullptr;
}

void Client::remove(const SocketState& socket) {
  const auto found = std::ranges::find(sockets_, &socket, &std::shared_ptr<SocketState>::get);
  if (found == sockets_.end()) return;
  // It may be in the middle of one of its own functions.
  session_.loop().bury(std::make_unique<std::shared_ptr<SocketState>>(std::move(*found)));
  sockets_.erase(found);
}

void Client::violation(std::string_view what) {
  server_.metrics(session_.loop()).socketio_bad_packets.add();
  base::log::debug("session {}: closed: {}", session_.sid(), what);
  close(what);
}

void Client::close(std::string_view cause) {
  // The official server's two words for the same thing (Socket.IO v5, "Disconnect reasons").
  exceptions().reason =
      session_.websocket() || session_.writable() ? &reasons::forced_close : &reasons::forced_server_close;
  session_.close(cause);
}

void Client::disconnect_all() {
  const auto all = sockets_;
  for (const auto& socket : all) socket->disconnect(false);
  close({});
}

void Client::send_delayed(const EncodedPacket& packet, Delivery& how) {
  // Most packets for slow clients are under no rule, and the session knows its own limits.
  if (!slow_ && !how.rule) return send(session_, packet);
  if (!slow_) slow_ = std::make_unique<SlowClient>(*this);
  slow_->add(packet, how);
}

void Client::on_pressure() {
  if (slow_) slow_->resume();
  check_water();
}

void Client::check_water() {
  for (const auto& socket : sockets_) socket->check_water();
}

void Client::on_closing() {
  session_.loop().settle();
  if (slow_) slow_->give_all();
}

void Client::on_close(engine::CloseReason reason, std::string_view cause) {
  timer_.reset();
  if (slow_) slow_->drop_all();
  std::string_view text = engine::to_string(reason);
  if (reason == engine::CloseReason::forced_close)
    text = exceptions_ && exceptions_->reason ? *exceptions_->reason : text;
  if (server_.draining() && reason == engine::CloseReason::forced_close) text = reasons::server_shutting_down;
  const auto all = std::move(sockets_);
  sockets_.clear();
  for (const auto& socket : all) socket->leave(text, {std::string(cause)});
}

void Client::on_timer(loop::TimePoint) {
  base::log::debug("session {}: closed: no namespace was joined within connect_timeout", session_.sid());
  close("no namespace joined in time");
}

}  // namespace roomcast::core

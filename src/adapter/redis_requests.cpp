// What is done about the other servers' requests.

#include <utility>

#include <adapter/redis_adapter.hpp>

namespace roomcast::adapter {
namespace {

Target target_of(const classic::Opts& opts) { return {opts.rooms, opts.except, opts.flags.volatile_}; }

constexpr std::chrono::milliseconds default_ack_timeout{5'000};

// An answer to a server of ours tells who answers, so that it can name those who do not. Others ignore it.
std::string signed_by(std::string message, std::string_view uid) {
  if (!message.ends_with('}')) return message;
  message.pop_back();
  return message.append(",\"uid\":\"").append(uid).append("\"}");
}

}  // namespace

void RedisAdapter::on_request(std::string_view payload) {
  const auto request = classic::decode_request(payload);
  if (!request) return malformed(channels_.request(), request.error());
  if (request->uid == uid_) return;  // ours: done when it was sent
  std::visit([&](const auto& body) { handle(*request, body); }, request->body);
}

void RedisAdapter::respond(const std::string& asker, std::string message, bool on_shared_channel) {
  cluster_.loop().dispatch(
      [self = shared_from_this(), asker, message = std::move(message), on_shared_channel]() mutable {
        const bool shared = on_shared_channel || asker.empty() ||
                            !self->cluster_.options().publish_on_specific_response_channel;
        if (message.starts_with('{') && self->cluster_.nodes().knows_uid(self->nsp_, asker))
          message = signed_by(std::move(message), self->uid_);
        self->cluster_.metrics().published.add();
        self->cluster_.pubsub().publish(
            shared ? self->channels_.response() : self->channels_.response_to(asker), message);
      });
}

void RedisAdapter::handle(const classic::Request& request, const classic::ListSockets& body) {
  const auto sockets = sockets_.lock();
  if (!sockets) return;
  sockets->fetch_locally({body.rooms, {}},
                         [self = shared_from_this(), asker = request.uid,
                          id = request.request_id](const std::vector<SocketDetails>& found) {
                           std::vector<std::string> ids;
                           ids.reserve(found.size());
                           for (const SocketDetails& one : found) ids.push_back(one.id);
                           self->respond(asker, classic::encode_socket_ids(id, ids));
                         });
}

void RedisAdapter::handle(const classic::Request& request, const classic::ListRooms&) {
  if (const auto sockets = sockets_.lock())
    respond(request.uid, classic::encode_rooms(request.request_id, sockets->rooms_locally()));
}

void RedisAdapter::handle(const classic::Request&, const classic::Join& body) {
  if (const auto sockets = sockets_.lock()) sockets->join_locally(target_of(body.opts), body.rooms);
}

void RedisAdapter::handle(const classic::Request&, const classic::Leave& body) {
  if (const auto sockets = sockets_.lock()) sockets->leave_locally(target_of(body.opts), body.rooms);
}

void RedisAdapter::handle(const classic::Request&, const classic::Disconnect& body) {
  if (const auto sockets = sockets_.lock()) sockets->disconnect_locally(target_of(body.opts), body.close);
}

void RedisAdapter::handle(const classic::Request& request, const classic::JoinOne& body) {
  const auto sockets = sockets_.lock();
  if (!sockets || !sockets->anybody_in(body.sid)) return;
  sockets->join_locally({{body.sid}, {}}, {body.room});
  respond(request.uid, classic::encode_done(request.request_id));
}

void RedisAdapter::handle(const classic::Request& request, const classic::LeaveOne& body) {
  const auto sockets = sockets_.lock();
  if (!sockets || !sockets->anybody_in(body.sid)) return;
  sockets->leave_locally({{body.sid}, {}}, {body.room});
  respond(request.uid, classic::encode_done(request.request_id));
}

void RedisAdapter::handle(const classic::Request& request, const classic::DisconnectOne& body) {
  const auto sockets = sockets_.lock();
  if (!sockets || !sockets->anybody_in(body.sid)) return;
  sockets->disconnect_locally({{body.sid}, {}}, body.close);
  respond(request.uid, classic::encode_done(request.request_id));
}

void RedisAdapter::handle(const classic::Request& request, const classic::Fetch& body) {
  const auto sockets = sockets_.lock();
  if (!sockets) return;
  sockets->fetch_locally(target_of(body.opts),
                         [self = shared_from_this(), asker = request.uid,
                          id = request.request_id](const std::vector<SocketDetails>& found) {
                           std::vector<classic::RemoteSocket> all;
                           all.reserve(found.size());
                           for (const SocketDetails& one : found)
                             all.push_back({one.id, one.handshake, one.rooms, one.data});
                           self->respond(asker, classic::encode_sockets(id, all));
                         });
}

void RedisAdapter::handle(const classic::Request& request, const classic::ServerSideEmit& body) {
  const auto sockets = sockets_.lock();
  if (!sockets) return;
  std::function<void(Payload)> answer;
  if (!request.request_id.empty())
    answer = [self = shared_from_this(), asker = request.uid, id = request.request_id](const Payload& value) {
      self->respond(asker, classic::encode_emit_answer(id, value), true);
    };
  sockets->on_server_side_event(body.data, std::move(answer));
}

void RedisAdapter::handle(const classic::Request& request, const classic::BroadcastWithAck& body) {
  const auto sockets = sockets_.lock();
  if (!sockets || body.event.nsp != nsp_ || calls_.contains(request.request_id)) return;
  auto self = shared_from_this();
  const bool good = sockets->deliver_with_acks(
      target_of(body.opts), body.event.data, body.opts.flags.timeout.value_or(default_ack_timeout),
      [self, asker = request.uid, id = request.request_id](std::size_t clients) {
        self->respond(asker, classic::encode_client_count(id, clients));
      },
      [self, asker = request.uid, id = request.request_id](const Payload& answer) {
        if (auto message = classic::encode_ack_answer(id, answer)) self->respond(asker, std::move(*message));
      });
  if (!good) malformed(channels_.request(), classic::make_error_code(classic::Error::unsupported_packet));
}

}  // namespace roomcast::adapter

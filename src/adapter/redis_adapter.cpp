// The sending half of an adapter, its questions to all servers, and broadcasts of the others. What is done
// about the others' requests is in redis_requests.cpp.

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <adapter/redis_adapter.hpp>
#include <base/log.hpp>
#include <protocol/msgpack/transcode.hpp>

namespace roomcast::adapter {
namespace {

constexpr std::chrono::milliseconds recount_interval{100};
constexpr std::chrono::milliseconds census_patience{1'000};

classic::Opts opts_of(const Target& target) {
  classic::Opts opts{target.rooms, target.except, {}};
  opts.flags.volatile_ = target.volatile_packet;
  return opts;
}

std::string nsp_of(const std::weak_ptr<LocalSockets>& sockets) {
  const auto alive = sockets.lock();
  return alive ? std::string(alive->nsp()) : std::string();
}

}  // namespace

/// A question that is being asked.
class RedisAdapter::Call final : public loop::Timer {
 public:
  Call(RedisAdapter& adapter, std::string id, loop::TimePoint deadline, TakeResponse take_response,
       Finish finish_call)
      : state(std::move(id), deadline),
        take(std::move(take_response)),
        finish(std::move(finish_call)),
        adapter_(adapter) {}
  void expired(loop::TimePoint now) override {
    if (now < state.deadline()) return adapter_.count_for(*this);
    if (!message.empty()) adapter_.ask_nobody(*this);  // Redis has not even said how many there are
    adapter_.finish(*this, last_seen);
  }

  ClusterCall state;
  TakeResponse take;
  Finish finish;
  std::string message;  // until it has been published
  ClusterCall::Servers last_seen;

 private:
  RedisAdapter& adapter_;
};

RedisAdapter::RedisAdapter(RedisCluster& cluster, std::weak_ptr<LocalSockets> sockets)
    : cluster_(cluster),
      sockets_(std::move(sockets)),
      nsp_(nsp_of(sockets_)),
      uid_(classic::random_id()),
      channels_(cluster.options().key, nsp_),
      foreign_(cluster.options().node_timeout) {}

RedisAdapter::~RedisAdapter() = default;

void RedisAdapter::open() {
  open_ = true;
  auto& pubsub = cluster_.pubsub();
  // Subscriptions end in close_here, before this dies.
  pubsub.psubscribe(channels_.pattern(),
                    [this](std::string_view, std::string_view channel, std::string_view payload) {
                      on_broadcast(channel, payload);
                    });
  pubsub.subscribe(channels_.request(), [this](std::string_view, std::string_view, std::string_view payload) {
    cluster_.metrics().received.add();
    on_request(payload);
  });
  const auto response = [this](std::string_view, std::string_view, std::string_view payload) {
    cluster_.metrics().received.add();
    on_response(payload);
  };
  if (nsp_ == "/") pubsub.probe_on(channels_.response_to(uid_));
  pubsub.subscribe(channels_.response(), response);
  pubsub.subscribe(channels_.response_to(uid_), response);
  cluster_.opened(*this);
}

void RedisAdapter::close() {
  cluster_.loop().post([self = shared_from_this()] { self->close_here(); });
}

void RedisAdapter::close_here() {
  if (!std::exchange(open_, false)) return;
  auto& pubsub = cluster_.pubsub();
  pubsub.punsubscribe(channels_.pattern());
  pubsub.unsubscribe(channels_.request());
  pubsub.unsubscribe(channels_.response());
  pubsub.unsubscribe(channels_.response_to(uid_));
  cluster_.closed(*this);
  while (!calls_.empty()) finish(*calls_.begin()->second, calls_.begin()->second->last_seen);
}

void RedisAdapter::malformed(std::string_view channel, boost::system::error_code why) {
  cluster_.metrics().malformed.add();
  base::log::debug("redis adapter: a message on {} is ignored: {}", channel, why.message());
}

// ---- to the other servers

void RedisAdapter::post_publish(std::string channel, std::string message) {
  if (message.size() > cluster_.pubsub().max_payload()) {
    cluster_.metrics().refused.add();
    throw std::length_error(
        fmt::format("a message of {} bytes to the other servers is larger than "
                    "RedisAdapterOptions::max_publish_bytes ({})",
                    message.size(), cluster_.pubsub().max_payload()));
  }
  cluster_.metrics().published.add();
  cluster_.loop().post([self = shared_from_this(), channel = std::move(channel),
                        message = std::move(message)] { self->cluster_.pubsub().publish(channel, message); });
}

void RedisAdapter::broadcast(const Target& target, const Payload& arguments) {
  auto message = classic::encode_broadcast(uid_, nsp_, arguments, opts_of(target));
  if (!message)
    return base::log::error("redis adapter: an event cannot be written: {}", message.error().message());
  post_publish(channels_.broadcast_to(target.rooms), std::move(*message));
}

void RedisAdapter::join(const Target& target, const std::vector<std::string>& rooms) {
  post_publish(channels_.request(), classic::encode_join(uid_, opts_of(target), rooms));
}

void RedisAdapter::leave(const Target& target, const std::vector<std::string>& rooms) {
  post_publish(channels_.request(), classic::encode_leave(uid_, opts_of(target), rooms));
}

void RedisAdapter::disconnect(const Target& target, bool close) {
  post_publish(channels_.request(), classic::encode_disconnect(uid_, opts_of(target), close));
}

void RedisAdapter::server_side_emit(const Payload& arguments) {
  post_publish(channels_.request(), classic::encode_server_side_emit(uid_, {}, arguments));
}

// ---- questions

void RedisAdapter::fetch(const Target& target,
                         std::function<void(std::vector<SocketDetails>, Coverage)> done) {
  std::string id = classic::random_id();
  auto found = std::make_shared<std::vector<SocketDetails>>();
  std::string message = classic::encode_fetch(uid_, id, opts_of(target));
  ask(
      std::move(id), std::move(message), cluster_.options().requests_timeout,
      [found](const classic::Response& response) {
        const auto* sockets = std::get_if<classic::Sockets>(&response.body);
        if (sockets == nullptr) return;
        for (const classic::RemoteSocket& one : sockets->sockets)
          found->push_back({one.id, std::string(one.handshake), one.rooms, std::string(one.data)});
      },
      [found, done = std::move(done)](const ClusterCall&, Coverage coverage) {
        done(std::move(*found), std::move(coverage));
      });
}

void RedisAdapter::list_rooms(std::function<void(std::vector<std::string>, Coverage)> done) {
  std::string id = classic::random_id();
  auto found = std::make_shared<std::vector<std::string>>();
  std::string message = classic::encode_list_rooms(uid_, id);
  ask(
      std::move(id), std::move(message), cluster_.options().requests_timeout,
      [found](const classic::Response& response) {
        if (const auto* rooms = std::get_if<classic::Rooms>(&response.body))
          found->insert(found->end(), rooms->rooms.begin(), rooms->rooms.end());
      },
      [found, done = std::move(done)](const ClusterCall&, Coverage coverage) {
        done(std::move(*found), std::move(coverage));
      });
}

void RedisAdapter::server_side_emit_with_ack(const Payload& arguments, std::function<void(Payload)> answered,
                                             std::function<void(Coverage)> done) {
  std::string id = classic::random_id();
  std::string message = classic::encode_server_side_emit(uid_, id, arguments);
  ask(
      std::move(id), std::move(message), cluster_.options().requests_timeout,
      [answered = std::move(answered)](const classic::Response& response) {
        if (const auto* answer = std::get_if<classic::EmitAnswer>(&response.body))
          answered({answer->data, {}});
      },
      [done = std::move(done)](const ClusterCall&, Coverage coverage) { done(std::move(coverage)); });
}

void RedisAdapter::broadcast_with_acks(const Target& target, const Payload& arguments,
                                       std::chrono::milliseconds timeout,
                                       std::function<void(Payload)> answered,
                                       std::function<void(std::size_t, Coverage)> done) {
  std::string id = classic::random_id();
  classic::Opts opts = opts_of(target);
  opts.flags.timeout = timeout;
  auto message = classic::encode_broadcast_with_ack(uid_, id, nsp_, arguments, opts);
  if (!message) {
    base::log::error("redis adapter: an event cannot be written: {}", message.error().message());
    return cluster_.loop().post([done = std::move(done)] { done(0, {}); });
  }
  ask(
      std::move(id), std::move(*message), timeout,
      [answered = std::move(answered)](const classic::Response& response) {
        const auto* answer = std::get_if<classic::AckAnswer>(&response.body);
        if (answer == nullptr) return;
        base::FrameBuilder json;
        std::vector<std::string_view> attachments;
        if (msgpack::to_json(json, answer->packet, attachments)) answered({json.view(), attachments});
      },
      [done = std::move(done)](const ClusterCall& call, Coverage coverage) {
        done(call.clients(), std::move(coverage));
      });
}

void RedisAdapter::take_census() {
  const std::size_t members = cluster_.nodes().members(nsp_).size();
  cluster_.pubsub().count_subscribers(channels_.request(), [self = shared_from_this(), members](auto count) {
    // Us, and roomcast's other servers, are known.
    if (!count || *count <= 1 + members || !self->open_) return;
    const std::size_t foreign = *count - 1 - members;
    std::string id = classic::random_id();
    std::string message = classic::encode_list_sockets(self->uid_, id, {"roomcast census"});
    self->ask(
        std::move(id), std::move(message), census_patience, [](const classic::Response&) {},
        [self, foreign](const ClusterCall& call, const Coverage&) {
          self->foreign_.on_census(foreign, call.foreign_answers(), loop::Clock::now());
        },
        true);
  });
}

void RedisAdapter::count_servers(std::function<void(std::size_t)> done) {
  cluster_.loop().post([self = shared_from_this(), done = std::move(done)] {
    self->cluster_.pubsub().count_subscribers(self->channels_.request(), [self, done](auto count) {
      if (!count)
        return done(self->cluster_.pubsub().counts() ? 1
                                                     : 1 + self->cluster_.nodes().members(self->nsp_).size());
      const ClusterCall::Servers all = self->servers(*count);
      done(1 + std::min(all.others, all.members.size() + all.foreign_expected));
    });
  });
}

// Asks: counts the servers, publishes the question, waits for the answers. From any thread.
void RedisAdapter::ask(std::string id, std::string message, std::chrono::milliseconds timeout,
                       TakeResponse take, Finish finish_call, bool is_census) {
  if (message.size() > cluster_.pubsub().max_payload()) {
    cluster_.metrics().refused.add();
    throw std::length_error(
        "a question to the other servers is larger than RedisAdapterOptions::max_publish_bytes");
  }
  if (!is_census) cluster_.metrics().calls.add();
  cluster_.loop().post([self = shared_from_this(), id = std::move(id), message = std::move(message), timeout,
                        take = std::move(take), finish_call = std::move(finish_call)]() mutable {
    auto call = std::make_unique<Call>(*self, id, loop::Clock::now() + timeout, std::move(take),
                                       std::move(finish_call));
    call->message = std::move(message);
    Call& made = *call;
    self->calls_.insert_or_assign(std::move(id), std::move(call));
    self->cluster_.metrics().pending_calls.add(1);
    if (!self->open_) return self->finish(made, {});
    self->cluster_.loop().timers().arm(made, made.state.deadline());  // whether Redis answers or not
    self->count_for(made);
  });
}

ClusterCall::Servers RedisAdapter::servers(std::size_t subscribers) {
  ClusterCall::Servers all;
  all.others = subscribers - std::min<std::size_t>(subscribers, 1);
  all.members = cluster_.nodes().members(nsp_);
  const std::size_t foreign = all.others - std::min(all.others, all.members.size());
  all.foreign_expected = foreign_.expected(foreign, loop::Clock::now());
  return all;
}

// Without a count nobody can be asked, and who is there is not known either.
void RedisAdapter::ask_nobody(Call& call) {
  call.last_seen.others = call.last_seen.foreign_expected = 1;
  call.state.asked(call.last_seen);
}

// Counts the servers, then ends the call or goes on: the first time by asking, later by waiting.
void RedisAdapter::count_for(Call& call) {
  cluster_.pubsub().count_subscribers(channels_.request(), [self = shared_from_this(), id = call.state.id()](
                                                               std::optional<std::size_t> count) {
    const auto found = self->calls_.find(id);
    if (found == self->calls_.end()) return;
    Call& asking = *found->second;
    const auto now = loop::Clock::now();
    // Where Redis does not count, those that are known by their heartbeats have to do.
    if (!count && !self->cluster_.pubsub().counts())
      count = 1 + self->cluster_.nodes().members(self->nsp_).size();
    if (count) asking.last_seen = self->servers(*count);
    if (!asking.message.empty()) {
      if (!count) {
        self->ask_nobody(asking);
        return self->finish(asking, asking.last_seen);
      }
      asking.state.asked(asking.last_seen);
      if (asking.last_seen.others > 0) {
        self->cluster_.metrics().published.add();
        self->cluster_.pubsub().publish(self->channels_.request(), std::exchange(asking.message, {}));
      }
    }
    if (now >= asking.state.deadline() || asking.state.done(asking.last_seen))
      return self->finish(asking, asking.last_seen);
    self->cluster_.loop().timers().arm(asking, std::min(now + recount_interval, asking.state.deadline()));
  });
}

void RedisAdapter::on_response(std::string_view payload) {
  const auto id = classic::response_id(payload);
  if (!id) return malformed(channels_.response(), classic::make_error_code(classic::Error::malformed));
  const auto found = calls_.find(*id);
  if (found == calls_.end()) return;  // somebody else's, or too late
  auto response = classic::decode_response(payload);
  if (!response) return malformed(channels_.response(), response.error());
  Call& call = *found->second;
  if (std::holds_alternative<classic::AckAnswer>(response->body)) {
    call.state.client_answered();
  } else {
    if (const auto* count = std::get_if<classic::ClientCount>(&response->body))
      call.state.expect_clients(count->clients);
    call.state.answered(response->uid);
  }
  call.take(*response);
  if (call.state.done(call.last_seen)) finish(call, call.last_seen);
}

void RedisAdapter::finish(Call& call, const ClusterCall::Servers& servers) {
  const auto found = calls_.find(call.state.id());
  const auto ended = std::move(found->second);
  calls_.erase(found);
  cluster_.metrics().pending_calls.sub(1);
  ended->cancel();
  Coverage coverage = ended->state.coverage(servers);
  if (!coverage.complete()) cluster_.metrics().incomplete.add();
  ended->finish(ended->state, std::move(coverage));
}

// ---- broadcasts of the others

void RedisAdapter::on_broadcast(std::string_view channel, std::string_view payload) {
  ClusterMetrics& metrics = cluster_.metrics();
  metrics.received.add();
  const auto sockets = sockets_.lock();
  if (!sockets) return;
  const auto room = classic::room_of(channel, channels_.broadcast());
  if (!room) return;  // of a namespace whose name begins like ours
  if (!sockets->anybody_in(*room)) return metrics.unwanted.add();
  const auto uid = classic::broadcast_uid(payload);
  if (!uid) return malformed(channel, uid.error());
  if (*uid == uid_) return;
  auto broadcast = classic::decode_broadcast(payload);
  if (!broadcast) return malformed(channel, broadcast.error());
  if (broadcast->event.nsp != nsp_) return;
  Target target{std::move(broadcast->opts.rooms), std::move(broadcast->opts.except),
                broadcast->opts.flags.volatile_};
  if (!sockets->deliver(std::move(target), broadcast->event.data))
    malformed(channel, classic::make_error_code(classic::Error::unsupported_packet));
}

}  // namespace roomcast::adapter

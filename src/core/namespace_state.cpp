#include <algorithm>
#include <atomic>
#include <bit>
#include <iterator>
#include <mutex>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <core/completion_state.hpp>
#include <core/handshake_json.hpp>
#include <core/namespace_state.hpp>
#include <core/parent_state.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>

#include "ack_gathering.hpp"
#include "payload_value.hpp"

namespace roomcast::core {
namespace {

SocketState& socket_of(adapter::RoomMember& member) { return static_cast<SocketState&>(member); }

// Node.js servers may keep anything in `data`; what is no object is of no use to handlers.
boost::json::object data_from_json(std::string_view json) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(json, error);
  return !error && value.is_object() ? std::move(value.get_object()) : boost::json::object();
}

RemoteSocket remote_socket(adapter::SocketDetails&& details, std::shared_ptr<NamespaceState> nsp) {
  return {std::move(details.id), handshake_from_json(details.handshake), std::move(details.rooms),
          std::move(nsp), data_from_json(details.data)};
}

/// What loops share that change the rooms of sockets; with the last of them it is done.
struct Change {
  Change(Target whom, std::vector<std::string> names, std::shared_ptr<detail::CompletionState> done)
      : target(std::move(whom)), rooms(std::move(names)), finish(std::move(done)) {}

  Target target;
  std::vector<std::string> rooms;
  Finish finish;
};

}  // namespace

NamespaceState::NamespaceState(ServerState& server, std::string name)
    : server_(server), options_(server.share_options()), name_(std::move(name)) {
  server.engine().loops().for_each([this](loop::Loop& loop) {
    rooms_.push_back(std::make_unique<adapter::LocalRooms>(directory_, loop.id()));
  });
}

void NamespaceState::add_middleware(SocketHandler middleware) {
  const std::lock_guard lock(mutex_);
  auto longer = std::make_shared<Handlers>(*middlewares_);
  longer->push_back(std::move(middleware));
  middlewares_ = std::move(longer);
}

void NamespaceState::add_connection_handler(SocketHandler handler) {
  const std::lock_guard lock(mutex_);
  auto longer = std::make_shared<Handlers>(*connection_handlers_);
  longer->push_back(std::move(handler));
  connection_handlers_ = std::move(longer);
}

std::shared_ptr<const NamespaceState::Handlers> NamespaceState::middlewares() const {
  const std::lock_guard lock(mutex_);
  return middlewares_;
}

std::shared_ptr<const NamespaceState::Handlers> NamespaceState::connection_handlers() const {
  const std::lock_guard lock(mutex_);
  return connection_handlers_;
}

std::size_t NamespaceState::sockets_count() const noexcept {
  std::size_t sum = 0;
  for (const auto& rooms : rooms_) sum += rooms->size();
  return sum;
}

void NamespaceState::end() {
  ended_ = true;
  std::shared_ptr<const Handlers> middlewares = std::make_shared<Handlers>();
  std::shared_ptr<const Handlers> connection_handlers = middlewares;
  std::shared_ptr<const ServerSideHandlers> server_side_handlers = std::make_shared<ServerSideHandlers>();
  std::shared_ptr<const RoomListeners> room_listeners = std::make_shared<RoomListeners>();
  const std::lock_guard lock(mutex_);
  middlewares.swap(middlewares_);
  connection_handlers.swap(connection_handlers_);
  server_side_handlers.swap(server_side_handlers_);
  if (room_listeners_) room_listeners.swap(room_listeners_);
}

void NamespaceState::become_child(const std::shared_ptr<ParentState>& parent) {
  child_ = true;
  parent_ = parent;
  middlewares_ = parent->middlewares();
  connection_handlers_ = parent->connection_handlers();
  backpressure_ = parent->backpressure();
}

adapter::LoopMask NamespaceState::holders(const Target& target) const {
  if (ended_.load(std::memory_order_relaxed)) return 0;
  if (target.rooms.empty()) return directory_.anybody();
  adapter::LoopMask mask = 0;
  for (const std::string& room : target.rooms) mask |= directory_.holders(room);
  return mask;
}

// Calls `act(loop)` on every loop of the mask: on this one at once, after the others have been told.
template <class Act>
void NamespaceState::on_each_loop(adapter::LoopMask mask, Act act) {
  if (mask == 0) return;  // of a server that has ended nothing is there to be looked at
  loop::LoopPool& loops = server_.engine().loops();
  loop::Loop* here = nullptr;
  for (; mask != 0; mask &= mask - 1) {
    loop::Loop& loop = loops[static_cast<unsigned>(std::countr_zero(mask))];
    if (loop.here()) {
      here = &loop;
    } else {
      loop.post([act, &loop] { act(loop); });
    }
  }
  if (here != nullptr) act(*here);
}

template <class Act>
void NamespaceState::on_each_holder(const Target& target, Act act, std::function<void()> done) {
  const adapter::LoopMask mask = holders(target);
  if (mask == 0) return done();
  auto left = std::make_shared<std::atomic<int>>(std::popcount(mask));
  on_each_loop(mask, [act, left, done = std::move(done)](const loop::Loop& loop) {
    act(loop);
    if (left->fetch_sub(1) == 1) done();
  });
}

void NamespaceState::deliver_here(loop::Loop& here, const Target& target, const EncodedPacket& packet,
                                  Delivery how) {
  if (!how.volatile_packet && !how.rule && rooms(here).at_most(target.selection()) >= Burst::fewest)
    return server_.burst(here).add(*this, target, packet);
  here.settle();
  deliver_each(here, target, packet, std::move(how));
}

void NamespaceState::deliver_each(const loop::Loop& here, const Target& target, const EncodedPacket& packet,
                                  Delivery how) {
  const base::FrameCopies together(packet.head);
  rooms(here).for_each(target.selection(),
                       [&](adapter::RoomMember& member) { socket_of(member).deliver_now(packet, how); });
}

void NamespaceState::deliver_each(const loop::Loop& here, const Target& target,
                                  std::span<const EncodedPacket> packets, const base::Frame& joined,
                                  std::size_t frames) {
  const base::FrameCopies together(joined);
  rooms(here).for_each(target.selection(), [&](adapter::RoomMember& member) {
    socket_of(member).deliver_now(packets, joined, frames);
  });
}

void NamespaceState::broadcast(Target target, EncodedPacket packet) {
  if (adapter::Adapter* others = elsewhere(target)) {
    const auto attachments = attachments_of(packet);
    others->broadcast(target, {arguments_of(packet, name_), attachments});
  }
  broadcast_locally(std::move(target), std::move(packet));
}

void NamespaceState::broadcast_locally(Target target, EncodedPacket packet) {
  const adapter::LoopMask mask = holders(target);
  if (mask == 0) return;
  loop::Loop* here = loop::Loop::current();
  Delivery how{target.volatile_packet, backpressure_.find(target.rooms)};
  // Most often every recipient is on the sender's own loop: then nothing has to be kept.
  if (std::has_single_bit(mask) &&
      server_.engine().loops()[static_cast<unsigned>(std::countr_zero(mask))].here())
    return deliver_here(*here, target, packet, std::move(how));
  struct Broadcast {
    Target target;
    EncodedPacket packet;
    Delivery how;
  };
  auto shared =
      std::make_shared<const Broadcast>(Broadcast{std::move(target), std::move(packet), std::move(how)});
  on_each_loop(mask, [self = shared_from_this(), shared](loop::Loop& loop) {
    self->deliver_here(loop, shared->target, shared->packet, shared->how);
  });
}

std::vector<std::shared_ptr<SocketState>> NamespaceState::collect(const loop::Loop& here,
                                                                  const Target& target) {
  std::vector<std::shared_ptr<SocketState>> found;
  rooms(here).for_each(target.selection(), [&](adapter::RoomMember& member) {
    found.push_back(socket_of(member).shared_from_this());
  });
  return found;
}

void NamespaceState::ask_locally(Target target, EncodedPacket packet, std::uint64_t id,
                                 std::chrono::milliseconds timeout, std::shared_ptr<AckGathering> gathering) {
  const adapter::LoopMask mask = holders(target);
  gathering->expect_loops(static_cast<std::size_t>(std::popcount(mask)));
  if (mask == 0) return;
  auto shared =
      std::make_shared<const std::pair<Target, EncodedPacket>>(std::move(target), std::move(packet));
  on_each_loop(mask, [self = shared_from_this(), shared, gathering, id, timeout](const loop::Loop& loop) {
    const auto asked = self->collect(loop, shared->first);
    Delivery how{shared->first.volatile_packet};
    for (const auto& socket : asked) {
      socket->expect_ack(id, timeout, [gathering](boost::system::error_code error, detail::Event* answer) {
        Value first;
        const bool good = !error && answer != nullptr;
        if (good) detail::take(*answer, first);
        gathering->settled(good ? &first : nullptr);
      });
      socket->deliver(shared->second, how);
    }
    gathering->asked(asked.size());
  });
}

void NamespaceState::broadcast_with_acks(Target target, EncodedPacket packet, std::uint64_t id,
                                         std::chrono::milliseconds timeout,
                                         std::function<void(BroadcastAnswers)> done) {
  // The sockets here and the other servers are asked at the same time; whichever ends last calls back.
  struct Both {
    std::mutex mutex;
    int waiting = 1;
    BroadcastAnswers answers;
    loop::Loop* caller = loop::Loop::current();
    std::function<void(BroadcastAnswers)> done;

    void add(Value answer) {
      const std::lock_guard lock(mutex);
      if (waiting > 0) answers.answers.push_back(std::move(answer));
    }
    void arrive(std::size_t asked, std::vector<std::string> missing) {
      {
        const std::lock_guard lock(mutex);
        answers.expected += asked;
        std::ranges::move(missing, std::back_inserter(answers.missing_servers));
        if (--waiting > 0) return;
      }
      auto finished = [f = std::move(done), result = std::move(answers)]() mutable { f(std::move(result)); };
      if (caller != nullptr) {
        caller->post(std::move(finished));
      } else {
        finished();
      }
    }
  };
  auto both = std::make_shared<Both>();
  both->done = std::move(done);
  if (adapter::Adapter* others = elsewhere(target)) {
    both->waiting = 2;
    const auto attachments = attachments_of(packet);
    others->broadcast_with_acks(
        target, {arguments_of(packet, name_), attachments}, timeout,
        [both](const adapter::Payload& answer) { both->add(value_of(answer)); },
        [both](std::size_t clients, adapter::Coverage coverage) {
          both->arrive(clients, std::move(coverage.missing));
        });
  }
  auto gathering = std::make_shared<AckGathering>();
  auto asked = std::make_shared<std::size_t>(0);
  gathering->counted = [asked](std::size_t sockets) { *asked = sockets; };
  gathering->answered = [both](const Value& answer) { both->add(answer); };
  gathering->done = [both, asked] { both->arrive(*asked, {}); };
  ask_locally(std::move(target), std::move(packet), id, timeout, std::move(gathering));
}

Completion NamespaceState::join_all(Target target, std::vector<std::string> rooms) {
  if (adapter::Adapter* others = elsewhere(target)) others->join(target, rooms);
  auto done = std::make_shared<detail::CompletionState>();
  join_here(std::move(target), std::move(rooms), done);
  return Completion(std::move(done));
}

Completion NamespaceState::leave_all(Target target, std::vector<std::string> rooms) {
  if (adapter::Adapter* others = elsewhere(target)) others->leave(target, rooms);
  auto done = std::make_shared<detail::CompletionState>();
  leave_here(std::move(target), std::move(rooms), done);
  return Completion(std::move(done));
}

Completion NamespaceState::disconnect_all(Target target, bool close) {
  if (adapter::Adapter* others = elsewhere(target)) others->disconnect(target, close);
  auto done = std::make_shared<detail::CompletionState>();
  disconnect_here(std::move(target), close, done);
  return Completion(std::move(done));
}

void NamespaceState::join_here(Target target, std::vector<std::string> rooms, Done done) {
  const adapter::LoopMask mask = holders(target);
  // Announced before these loops know of it, so that an emit which follows goes there too.
  for (const std::string& room : rooms) directory_.announce(room, mask);
  auto shared = std::make_shared<const Change>(std::move(target), std::move(rooms), std::move(done));
  on_each_loop(mask, [self = shared_from_this(), shared](const loop::Loop& loop) {
    for (const auto& socket : self->collect(loop, shared->target))
      for (const std::string& room : shared->rooms) socket->join(room);
    for (const std::string& room : shared->rooms) self->directory_.withdraw(room, loop.id());
  });
}

void NamespaceState::leave_here(Target target, std::vector<std::string> rooms, Done done) {
  const adapter::LoopMask mask = holders(target);
  auto shared = std::make_shared<const Change>(std::move(target), std::move(rooms), std::move(done));
  on_each_loop(mask, [self = shared_from_this(), shared](const loop::Loop& loop) {
    for (const auto& socket : self->collect(loop, shared->target))
      for (const std::string& room : shared->rooms) socket->leave_room(room);
  });
}

void NamespaceState::disconnect_here(Target target, bool close, Done done) {
  const adapter::LoopMask mask = holders(target);
  auto shared =
      std::make_shared<const Change>(std::move(target), std::vector<std::string>(), std::move(done));
  on_each_loop(mask, [self = shared_from_this(), shared, close](const loop::Loop& loop) {
    for (const auto& socket : self->collect(loop, shared->target)) socket->disconnect(close);
  });
}

Task<FetchedSockets> NamespaceState::fetch(Target target) {
  using Result = std::shared_ptr<FetchedSockets>;
  // The loops here and the other servers are asked at the same time. Who waits is kept by `done` alone, and
  // keeps nothing of this: when the server ends before all have answered, it ends with the last question.
  struct Gathering {
    std::mutex mutex;
    int waiting = 1;
    FetchedSockets found;
    std::function<void(Result)> done;

    void arrive() {
      {
        const std::lock_guard lock(mutex);
        if (--waiting > 0) return;
      }
      std::exchange(done, nullptr)(std::make_shared<FetchedSockets>(std::move(found)));
    }
  };
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto all = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Result)>(
      [&](auto completion) {
        auto gathering = std::make_shared<Gathering>();
        auto kept = std::make_shared<decltype(completion)>(std::move(completion));
        gathering->done = [kept, executor](Result result) {
          boost::asio::post(executor, [kept, result] { std::move (*kept)(result); });
        };
        if (adapter::Adapter* others = elsewhere(target)) {
          gathering->waiting = 2;
          others->fetch(target, [self = shared_from_this(), gathering](
                                    std::vector<adapter::SocketDetails> sockets, adapter::Coverage coverage) {
            {
              const std::lock_guard lock(gathering->mutex);
              gathering->found.missing_servers = std::move(coverage.missing);
              for (adapter::SocketDetails& one : sockets)
                gathering->found.push_back(remote_socket(std::move(one), self));
            }
            gathering->arrive();
          });
        }
        auto shared = std::make_shared<const Target>(std::move(target));
        on_each_holder(
            *shared,
            [self = shared_from_this(), shared, gathering](const loop::Loop& loop) {
              const auto sockets = self->collect(loop, *shared);
              const std::lock_guard lock(gathering->mutex);
              for (const auto& socket : sockets)
                gathering->found.emplace_back(socket->id(), socket->share_handshake(), socket->rooms(), self,
                                              socket->copy_data());
            },
            [gathering] { gathering->arrive(); });
      },
      boost::asio::use_awaitable);
  co_return std::move(*all);
}

// ---- what the other servers want of our sockets

void NamespaceState::attach(adapter::Cluster& cluster) { adapter_ = cluster.attach(weak_from_this()); }

void NamespaceState::detach() const {
  if (adapter_) adapter_->close();
}

adapter::Adapter* NamespaceState::elsewhere(const Target& target) const noexcept {
  return target.local || ended_.load(std::memory_order_relaxed) ? nullptr : adapter_.get();
}

bool NamespaceState::anybody_in(std::string_view room) const {
  return (room.empty() ? directory_.anybody() : directory_.holders(room)) != 0;
}

bool NamespaceState::deliver(Target target, std::string_view arguments) {
  if (holders(target) == 0) return true;
  auto packet = transcode_event(name_, arguments, std::nullopt, options().max_attachments);
  if (!packet) return false;
  broadcast_locally(std::move(target), std::move(*packet));
  return true;
}

bool NamespaceState::deliver_with_acks(Target target, std::string_view arguments,
                                       std::chrono::milliseconds timeout,
                                       std::function<void(std::size_t)> counted,
                                       std::function<void(adapter::Payload)> answered) {
  const std::uint64_t id = next_ack_id();
  auto packet = transcode_event(name_, arguments, id, options().max_attachments);
  if (!packet) return false;
  auto gathering = std::make_shared<AckGathering>();
  gathering->counted = std::move(counted);
  gathering->answered = [answered = std::move(answered)](const Value& answer) {
    answered({answer.json(), answer.attachments()});
  };
  ask_locally(std::move(target), std::move(*packet), id, timeout, std::move(gathering));
  return true;
}

void NamespaceState::fetch_locally(Target target,
                                   std::function<void(std::vector<adapter::SocketDetails>)> done) {
  struct Gathering {
    std::mutex mutex;
    std::vector<adapter::SocketDetails> found;
  };
  auto gathering = std::make_shared<Gathering>();
  auto shared = std::make_shared<const Target>(std::move(target));
  on_each_holder(
      *shared,
      [self = shared_from_this(), shared, gathering](const loop::Loop& loop) {
        std::vector<adapter::SocketDetails> here;
        for (const auto& socket : self->collect(loop, *shared))
          here.push_back({socket->id(), handshake_json(socket->handshake()), socket->rooms(),
                          boost::json::serialize(socket->copy_data())});
        const std::lock_guard lock(gathering->mutex);
        std::ranges::move(here, std::back_inserter(gathering->found));
      },
      [gathering, done = std::move(done)] { done(std::move(gathering->found)); });
}

}  // namespace roomcast::core

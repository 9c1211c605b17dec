#include <bit>
#include <mutex>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <core/namespace_state.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>

namespace roomcast::core {
namespace {

SocketState& socket_of(adapter::RoomMember& member) { return static_cast<SocketState&>(member); }

}  // namespace

NamespaceState::NamespaceState(ServerState& server, std::string name)
    : server_(server), name_(std::move(name)) {
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

adapter::LoopMask NamespaceState::holders(const Target& target) const {
  if (target.rooms.empty()) return directory_.anybody();
  adapter::LoopMask mask = 0;
  for (const std::string& room : target.rooms) mask |= directory_.holders(room);
  return mask;
}

// Calls `act(loop)` on every loop of the mask: on this one at once, after the others have been told.
template <class Act>
void NamespaceState::on_each_loop(adapter::LoopMask mask, Act act) {
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

void NamespaceState::deliver(const loop::Loop& here, const Target& target, const EncodedPacket& packet) {
  rooms(here).for_each(target.selection(), [&](adapter::RoomMember& member) {
    socket_of(member).deliver(packet, target.volatile_packet);
  });
}

void NamespaceState::broadcast(Target target, EncodedPacket packet) {
  const adapter::LoopMask mask = holders(target);
  const loop::Loop* here = loop::Loop::current();
  // Most often every recipient is on the sender's own loop: then nothing has to be kept.
  if (std::has_single_bit(mask) &&
      server_.engine().loops()[static_cast<unsigned>(std::countr_zero(mask))].here())
    return deliver(*here, target, packet);
  auto shared =
      std::make_shared<const std::pair<Target, EncodedPacket>>(std::move(target), std::move(packet));
  on_each_loop(mask, [self = shared_from_this(), shared](const loop::Loop& loop) {
    self->deliver(loop, shared->first, shared->second);
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

void NamespaceState::broadcast_with_acks(Target target, EncodedPacket packet, std::uint64_t id,
                                         std::chrono::milliseconds timeout,
                                         std::function<void(BroadcastAnswers)> done) {
  struct Gathering {
    std::mutex mutex;
    std::size_t loops = 0;        // that have not sent yet
    std::size_t outstanding = 0;  // sockets that were asked and have neither answered nor failed to
    BroadcastAnswers answers;
    loop::Loop* caller = nullptr;
    std::function<void(BroadcastAnswers)> done;

    // Called with the mutex held, after each change.
    void finish_if_done() {
      if (loops > 0 || outstanding > 0 || !done) return;
      auto finished = [f = std::exchange(done, nullptr), result = std::move(answers)]() mutable {
        f(std::move(result));
      };
      if (caller != nullptr) {
        caller->post(std::move(finished));
      } else {
        finished();
      }
    }
  };
  const adapter::LoopMask mask = holders(target);
  auto gathering = std::make_shared<Gathering>();
  gathering->loops = static_cast<std::size_t>(std::popcount(mask));
  gathering->caller = loop::Loop::current();
  gathering->done = std::move(done);
  if (mask == 0) return gathering->finish_if_done();
  auto shared =
      std::make_shared<const std::pair<Target, EncodedPacket>>(std::move(target), std::move(packet));
  on_each_loop(mask, [self = shared_from_this(), shared, gathering, id, timeout](const loop::Loop& loop) {
    const auto asked = self->collect(loop, shared->first);
    {
      const std::lock_guard lock(gathering->mutex);
      gathering->answers.expected += asked.size();
      gathering->outstanding += asked.size();
    }
    for (const auto& socket : asked) {
      socket->expect_ack(id, timeout, [gathering](boost::system::error_code error, detail::Event* answer) {
        Value first;
        const bool good = !error && answer != nullptr;
        if (good) detail::take(*answer, first);
        const std::lock_guard lock(gathering->mutex);
        if (good) gathering->answers.answers.push_back(std::move(first));
        --gathering->outstanding;
        gathering->finish_if_done();
      });
      socket->deliver(shared->second, shared->first.volatile_packet);
    }
    const std::lock_guard lock(gathering->mutex);
    --gathering->loops;
    gathering->finish_if_done();
  });
}

void NamespaceState::join_all(Target target, std::string room) {
  const adapter::LoopMask mask = holders(target);
  // Announced before these loops know of it, so that an emit which follows goes there too.
  directory_.announce(room, mask);
  auto shared = std::make_shared<const Target>(std::move(target));
  on_each_loop(mask, [self = shared_from_this(), shared, room = std::move(room)](const loop::Loop& loop) {
    for (const auto& socket : self->collect(loop, *shared)) socket->join(room);
    self->directory_.withdraw(room, loop.id());
  });
}

void NamespaceState::leave_all(Target target, std::string room) {
  const adapter::LoopMask mask = holders(target);
  auto shared = std::make_shared<const Target>(std::move(target));
  on_each_loop(mask, [self = shared_from_this(), shared, room = std::move(room)](const loop::Loop& loop) {
    for (const auto& socket : self->collect(loop, *shared)) socket->leave_room(room);
  });
}

void NamespaceState::disconnect_all(Target target, bool close) {
  const adapter::LoopMask mask = holders(target);
  auto shared = std::make_shared<const Target>(std::move(target));
  on_each_loop(mask, [self = shared_from_this(), shared, close](const loop::Loop& loop) {
    for (const auto& socket : self->collect(loop, *shared)) socket->disconnect(close);
  });
}

Task<std::vector<RemoteSocket>> NamespaceState::fetch(Target target) {
  struct Gathering {
    std::mutex mutex;
    std::size_t waiting = 0;
    std::vector<RemoteSocket> sockets;
    std::function<void()> done;
  };
  const auto executor = co_await boost::asio::this_coro::executor;
  auto gathering = std::make_shared<Gathering>();
  auto shared = std::make_shared<const Target>(std::move(target));
  const adapter::LoopMask mask = holders(*shared);
  gathering->waiting = static_cast<std::size_t>(std::popcount(mask));
  if (mask != 0) {
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
        [&](auto completion) {
          auto kept = std::make_shared<decltype(completion)>(std::move(completion));
          gathering->done = [kept, executor] {
            boost::asio::post(executor, [kept] { std::move (*kept)(); });
          };
          on_each_loop(mask, [self = shared_from_this(), shared, gathering](const loop::Loop& loop) {
            std::vector<RemoteSocket> found;
            for (const auto& socket : self->collect(loop, *shared))
              found.emplace_back(socket->id(), socket->share_handshake(), socket->rooms(), self);
            const std::lock_guard lock(gathering->mutex);
            std::ranges::move(found, std::back_inserter(gathering->sockets));
            if (--gathering->waiting == 0) std::exchange(gathering->done, nullptr)();
          });
        },
        boost::asio::use_awaitable);
  }
  co_return std::move(gathering->sockets);
}

}  // namespace roomcast::core

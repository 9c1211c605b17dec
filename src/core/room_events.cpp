// Socket.IO's room events: what the adapter of a namespace tells about its rooms.

#include <utility>

#include <core/namespace_state.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>

namespace roomcast::core {
namespace {

// Listeners run in a later turn: the rooms are in the midst of a change here.
template <class Listeners, class... Strings>
void tell(const Listeners& listeners, const Strings&... strings) {
  if (listeners.empty()) return;
  loop::Loop::current()->post([listeners, ... texts = std::string(strings)] {
    for (const auto& listener : listeners) listener(texts...);
  });
}

const std::string& id_of(const adapter::RoomMember& member) {
  return static_cast<const SocketState&>(member).id();
}

}  // namespace

std::shared_ptr<const NamespaceState::RoomListeners> NamespaceState::room_listeners() const {
  const std::lock_guard lock(mutex_);
  return room_listeners_;
}

template <class Add>
void NamespaceState::change_room_listeners(Add&& add) {
  {
    const std::lock_guard lock(mutex_);
    auto longer = room_listeners_ ? std::make_shared<RoomListeners>(*room_listeners_)
                                  : std::make_shared<RoomListeners>();
    add(*longer);
    room_listeners_ = std::move(longer);
  }
  // From now on each loop's rooms tell; before, nobody paid for it.
  server_.engine().loops().for_each([self = shared_from_this()](loop::Loop& loop) {
    loop.post([self, &loop] { self->rooms(loop).observe(self.get()); });
  });
}

void NamespaceState::on_create_room(std::function<void(std::string)> f) {
  change_room_listeners([&](RoomListeners& all) { all.create.push_back(std::move(f)); });
}
void NamespaceState::on_delete_room(std::function<void(std::string)> f) {
  change_room_listeners([&](RoomListeners& all) { all.remove.push_back(std::move(f)); });
}
void NamespaceState::on_join_room(std::function<void(std::string, std::string)> f) {
  change_room_listeners([&](RoomListeners& all) { all.join.push_back(std::move(f)); });
}
void NamespaceState::on_leave_room(std::function<void(std::string, std::string)> f) {
  change_room_listeners([&](RoomListeners& all) { all.leave.push_back(std::move(f)); });
}

void NamespaceState::on_create(std::string_view room) { tell(room_listeners()->create, room); }
void NamespaceState::on_delete(std::string_view room) { tell(room_listeners()->remove, room); }
void NamespaceState::on_join(std::string_view room, const adapter::RoomMember& member) {
  tell(room_listeners()->join, room, id_of(member));
}
void NamespaceState::on_leave(std::string_view room, const adapter::RoomMember& member) {
  tell(room_listeners()->leave, room, id_of(member));
}

}  // namespace roomcast::core

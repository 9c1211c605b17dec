#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <core/namespace_state.hpp>
#include <core/room_names.hpp>
#include <core/server_state.hpp>
#include <roomcast/broadcast.hpp>

namespace roomcast {

BroadcastOperator BroadcastOperator::to(Rooms rooms) && {
  core::add_rooms(rooms_, std::move(rooms));
  return std::move(*this);
}

BroadcastOperator BroadcastOperator::to(Rooms rooms) const& {
  BroadcastOperator more(*this);
  core::add_rooms(more.rooms_, std::move(rooms));
  return more;
}

BroadcastOperator BroadcastOperator::except(Rooms rooms) const {
  BroadcastOperator fewer(*this);
  core::add_rooms(fewer.except_, std::move(rooms));
  return fewer;
}

BroadcastOperator BroadcastOperator::local() const {
  BroadcastOperator copy(*this);
  copy.local_ = true;
  return copy;
}

BroadcastOperator BroadcastOperator::volatile_() const {
  BroadcastOperator copy(*this);
  copy.volatile_packet_ = true;
  return copy;
}

BroadcastOperator BroadcastOperator::timeout(std::chrono::milliseconds limit) const {
  if (limit.count() <= 0) throw std::invalid_argument("the timeout for answers must be positive");
  BroadcastOperator copy(*this);
  copy.timeout_ = limit;
  return copy;
}

std::uint64_t BroadcastOperator::next_ack_id() const noexcept { return nsp_->next_ack_id(); }

void BroadcastOperator::send_with_acks(detail::Encoder&& packet, std::uint64_t id,
                                       std::function<void(BroadcastAnswers)> done) const {
  const ServerOptions& options = nsp_->options();
  nsp_->broadcast_with_acks({rooms_, except_, volatile_packet_, local_},
                            core::finish(std::move(packet), options.max_attachments), id,
                            timeout_.count() > 0 ? timeout_ : options.ack_timeout, std::move(done));
}

Task<BroadcastAnswers> BroadcastOperator::wait_for_answers(BroadcastOperator to,
                                                           std::shared_ptr<detail::Encoder> packet,
                                                           std::uint64_t id) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto answers = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                                      void(std::shared_ptr<BroadcastAnswers>)>(
      [&](auto completion) {
        auto kept = std::make_shared<decltype(completion)>(std::move(completion));
        to.send_with_acks(std::move(*packet), id, [kept, executor](BroadcastAnswers all) {
          auto shared = std::make_shared<BroadcastAnswers>(std::move(all));
          boost::asio::post(executor, [kept, shared] { std::move (*kept)(shared); });
        });
      },
      boost::asio::use_awaitable);
  co_return std::move(*answers);
}

std::string_view BroadcastOperator::nsp_name() const noexcept { return nsp_->name(); }

void BroadcastOperator::send(detail::Encoder&& packet) const {
  nsp_->broadcast({rooms_, except_, volatile_packet_, local_},
                  core::finish(std::move(packet), nsp_->options().max_attachments));
}

Task<FetchedSockets> BroadcastOperator::fetch_sockets() const {
  return nsp_->fetch({rooms_, except_, false, local_});
}
Completion BroadcastOperator::sockets_join(Rooms rooms) const {
  return nsp_->join_all({rooms_, except_, false, local_}, std::move(rooms).names());
}
Completion BroadcastOperator::sockets_leave(Rooms rooms) const {
  return nsp_->leave_all({rooms_, except_, false, local_}, std::move(rooms).names());
}
Task<std::set<std::string>> BroadcastOperator::all_sockets() const { return ids_of(*this); }
Task<std::set<std::string>> BroadcastOperator::ids_of(BroadcastOperator all) {
  const FetchedSockets sockets = co_await all.fetch_sockets();
  std::set<std::string> ids;
  for (const RemoteSocket& socket : sockets) ids.insert(socket.id());
  co_return ids;
}
Completion BroadcastOperator::disconnect_sockets(bool close) const {
  return nsp_->disconnect_all({rooms_, except_, false, local_}, close);
}

void RemoteSocket::join(Rooms rooms) const { BroadcastOperator(nsp_).to(id_).sockets_join(std::move(rooms)); }
void RemoteSocket::leave(Rooms rooms) const {
  BroadcastOperator(nsp_).to(id_).sockets_leave(std::move(rooms));
}
void RemoteSocket::disconnect(bool close) const { BroadcastOperator(nsp_).to(id_).disconnect_sockets(close); }

}  // namespace roomcast

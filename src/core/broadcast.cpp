#include <iterator>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <core/namespace_state.hpp>
#include <core/server_state.hpp>
#include <roomcast/broadcast.hpp>
#include <roomcast/namespace.hpp>

namespace roomcast {

BroadcastOperator BroadcastOperator::to(std::string room) && {
  rooms_.push_back(std::move(room));
  return std::move(*this);
}

BroadcastOperator BroadcastOperator::to(std::string room) const& {
  BroadcastOperator more(*this);
  more.rooms_.push_back(std::move(room));
  return more;
}

BroadcastOperator BroadcastOperator::to(std::vector<std::string> rooms) const {
  BroadcastOperator more(*this);
  std::ranges::move(rooms, std::back_inserter(more.rooms_));
  return more;
}

BroadcastOperator BroadcastOperator::except(std::string room) const {
  BroadcastOperator fewer(*this);
  fewer.except_.push_back(std::move(room));
  return fewer;
}

BroadcastOperator BroadcastOperator::except(std::vector<std::string> rooms) const {
  BroadcastOperator fewer(*this);
  std::ranges::move(rooms, std::back_inserter(fewer.except_));
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
  const ServerOptions& options = nsp_->server().options();
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
                  core::finish(std::move(packet), nsp_->server().options().max_attachments));
}

Task<FetchedSockets> BroadcastOperator::fetch_sockets() const {
  return nsp_->fetch({rooms_, except_, false, local_});
}
void BroadcastOperator::sockets_join(std::string room) const {
  nsp_->join_all({rooms_, except_, false, local_}, {std::move(room)});
}
void BroadcastOperator::sockets_leave(std::string room) const {
  nsp_->leave_all({rooms_, except_, false, local_}, {std::move(room)});
}
void BroadcastOperator::disconnect_sockets(bool close) const {
  nsp_->disconnect_all({rooms_, except_, false, local_}, close);
}

void RemoteSocket::join(std::string room) const {
  BroadcastOperator(nsp_).to(id_).sockets_join(std::move(room));
}
void RemoteSocket::leave(std::string room) const {
  BroadcastOperator(nsp_).to(id_).sockets_leave(std::move(room));
}
void RemoteSocket::disconnect(bool close) const { BroadcastOperator(nsp_).to(id_).disconnect_sockets(close); }

const std::string& Namespace::name() const noexcept { return state_->name(); }
void Namespace::add_middleware(SocketHandler middleware) { state_->add_middleware(std::move(middleware)); }
void Namespace::on_create_room(std::function<void(std::string)> f) const {
  state_->on_create_room(std::move(f));
}
void Namespace::on_delete_room(std::function<void(std::string)> f) const {
  state_->on_delete_room(std::move(f));
}
void Namespace::on_join_room(std::function<void(std::string, std::string)> f) const {
  state_->on_join_room(std::move(f));
}
void Namespace::on_leave_room(std::function<void(std::string, std::string)> f) const {
  state_->on_leave_room(std::move(f));
}
void Namespace::add_connection_handler(SocketHandler handler) {
  state_->add_connection_handler(std::move(handler));
}

}  // namespace roomcast

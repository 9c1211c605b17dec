#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <roomcast/ack_waiter.hpp>
#include <roomcast/completion.hpp>
#include <roomcast/handshake.hpp>
#include <roomcast/rooms.hpp>
#include <roomcast/task.hpp>
#include <roomcast/value.hpp>

namespace roomcast {

namespace core {
class NamespaceState;
class SocketState;
}  // namespace core

/// What became of an emit.
enum class SendStatus : std::uint8_t {
  queued,   ///< leaves with this turn's flush
  delayed,  ///< waits behind a slow client
  posted,   ///< on its way to the loop that has the socket
  dropped,  ///< volatile and not writable, or the client is gone
};

class Socket;

/// What came back from an event that asked every receiver for an answer.
struct BroadcastAnswers {
  std::vector<Value> answers;  ///< the first argument of each answer, in the order of arrival
  std::size_t expected = 0;    ///< how many sockets were asked
  /// Servers of the cluster that were to ask their sockets and have not said how many there are.
  std::vector<std::string> missing_servers;
  /// Whether every socket has answered, on every server.
  bool complete() const noexcept { return missing_servers.empty() && answers.size() == expected; }
};

/// A socket as others see it: a snapshot. Mirrors Socket.IO's RemoteSocket.
class RemoteSocket {
 public:
  /// For the library.
  RemoteSocket(std::string id, std::shared_ptr<const Handshake> handshake, std::vector<std::string> rooms,
               std::shared_ptr<core::NamespaceState> nsp, boost::json::object data = {})
      : id_(std::move(id)),
        handshake_(std::move(handshake)),
        rooms_(std::move(rooms)),
        data_(std::move(data)),
        nsp_(std::move(nsp)) {}

  /// As Socket::id.
  const std::string& id() const noexcept { return id_; }
  /// As Socket::handshake.
  const Handshake& handshake() const noexcept { return *handshake_; }
  /// The rooms it was in when it was asked.
  const std::vector<std::string>& rooms() const noexcept { return rooms_; }
  /// Its Socket::data when it was asked.
  const boost::json::object& data() const noexcept { return data_; }

  ///@{
  /// As of Socket, wherever the socket is by now; nothing if it has gone. Any thread.
  template <class... Args>
  void emit(std::string_view event, const Args&... args) const;
  void join(Rooms rooms) const;
  void leave(Rooms rooms) const;
  void disconnect(bool close = false) const;
  ///@}

  /// `co_await remote.timeout(5s).emit_with_ack<int>("sum", 1, 2)`: asks this socket and waits for the first
  /// value of its answer. Throws boost::system::system_error with an AckError.
  class Operator;
  /// How long it may take to answer; throws std::invalid_argument for 0.
  Operator timeout(std::chrono::milliseconds limit) const;

 private:
  std::string id_;
  std::shared_ptr<const Handshake> handshake_;
  std::vector<std::string> rooms_;
  boost::json::object data_;
  std::shared_ptr<core::NamespaceState> nsp_;
};

/// Sockets of all servers, and what is known to be missing among them.
struct FetchedSockets : std::vector<RemoteSocket> {
  /// Servers that were asked and have not answered in time: their sockets are not among these. Node.js
  /// servers have no names here.
  std::vector<std::string> missing_servers;
  /// Whether every server has answered.
  bool complete() const noexcept { return missing_servers.empty(); }
};

/// Names a set of sockets and does something to all of them: `io.to("a").to("b").except("c").emit("x")`
/// reaches every socket that is in `a` or `b` and not in `c`, once. Without any `to` it is the whole
/// namespace.
///
/// A value: cheap to build, any thread may use it, and it can be kept as long as its Server lives.
class BroadcastOperator {
 public:
  /// For the library.
  explicit BroadcastOperator(std::shared_ptr<core::NamespaceState> nsp) noexcept : nsp_(std::move(nsp)) {}

  ///@{
  /// Also the sockets of these rooms. `in` is the same.
  BroadcastOperator to(Rooms rooms) &&;
  BroadcastOperator to(Rooms rooms) const&;
  BroadcastOperator in(Rooms rooms) const { return to(std::move(rooms)); }
  ///@}
  /// But no socket of these rooms, whatever else it is in.
  BroadcastOperator except(Rooms rooms) const;
  /// Only sockets of this server.
  BroadcastOperator local() const;
  /// Sockets that cannot take the packet right now do not get it. Named with a tail because of C++'s keyword.
  BroadcastOperator volatile_() const;

  /// How long to wait for answers; otherwise the server's `ack_timeout`. Throws std::invalid_argument for 0.
  BroadcastOperator timeout(std::chrono::milliseconds limit) const;
  /// Whether the transports may compress the packet (`ServerOptions::http_compression_threshold` and
  /// `per_message_deflate`); they may if nobody says otherwise.
  BroadcastOperator compress(bool flag) const {
    BroadcastOperator copy(*this);
    copy.compress_ = flag;
    return copy;
  }

  /// Sends an event to every socket of the set. Encoded once; each loop that has members is told once. Any
  /// thread. What is sent from one thread arrives at each socket in call order. Throws like Socket::emit.
  /// If the last argument is callable, every receiver is asked for an answer: `f(error_code,
  /// std::vector<Value>)` is called once, with what has come when all have answered or the time is up
  /// (AckError::timed_out then), on the caller's loop if it is one.
  template <class... Args>
    requires(detail::ends_with_callback<Args...>)
  void emit(std::string_view event, const Args&... args) const {
    const std::uint64_t id = next_ack_id();
    detail::Encoder packet = begin(event, id);
    const auto all = std::tie(args...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (detail::encode_argument(packet, std::get<I>(all)), ...);
    }(std::make_index_sequence<sizeof...(Args) - 1>{});
    send_with_acks(
        std::move(packet), id, [f = std::get<sizeof...(Args) - 1>(all)](BroadcastAnswers answers) mutable {
          const boost::system::error_code error = answers.complete()
                                                      ? boost::system::error_code()
                                                      : boost::system::error_code(AckError::timed_out);
          f(error, std::move(answers.answers));
        });
  }
  /// Sends an event and waits for the answers of all receivers, or until the time is up; what has come by
  /// then is the result. Mirrors `emitWithAck`, which throws the partial answers away.
  template <class... A>
  Task<BroadcastAnswers> emit_with_ack(std::string event, A... args) const {
    const std::uint64_t id = next_ack_id();
    detail::Encoder packet = begin(event, id);
    (detail::encode_argument(packet, args), ...);
    return wait_for_answers(*this, std::make_shared<detail::Encoder>(std::move(packet)), id);
  }

  /// Sends an event to every socket of the set; see above.
  template <class... Args>
  void emit(std::string_view event, const Args&... args) const {
    detail::Encoder packet = begin(event, std::nullopt);
    (detail::encode_argument(packet, args), ...);
    send(std::move(packet));
  }

  /// The sockets of the set, on all servers. What one server does not answer in time is left out, and said. A
  /// coroutine that waits for them on an executor of its own must have them before that executor goes.
  Task<FetchedSockets> fetch_sockets() const;
  /// Their ids only.
  Task<std::set<std::string>> all_sockets() const;
  ///@{
  /// Makes every socket of the set join or leave rooms. Any thread. Returns at once: what is emitted
  /// afterwards by the same sender finds the rooms changed, so the result may be ignored. It is done when all
  /// loops of this server have made the change; then every thread's emits find it. Of the other servers of a
  /// cluster nobody waits: the request is on its way to Redis ahead of what is emitted later, here or behind
  /// a `co_await`, and each server does the one before the other. Between two servers' requests there is no
  /// order. Throws std::length_error, and changes nothing, if the cluster's request is too large.
  Completion sockets_join(Rooms rooms) const;
  Completion sockets_leave(Rooms rooms) const;
  ///@}
  /// Disconnects every socket of the set; see Socket::disconnect. Otherwise as `sockets_join`: once it is
  /// done none of them is in the namespace of this server.
  Completion disconnect_sockets(bool close = false) const;

 private:
  std::string_view nsp_name() const noexcept;
  detail::Encoder begin(std::string_view event, std::optional<std::uint64_t> id) const {
    detail::Encoder packet = detail::Encoder::event(nsp_name(), event, id);
    packet.compress(compress_);
    return packet;
  }
  void send(detail::Encoder&& packet) const;
  std::uint64_t next_ack_id() const noexcept;
  void send_with_acks(detail::Encoder&& packet, std::uint64_t id,
                      std::function<void(BroadcastAnswers)> done) const;
  static Task<std::set<std::string>> ids_of(BroadcastOperator all);
  static Task<BroadcastAnswers> wait_for_answers(BroadcastOperator to,
                                                 std::shared_ptr<detail::Encoder> packet, std::uint64_t id);

  std::shared_ptr<core::NamespaceState> nsp_;
  std::chrono::milliseconds timeout_{0};
  std::vector<std::string> rooms_;
  std::vector<std::string> except_;
  bool volatile_packet_ = false;
  bool local_ = false;
  bool compress_ = true;
};

template <class... Args>
void RemoteSocket::emit(std::string_view event, const Args&... args) const {
  BroadcastOperator(nsp_).to(id_).emit(event, args...);
}

/// What a remote socket is asked, with a time limit.
class RemoteSocket::Operator {
 public:
  /// For the library.
  explicit Operator(BroadcastOperator to) noexcept : to_(std::move(to)) {}

  /// Sends an event and waits for the first value of the answer. Throws boost::system::system_error with an
  /// AckError, and like Socket::emit. Any thread.
  template <class Answer = Value, class... A>
  Task<Answer> emit_with_ack(std::string event, A... args) const {
    return single<Answer>(to_.emit_with_ack(std::move(event), std::move(args)...));
  }

 private:
  template <class Answer>
  static Task<Answer> single(Task<BroadcastAnswers> asking) {
    const BroadcastAnswers all = co_await std::move(asking);
    Answer answer{};
    AckError error{};
    if (all.expected == 0) {
      error = AckError::disconnected;
    } else if (all.answers.empty()) {
      error = AckError::timed_out;
    } else if (!all.answers.front().to(answer)) {
      error = AckError::bad_arguments;
    } else {
      co_return answer;
    }
    throw boost::system::system_error(error);
  }

  BroadcastOperator to_;
};

inline RemoteSocket::Operator RemoteSocket::timeout(std::chrono::milliseconds limit) const {
  return Operator(BroadcastOperator(nsp_).to(id_).timeout(limit));
}

}  // namespace roomcast

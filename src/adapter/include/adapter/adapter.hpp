#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <adapter/payload.hpp>
#include <adapter/target.hpp>

namespace roomcast {
class MetricsWriter;
}

namespace roomcast::adapter {

/// What an answer that was gathered from several servers knows of itself.
struct Coverage {
  /// Servers that were asked and have not answered: what they would have said is missing. A server whose name
  /// is not known is `unknown`.
  std::vector<std::string> missing;

  bool complete() const noexcept { return missing.empty(); }
  static constexpr std::string_view unknown = "a server whose name is not known";
};

/// A socket as other servers see it.
struct SocketDetails {
  std::string id;
  std::string handshake;  ///< JSON
  std::vector<std::string> rooms;
  std::string data;  ///< JSON
};

/// The sockets of one namespace on this server, as its adapter sees them; the floor above implements it.
/// Any thread. What is handed to a callback is good until it returns; callbacks come once, on any loop.
class LocalSockets {
 public:
  virtual std::string_view nsp() const noexcept = 0;
  /// Whether a socket here is in the room; `""` asks whether there is any socket at all.
  virtual bool anybody_in(std::string_view room) const = 0;

  /// Sends an event of another server. `arguments` is its whole array in MessagePack.
  /// @return false if clients could not take it.
  virtual bool deliver(Target target, std::string_view arguments) = 0;
  /// The same, asking each socket for an answer. `counted(n)` first, with the number of sockets that were
  /// asked; then `answered` up to n times, with the first argument of each.
  virtual bool deliver_with_acks(Target target, std::string_view arguments, std::chrono::milliseconds timeout,
                                 std::function<void(std::size_t)> counted,
                                 std::function<void(Payload)> answered) = 0;
  virtual void join_locally(Target target, std::vector<std::string> rooms) = 0;
  virtual void leave_locally(Target target, std::vector<std::string> rooms) = 0;
  virtual void disconnect_locally(Target target, bool close) = 0;
  virtual void fetch_locally(Target target, std::function<void(std::vector<SocketDetails>)> done) = 0;
  virtual std::vector<std::string> rooms_locally() const = 0;
  /// An event of another server for this server's own listeners. `arguments` is `["name",…]`. `answer` is
  /// empty if none is wanted.
  virtual void on_server_side_event(std::string_view arguments, std::function<void(Payload)> answer) = 0;

 protected:
  ~LocalSockets() = default;
};

/// Carries what is done in one namespace to the other servers. Any thread. Nothing here touches the sockets
/// of this server: local delivery never waits for the others.
///
/// What is sent from one thread arrives at each other server in the order of the calls, and at most once.
/// Callbacks come once each, on the service loop; never calling back does not happen: each call has a
/// deadline.
class Adapter {
 public:
  virtual ~Adapter() = default;

  /// Throws std::length_error, naming the limit, for an event that is too large to be published.
  virtual void broadcast(const Target& target, const Payload& arguments) = 0;
  /// `answered` for each client's answer; `done` when all have come, or at the deadline, with how many
  /// clients of other servers were asked.
  virtual void broadcast_with_acks(const Target& target, const Payload& arguments,
                                   std::chrono::milliseconds timeout, std::function<void(Payload)> answered,
                                   std::function<void(std::size_t clients, Coverage)> done) = 0;
  virtual void join(const Target& target, const std::vector<std::string>& rooms) = 0;
  virtual void leave(const Target& target, const std::vector<std::string>& rooms) = 0;
  virtual void disconnect(const Target& target, bool close) = 0;
  virtual void fetch(const Target& target,
                     std::function<void(std::vector<SocketDetails>, Coverage)> done) = 0;
  /// Rooms that any other server has.
  virtual void list_rooms(std::function<void(std::vector<std::string>, Coverage)> done) = 0;
  virtual void server_side_emit(const Payload& arguments) = 0;
  /// `answered` for each server's answer, its first argument.
  virtual void server_side_emit_with_ack(const Payload& arguments, std::function<void(Payload)> answered,
                                         std::function<void(Coverage)> done) = 0;
  /// How many servers there are, this one included; at least 1.
  virtual void count_servers(std::function<void(std::size_t)> done) = 0;

  /// The namespace is given up.
  virtual void close() = 0;
};

/// The servers of one cluster as one server knows them, and its connection to them: makes the adapters of its
/// namespaces.
class Cluster {
 public:
  virtual ~Cluster() = default;

  /// Any thread. `sockets` is asked for as long as it lives.
  virtual std::shared_ptr<Adapter> attach(std::weak_ptr<LocalSockets> sockets) = 0;
  /// Once, when the service loop runs.
  virtual void start() = 0;
  /// Any thread: whether messages of other servers arrive here and ours leave; proved by messages to itself.
  virtual bool ready() const noexcept = 0;
  /// Any thread: why it is not, in a sentence for people; empty if it is.
  virtual std::string why_not_ready() const = 0;
  /// Any thread: one line for the log.
  virtual std::string description() const = 0;
  /// Any thread: its part of the server's metrics.
  virtual void write_metrics(MetricsWriter& out) const = 0;
  /// Says goodbye, and calls `done` when all that was published has left or cannot leave. On the service
  /// loop.
  virtual void close(std::function<void()> done) = 0;

  /// Called on the service loop with the name of a server that is gone without goodbye. Before `start`.
  virtual void on_server_lost(std::function<void(std::string)> f) = 0;
};

}  // namespace roomcast::adapter

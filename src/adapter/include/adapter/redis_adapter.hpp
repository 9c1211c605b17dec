#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <adapter/adapter.hpp>
#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/channels.hpp>
#include <adapter/classic/request.hpp>
#include <adapter/classic/response.hpp>
#include <adapter/cluster_call.hpp>
#include <adapter/foreign_servers.hpp>
#include <adapter/redis_cluster.hpp>

namespace roomcast::adapter {

/// One namespace's place in a RedisCluster: what the other servers' `RedisAdapter` of Node.js is to them.
///
/// What the application sends is encoded by the thread that sends it and posted to the service loop, where
/// everything else happens. Our own messages come back to us and are ignored: what they did was done when
/// they were sent.
class RedisAdapter final : public Adapter, public std::enable_shared_from_this<RedisAdapter> {
 public:
  /// `cluster` must live for as long as its loop runs.
  RedisAdapter(RedisCluster& cluster, std::weak_ptr<LocalSockets> sockets);
  ~RedisAdapter() override;

  const std::string& nsp() const noexcept { return nsp_; }
  const std::string& uid() const noexcept { return uid_; }

  // Any thread; see Adapter.
  void broadcast(const Target& target, const Payload& arguments) override;
  void broadcast_with_acks(const Target& target, const Payload& arguments, std::chrono::milliseconds timeout,
                           std::function<void(Payload)> answered,
                           std::function<void(std::size_t, Coverage)> done) override;
  void join(const Target& target, const std::vector<std::string>& rooms) override;
  void leave(const Target& target, const std::vector<std::string>& rooms) override;
  void disconnect(const Target& target, bool close) override;
  void fetch(const Target& target, std::function<void(std::vector<SocketDetails>, Coverage)> done) override;
  void list_rooms(std::function<void(std::vector<std::string>, Coverage)> done) override;
  void server_side_emit(const Payload& arguments) override;
  void server_side_emit_with_ack(const Payload& arguments, std::function<void(Payload)> answered,
                                 std::function<void(Coverage)> done) override;
  void count_servers(std::function<void(std::size_t)> done) override;
  void close() override;

  // Service loop:
  void open();
  void close_here();
  /// Finds out how many servers that are not roomcast's answer.
  void take_census();

 private:
  class Call;
  using Finish = std::function<void(const ClusterCall&, Coverage)>;
  using TakeResponse = std::function<void(const classic::Response&)>;

  void post_publish(std::string channel, std::string message);
  void on_broadcast(std::string_view channel, std::string_view payload);
  void on_request(std::string_view payload);
  void on_response(std::string_view payload);
  void malformed(std::string_view channel, boost::system::error_code why);

  // What is done about each kind of request.
  void handle(const classic::Request& request, const classic::ListSockets& body);
  void handle(const classic::Request& request, const classic::ListRooms& body);
  void handle(const classic::Request& request, const classic::Join& body);
  void handle(const classic::Request& request, const classic::Leave& body);
  void handle(const classic::Request& request, const classic::Disconnect& body);
  void handle(const classic::Request& request, const classic::JoinOne& body);
  void handle(const classic::Request& request, const classic::LeaveOne& body);
  void handle(const classic::Request& request, const classic::DisconnectOne& body);
  void handle(const classic::Request& request, const classic::Fetch& body);
  void handle(const classic::Request& request, const classic::ServerSideEmit& body);
  void handle(const classic::Request& request, const classic::BroadcastWithAck& body);
  /// Publishes an answer; from any loop.
  void respond(const std::string& asker, std::string message, bool on_shared_channel = false);

  void ask(std::string id, std::string message, std::chrono::milliseconds timeout, TakeResponse take,
           Finish finish, bool is_census = false);
  ClusterCall::Servers servers(std::size_t subscribers);
  void ask_nobody(Call& call);
  void count_for(Call& call);
  void finish(Call& call, const ClusterCall::Servers& servers);

  RedisCluster& cluster_;
  const std::weak_ptr<LocalSockets> sockets_;
  const std::string nsp_;
  const std::string uid_;
  const classic::Channels channels_;
  ForeignServers foreign_;
  std::map<std::string, std::unique_ptr<Call>, std::less<>> calls_;
  bool open_ = false;
};

}  // namespace roomcast::adapter

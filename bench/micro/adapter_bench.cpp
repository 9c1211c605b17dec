// What a broadcast of another server costs from the moment that Redis's bytes are here, without Redis and
// without sending it to anybody.
#include <functional>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/channels.hpp>
#include <adapter/redis_adapter.hpp>
#include <adapter/redis_cluster.hpp>
#include <adapter/room_directory.hpp>
#include <core/encoded_packet.hpp>
#include <redis/format.hpp>
#include <redis/reply_reader.hpp>

namespace {

namespace adapter = roomcast::adapter;
namespace classic = roomcast::adapter::classic;
namespace resp = roomcast::resp;

/// Keeps the handler of broadcasts, to be called as Redis's subscriber would.
class Broker final : public adapter::PubSub {
 public:
  void subscribe(std::string, Handler) override {}
  void psubscribe(std::string, Handler handler) override { broadcasts = std::move(handler); }
  void unsubscribe(std::string_view) override {}
  void punsubscribe(std::string_view) override {}
  void publish(std::string_view, std::string_view) override {}
  void count_subscribers(std::string_view, std::function<void(std::optional<std::size_t>)> done) override {
    done(1);
  }
  void probe_on(std::string) override {}
  void on_subscribed(std::function<void()>) override {}
  void start() override {}
  bool ready() const noexcept override { return true; }
  std::string unfit() const override { return {}; }
  bool counts() const noexcept override { return true; }
  std::size_t max_payload() const noexcept override { return 1'000'000; }
  void write_metrics(roomcast::MetricsWriter&) const override {}
  void close(std::function<void()> done) override { done(); }

  Handler broadcasts;
};

/// 10,000 rooms with members; what is for one of them becomes the packet that they would get.
class Sockets final : public adapter::LocalSockets {
 public:
  Sockets() {
    for (int i = 0; i < 10'000; ++i) rooms_.add("room" + std::to_string(i), 0);
  }
  std::string_view nsp() const noexcept override { return "/"; }
  bool anybody_in(std::string_view room) const override {
    return (room.empty() ? rooms_.anybody() : rooms_.holders(room)) != 0;
  }
  bool deliver(adapter::Target target, std::string_view arguments) override {
    for (const std::string& room : target.rooms) benchmark::DoNotOptimize(rooms_.holders(room));
    auto packet = roomcast::core::transcode_event("/", arguments, std::nullopt, 10);
    benchmark::DoNotOptimize(packet);
    return packet.has_value();
  }
  bool deliver_with_acks(adapter::Target, std::string_view, std::chrono::milliseconds,
                         std::function<void(std::size_t)>, std::function<void(adapter::Payload)>) override {
    return true;
  }
  void join_locally(adapter::Target, std::vector<std::string>) override {}
  void leave_locally(adapter::Target, std::vector<std::string>) override {}
  void disconnect_locally(adapter::Target, bool) override {}
  void fetch_locally(adapter::Target,
                     std::function<void(std::vector<adapter::SocketDetails>)> done) override {
    done({});
  }
  std::vector<std::string> rooms_locally() const override { return {}; }
  void on_server_side_event(std::string_view, std::function<void(adapter::Payload)>) override {}

 private:
  adapter::RoomDirectory rooms_;
};

struct Server {
  Server() {
    namespace_adapter = cluster.attach(sockets);
    loop.stop();
    loop.run();  // opens the adapter
  }
  ~Server() {
    namespace_adapter->close();
    loop.stop();
    loop.run();
  }

  roomcast::loop::Loop loop{0};
  std::shared_ptr<Sockets> sockets = std::make_shared<Sockets>();
  Broker* broker = new Broker;
  adapter::RedisCluster cluster{loop, std::unique_ptr<adapter::PubSub>(broker), {}, "no Redis"};
  std::shared_ptr<adapter::Adapter> namespace_adapter;
};

const std::string pattern = "socket.io#/#*";
// 64 bytes.
const std::string event = R"(["message",{"id":1795339759007,"text":"Hello, is anybody here"}])";

std::string channel_of(const std::string& room) { return classic::Channels("socket.io", "/").room(room); }
std::string message_to(const std::string& room) {
  return classic::encode_broadcast("A1b2C3", "/", {event}, {{room}, {}, {}}).value();
}

void arrives(benchmark::State& state, const std::string& room) {
  const Server server;
  const std::string channel = channel_of(room);
  const std::string payload = message_to(room);
  for (auto _ : state) server.broker->broadcasts(pattern, channel, payload);
}

/// The same with what it costs to read Redis's reply.
void arrives_as_reply(benchmark::State& state, const std::string& room) {
  const Server server;
  std::string bytes;
  resp::append_command(bytes,
                       std::vector<std::string>{"pmessage", pattern, channel_of(room), message_to(room)});
  resp::ReplyReader reader(1'000'000);
  for (auto _ : state) {
    reader.feed({bytes.data(), bytes.size()});
    const auto reply = reader.next();
    const auto& words = (*reply)->elements;
    server.broker->broadcasts(words[1].text, words[2].text, words[3].text);
  }
}

BENCHMARK_CAPTURE(arrives, for_a_room_that_nobody_here_is_in, std::string("elsewhere"));
BENCHMARK_CAPTURE(arrives, for_a_room_with_members, std::string("room1"));
BENCHMARK_CAPTURE(arrives_as_reply, for_a_room_that_nobody_here_is_in, std::string("elsewhere"));
BENCHMARK_CAPTURE(arrives_as_reply, for_a_room_with_members, std::string("room1"));

}  // namespace

BENCHMARK_MAIN();

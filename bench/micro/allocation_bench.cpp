// How often a message allocates memory on its way from the socket that it came from to those that it goes to:
// a whole server in this process, real connections, and clients that allocate nothing while it is watched.
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <roomcast/roomcast.hpp>
#include <support/count_allocations.hpp>
#include <support/raw_client.hpp>
#include <support/websocket_client_frames.hpp>

namespace {

using namespace std::chrono_literals;
using roomcast::support::client_text;
using roomcast::support::RawClient;

/// A client that is connected to `/` and knows nothing more of Socket.IO.
class Client {
 public:
  explicit Client(std::uint16_t port) : stream_(port) {
    stream_.send(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "\r\n");
    stream_.read_through("\r\n\r\n");
    stream_.frame();  // open
    stream_.send(client_text("40"));
    stream_.frame();  // CONNECT
  }

  void send(std::string_view frame) { stream_.send(frame); }
  /// The next frame's size on the wire, which is short.
  std::size_t size_of_next() {
    const std::size_t payload = stream_.frame().payload.size();
    return payload + (payload < 126 ? 2 : 4);
  }
  void skip(std::size_t bytes) {
    std::array<char, 4096> buffer;
    while (bytes > 0) {
      const ssize_t n = ::recv(stream_.fd(), buffer.data(), std::min(bytes, buffer.size()), 0);
      if (n <= 0) throw std::runtime_error("the server has closed a connection");
      bytes -= static_cast<std::size_t>(n);
    }
  }

 private:
  RawClient stream_;
};

class Crowd {
 public:
  /// The clients live on the loops in turn.
  explicit Crowd(std::size_t clients, unsigned loops = 1)
      : io_({.host = "127.0.0.1",
             .port = 0,
             .threads = loops,
             .ping_interval = 1h,
             .max_buffered_age = 1h,
             .round_robin = true}) {
    io_.on_connection([this](const roomcast::Socket& socket) {
      socket.on("broadcast", [this](const roomcast::Value& text) { io_.emit("broadcast", text); });
      socket.on("echo", [](const roomcast::Value& text, const roomcast::Ack& ack) { ack(text); });
      socket.on("private",
                [this](const roomcast::Value& message) { io_.to("last").emit("private", message); });
      socket.on("join", [socket] { socket.join("last"); });
    });
    io_.listen();
    for (std::size_t i = 0; i < clients; ++i) clients_.push_back(std::make_unique<Client>(io_.port()));
    last().send(client_text(R"(42["join"])"));
    last().send(client_text(R"(421["echo",1])"));  // its answer comes when the room was joined
    last().size_of_next();
  }

  Client& first() { return *clients_.front(); }
  Client& last() { return *clients_.back(); }
  auto& all() { return clients_; }

 private:
  roomcast::Server io_;
  std::vector<std::unique_ptr<Client>> clients_;
};

/// Lets `round` run, which handles one message, and says how often the server allocated for each.
template <class Round>
void watch(benchmark::State& state, std::size_t recipients, Round&& round) {
  for (int i = 0; i < 50; ++i) round();  // what is kept for the next time is there afterwards
  const std::size_t before = roomcast::support::allocations;
  for ([[maybe_unused]] auto turn : state) round();
  const auto made = static_cast<double>(roomcast::support::allocations - before);
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["allocations/message"] = made / rounds;
  state.counters["allocations/recipient"] = made / rounds / static_cast<double>(recipients);
}

void broadcast(benchmark::State& state) {
  const auto recipients = static_cast<std::size_t>(state.range(0));
  Crowd crowd(recipients);
  const std::string frame =
      client_text(R"(42["broadcast","sixty-four bytes of text that go to everybody, as it is written"])");
  crowd.first().send(frame);
  std::size_t size = 0;
  for (auto& client : crowd.all()) size = client->size_of_next();
  watch(state, recipients, [&] {
    crowd.first().send(frame);
    for (auto& client : crowd.all()) client->skip(size);
  });
}

void echo_with_ack(benchmark::State& state) {
  Crowd crowd(1);
  const std::string frame =
      client_text(R"(421["echo","sixty-four bytes of text that come back as an acknowledgement"])");
  crowd.first().send(frame);
  const std::size_t size = crowd.first().size_of_next();
  watch(state, 1, [&] {
    crowd.first().send(frame);
    crowd.first().skip(size);
  });
}

void private_message(benchmark::State& state) {
  Crowd crowd(2, static_cast<unsigned>(state.range(0)));
  const std::string frame =
      client_text(R"(42["private",{"to":"last","text":"forty-odd bytes of text for one of them"}])");
  crowd.first().send(frame);
  const std::size_t size = crowd.last().size_of_next();
  watch(state, 1, [&] {
    crowd.first().send(frame);
    crowd.last().skip(size);
  });
}

BENCHMARK(broadcast)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseRealTime();
BENCHMARK(echo_with_ack)->UseRealTime();
BENCHMARK(private_message)->ArgName("loops")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  roomcast::set_log_level(roomcast::LogLevel::warn);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}

// What a broadcast costs in the classic Redis adapter's wire format, without Redis.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/channels.hpp>
#include <adapter/room_directory.hpp>
#include <base/frame.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/msgpack/transcode.hpp>

namespace {

namespace adapter = roomcast::adapter;
namespace base = roomcast::base;
namespace classic = roomcast::adapter::classic;
namespace msgpack = roomcast::msgpack;

/// 128 bytes, as a chat sends them.
const std::string event =
    R"(["message",{"id":1795339759007,"from":"hNq1pNN_UKrnudb5AAAB","room":"room1","text":"Hello, is anybody here?","tags":["a",true]}])";

const classic::Opts to_room1{{"room1"}, {}, {}};

std::string message() { return classic::encode_broadcast("A1b2C3", "/", {event}, to_room1).value(); }

void encode_broadcast(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(message());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * event.size()));
}
BENCHMARK(encode_broadcast);

/// What a message costs that somebody here wants: the fields, then the event's text into a frame.
void decode_and_transcode_broadcast(benchmark::State& state) {
  const std::string payload = message();
  for (auto _ : state) {
    const auto broadcast = classic::decode_broadcast(payload);
    base::FrameBuilder out(2 * payload.size());
    std::vector<std::string_view> attachments;
    msgpack::to_json(out, broadcast->event.data, attachments).value();
    benchmark::DoNotOptimize(std::move(out).finish(base::FrameKind::text, {}));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * event.size()));
}
BENCHMARK(decode_and_transcode_broadcast);

void decode_broadcast_without_its_data(benchmark::State& state) {
  const std::string payload = message();
  for (auto _ : state) benchmark::DoNotOptimize(classic::decode_broadcast(payload));
}
BENCHMARK(decode_broadcast_without_its_data);

void own_broadcast_is_recognised(benchmark::State& state) {
  const std::string payload = message();
  for (auto _ : state) benchmark::DoNotOptimize(classic::broadcast_uid(payload).value() == "A1b2C3");
}
BENCHMARK(own_broadcast_is_recognised);

/// What a message costs that nobody here wants: the room from the channel, and a look for its members.
void unwanted_room(benchmark::State& state) {
  const classic::Channels channels("socket.io", "/");
  const std::string channel = channels.room("room1");
  adapter::RoomDirectory rooms;
  for (int i = 0; i < 10'000; ++i) rooms.add("other" + std::to_string(i), 0);
  for (auto _ : state) {
    const auto room = classic::room_of(channel, channels.broadcast());
    benchmark::DoNotOptimize(room && rooms.holders(*room) == 0);
  }
}
BENCHMARK(unwanted_room);

/// What 1,000 recipients cost that share one frame, on one loop or on two at once: counted one by one, and in
/// bulk.
void share_a_frame(benchmark::State& state) {
  static const base::Frame frame = [] {
    base::FrameBuilder out(event.size());
    out.append(event);
    return std::move(out).finish(base::FrameKind::text, {});
  }();
  std::vector<base::Frame> outboxes;
  outboxes.reserve(1000);
  const bool in_bulk = state.range(0) != 0;
  for (auto _ : state) {
    {
      std::optional<base::FrameCopies> together;
      if (in_bulk) together.emplace(frame);
      for (int i = 0; i < 1000; ++i) outboxes.push_back(frame);
    }
    std::optional<base::FrameReleases> together;
    if (in_bulk) together.emplace();
    outboxes.clear();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
}
BENCHMARK(share_a_frame)->ArgName("bulk")->Arg(0)->Arg(1)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();

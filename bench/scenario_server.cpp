// The server of bench/scenarios: what bench_server serves to all at once, with a rule for clients that do not
// keep up, and an event that blocks a loop.
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include <malloc.h>
#include <server_flags.hpp>

using namespace std::chrono_literals;
using roomcast::Ack;
using roomcast::Overflow;
using roomcast::Value;

namespace {

const std::map<std::string, Overflow> overflows{{"disconnect", Overflow::disconnect},
                                                {"drop_oldest", Overflow::drop_oldest},
                                                {"keep_latest", Overflow::keep_latest},
                                                {"drop_volatile", Overflow::drop_volatile}};

void add_timing_flag(CLI::App& app, const std::string& name, std::chrono::milliseconds& time,
                     const std::string& about) {
  app.add_option_function<int>(
         name, [&time](int milliseconds) { time = std::chrono::milliseconds(milliseconds); },
         about + " in milliseconds (default: " + std::to_string(time.count()) + ")")
      ->check(CLI::Range(1, 3'600'000));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serves the events bcast, echo and block for the scenarios of bench/scenarios",
               "scenario_server");
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  options.max_buffered_age = 1h;  // so that the rule decides, and not for how long somebody has read nothing
  roomcast::set_log_level(roomcast::LogLevel::error);
  roomcast::app::add_server_flags(app, options);
  add_timing_flag(app, "--ping-interval", options.ping_interval, "How often clients are pinged,");
  add_timing_flag(app, "--ping-timeout", options.ping_timeout, "How long a pong is waited for,");
  add_timing_flag(app, "--upgrade-timeout", options.upgrade_timeout, "How long an upgrade may take,");
  add_timing_flag(app, "--connect-timeout", options.connect_timeout,
                  "How long a client may be in no namespace,");
  std::string overflow;
  app.add_option(
         "--backpressure", overflow,
         "What happens to events for clients that do not keep up: disconnect, drop_oldest, keep_latest or "
         "drop_volatile (default: no rule)")
      ->check(CLI::IsMember(overflows));
  roomcast::Backpressure rule;
  app.add_option("--max-waiting", rule.max_bytes,
                 "How much of it may wait for one client, in bytes (default: max_buffered_bytes)");
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;

  roomcast::Server io(options);
  if (!overflow.empty()) {
    rule.overflow = overflows.at(overflow);
    io.backpressure(rule);
  }
  io.add_metrics([](roomcast::MetricsWriter& out) {
    const auto heap = ::mallinfo2();
    out.gauge("scenario_heap_bytes", "Memory that malloc has given out and not got back.",
              heap.uordblks + heap.hblkhd);
  });
  io.on_connection([&io](roomcast::Socket socket) {
    socket.on("bcast", [&io](Value payload) { io.emit("bcast", payload); });
    socket.on("echo", [](Value payload, Ack ack) { ack(payload); });
    // What no handler should do.
    socket.on("block",
              [](int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); });
  });
  return roomcast::app::serve(io);
}

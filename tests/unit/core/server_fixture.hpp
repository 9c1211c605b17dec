#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <roomcast/roomcast.hpp>
#include <support/inbox.hpp>
#include <support/socketio_client.hpp>

namespace roomcast {

using support::Inbox;
using support::SocketIoClient;
using namespace std::chrono_literals;

using Strings = std::vector<std::string>;

/// Options of a server on the loopback interface whose clients live on its loops in turn: the first client on
/// the first loop, and so on.
inline ServerOptions test_options(unsigned threads) {
  set_log_level(LogLevel::off);  // many of these tests are about handlers that throw
  return {.host = "127.0.0.1", .port = 0, .threads = threads, .drain_timeout = 500ms, .round_robin = true};
}

/// Tests that say the same of a server with any number of threads.
class AnyThreads : public testing::TestWithParam<unsigned> {
 public:
  static unsigned threads() { return GetParam(); }
  static ServerOptions options() { return test_options(threads()); }
};

inline const auto thread_counts = testing::Values(1u, 2u, 4u);
inline std::string threads_name(const testing::TestParamInfo<unsigned>& threads) {
  return std::to_string(threads.param) + (threads.param == 1 ? "_thread" : "_threads");
}

/// Waits until everything that was sent before, and what other threads have asked of the socket before, has
/// been handled.
/// @return what was heard before.
inline Strings sync(SocketIoClient& client) {
  client.say(R"(2999["sync"])");
  return client.hear_until("3999[]");
}
inline void answer_sync(const Socket& socket) {
  socket.on("sync", [](const Ack& ack) { ack(); });
}

}  // namespace roomcast

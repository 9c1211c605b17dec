#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <roomcast/redis_command.hpp>
#include <roomcast/redis_error.hpp>
#include <roomcast/redis_reply.hpp>
#include <roomcast/task.hpp>

namespace roomcast {

/// Commands to one Redis, from any thread and any coroutine, over one connection with a thread of its own.
///
/// The connection is made in the background and made again for ever when it is lost; Redis may be down when
/// the client is made. While it is away, commands wait in a bounded buffer (8 MiB, 10 s) and are sent in
/// order when it is back; beyond that they fail with `dropped`. A command that was written when the
/// connection died is never sent again and fails with `connection_lost`: it may or may not have been done.
///
/// Commands of one thread are sent in the order in which they were awaited; those of one moment leave in one
/// write. A coroutine resumes on its own executor, whose context must live for as long as the client.
/// Commands that would spoil the shared connection (SUBSCRIBE, raw MULTI, SELECT,
/// BLPOP…) fail with `not_allowed`.
class RedisClient {
 public:
  /// `redis://[user:password@]host[:port][/db]`, `rediss://…` over TLS, or `unix:///path[?db=N]`. TLS
  /// verifies the server against the system's authorities, or against those in `?ssl_ca_certs=FILE`;
  /// `?ssl_cert_reqs=none` does not verify. Throws std::invalid_argument, naming the part that is wrong,
  /// never the password.
  explicit RedisClient(std::string_view url);
  /// Closes.
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  /// Sends a command and completes with the answer: `co_await client.command({"HSET", key, "name", name})`.
  /// Any thread. The arguments are copied before the call returns; the command is sent when the result is
  /// awaited. Throws RedisError: `error_reply` when Redis answers with an error, else as said above.
  Task<RedisReply> command(const RedisCommand& command);

  /// Sends the commands as one MULTI … EXEC, which nothing comes between, and completes with one reply per
  /// command: `co_await client.multi({{"HSET", key, "n", 1}, {"EXPIRE", key, 60}})`.
  /// Any thread. A command that fails inside EXEC has an error among the replies, as Redis undoes nothing.
  /// Throws RedisError: `transaction_aborted` when EXEC did nothing, with Redis's reason, else as `command`.
  Task<std::vector<RedisReply>> multi(const RedisTransaction& transaction);

  /// All keys that match `pattern`, each once, by as many SCANs of about `count` keys as it takes.
  /// Any thread; the client must outlive the coroutine. A key that comes or goes meanwhile may or may not be
  /// among them. Throws RedisError as `command`.
  Task<std::vector<std::string>> scan(std::string pattern, std::size_t count = 1000);

  /// Whether the connection stands. Any thread.
  bool ready() const noexcept;

  /// Ends the connection and its thread; commands that wait fail with `closed` (not sent) or
  /// `connection_lost`. Any thread but the client's own; a second call does nothing.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace roomcast

#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

#include <loop/loop.hpp>
#include <redis/commands.hpp>
#include <redis/format.hpp>
#include <roomcast/redis_client.hpp>

namespace roomcast {
namespace {

namespace asio = boost::asio;

resp::Options options_for(std::string_view url) {
  resp::Options options;
  options.url = resp::Url::parse(url);
  options.client_name = "roomcast-client";
  return options;
}

[[noreturn]] void throw_error_reply(RedisErrorCode code, const std::string& text) {
  throw RedisError(code, text);
}

}  // namespace

/// The loop, its thread and the connection. Shared by the coroutines that wait, so that a client may be
/// destroyed while they do.
struct RedisClient::State {
  explicit State(std::string_view url)
      : commands(loop, options_for(url), metrics), thread([this] { loop.run(); }) {
    pthread_setname_np(thread.native_handle(), "roomcast/redis");
    loop.post([this] { commands.start(); });
  }
  ~State() { close(); }

  void close() {
    {
      const std::lock_guard lock(mutex);
      if (closed) return;
      closed = true;
      loop.post([this] { commands.close(); });
    }
    loop.stop();
    thread.join();
  }

  /// Any thread: sends `bytes`, with their `replies` as an array if there is more than one.
  void send(std::string bytes, std::size_t replies, resp::Commands::Handler handler) {
    {
      const std::lock_guard lock(mutex);
      if (!closed) {
        loop.post([this, bytes = std::move(bytes), replies, handler = std::move(handler)]() mutable {
          if (replies == 1) {
            commands.formatted(bytes, std::move(handler));
          } else {
            commands.pipeline(bytes, replies, std::move(handler));
          }
        });
        return;
      }
    }
    handler(make_error_code(RedisErrorCode::closed));
  }

  /// Sends what was formatted before, and resumes where it was awaited.
  static Task<RedisReply> ask(std::shared_ptr<State> state, boost::system::error_code refused,
                              std::string bytes, std::size_t replies) {
    if (refused) throw RedisError(refused);
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    const std::shared_ptr<resp::Result> result =
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::shared_ptr<resp::Result>)>(
            [&](auto completion) {
              // The guard keeps the caller's context running although it has nothing to do but wait for us.
              struct Waiting {
                decltype(completion) resume;
                asio::executor_work_guard<asio::any_io_executor> work;
              };
              auto waiting =
                  std::make_shared<Waiting>(Waiting{std::move(completion), asio::make_work_guard(executor)});
              state->send(std::move(bytes), replies, [waiting](resp::Result answer) {
                auto kept = std::make_shared<resp::Result>(std::move(answer));
                asio::post(waiting->work.get_executor(), [waiting, kept] {
                  waiting->work.reset();
                  std::move(waiting->resume)(kept);
                });
              });
            },
            asio::use_awaitable);
    if (result->has_error()) throw RedisError(result->error());
    co_return std::move(**result);
  }

  static Task<RedisReply> ask_one(std::shared_ptr<State> state, boost::system::error_code refused,
                                  std::string bytes) {
    RedisReply reply = co_await ask(std::move(state), refused, std::move(bytes), 1);
    if (reply.is_error()) throw_error_reply(RedisErrorCode::error_reply, reply.text);
    co_return reply;
  }

  static Task<std::vector<RedisReply>> ask_multi(std::shared_ptr<State> state,
                                                 boost::system::error_code refused, std::string bytes,
                                                 std::size_t replies) {
    if (replies == 2 && !refused) co_return std::vector<RedisReply>();  // nothing between MULTI and EXEC
    RedisReply all = co_await ask(std::move(state), refused, std::move(bytes), replies);
    RedisReply& executed = all.elements.back();
    if (executed.is_array()) co_return std::move(executed.elements);
    // The first error says what was wrong; EXEC's own only that something was.
    for (const RedisReply& one : all.elements)
      if (one.is_error()) throw_error_reply(RedisErrorCode::transaction_aborted, one.text);
    throw RedisError(make_error_code(RedisErrorCode::transaction_aborted));
  }

  /// Why the command is refused, if it is; appends it otherwise.
  boost::system::error_code append(std::string& bytes, const RedisCommand& command) {
    const std::size_t payload = command.size() > 2 ? command.third_size() : 0;
    if (const auto refusal = commands.refusal(command.name(), payload)) return make_error_code(*refusal);
    command.append_to(bytes);
    return {};
  }

  resp::Metrics metrics;
  loop::Loop loop{0};
  resp::Commands commands;
  std::mutex mutex;
  bool closed = false;
  std::thread thread;  // last: it uses all the others
};

RedisClient::RedisClient(std::string_view url) : state_(std::make_shared<State>(url)) {}
RedisClient::~RedisClient() { close(); }

Task<RedisReply> RedisClient::command(const RedisCommand& command) {
  std::string bytes;
  const boost::system::error_code refused = state_->append(bytes, command);
  return State::ask_one(state_, refused, std::move(bytes));
}

Task<std::vector<RedisReply>> RedisClient::multi(const RedisTransaction& transaction) {
  std::string bytes;
  RedisCommand("MULTI").append_to(bytes);
  boost::system::error_code refused;
  for (const RedisCommand& command : transaction.commands())
    if (const auto error = state_->append(bytes, command)) refused = error;
  RedisCommand("EXEC").append_to(bytes);
  return State::ask_multi(state_, refused, std::move(bytes), transaction.commands().size() + 2);
}

Task<std::vector<std::string>> RedisClient::scan(std::string pattern, std::size_t count) {
  // SCAN may name a key more than once.
  std::unordered_set<std::string> keys;
  std::string cursor = "0";
  const std::string hint = std::to_string(count);
  do {
    RedisReply reply = co_await command({"SCAN", cursor, "MATCH", pattern, "COUNT", hint});
    if (!reply.is_array() || reply.elements.size() != 2)
      throw RedisError(RedisErrorCode::error_reply, "SCAN was answered with something else");
    cursor = std::move(reply.elements[0].text);
    for (RedisReply& key : reply.elements[1].elements) keys.insert(std::move(key.text));
  } while (cursor != "0");
  std::vector<std::string> distinct;
  distinct.reserve(keys.size());
  while (!keys.empty()) distinct.push_back(std::move(keys.extract(keys.begin()).value()));
  co_return distinct;
}

bool RedisClient::ready() const noexcept { return state_->commands.ready(); }
void RedisClient::close() { state_->close(); }

}  // namespace roomcast

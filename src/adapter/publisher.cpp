#include <array>
#include <future>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

#include <adapter/publisher.hpp>
#include <base/log.hpp>
#include <redis/format.hpp>

namespace roomcast::adapter {

Publisher::Publisher(const resp::Options& options)
    : commands_(loop_, options, metrics_), thread_([this] { loop_.run(); }) {
  pthread_setname_np(thread_.native_handle(), "roomcast/emit");
  loop_.post([this] { commands_.start(); });
}

Publisher::~Publisher() { close(std::chrono::milliseconds(0)); }

template <class F>
void Publisher::post(F f) {
  const std::lock_guard lock(mutex_);
  if (closed_) throw RedisError(RedisErrorCode::closed);
  loop_.post(std::move(f));
}

void Publisher::publish(std::string_view channel, std::string_view message) {
  const resp::Options& options = commands_.options();
  if (!commands_.publish_allowed(message.size()))
    throw std::length_error(fmt::format("a message of {} bytes is larger than max_publish_bytes ({})",
                                        message.size(), options.max_publish_bytes));
  std::string command;
  command.reserve(channel.size() + message.size() + 64);
  resp::append_command(command, std::array<std::string_view, 3>{"PUBLISH", channel, message});

  // Counted from here on, so that the mailbox is bounded as well; one always fits.
  const std::size_t size = command.size();
  const std::size_t before = bytes_.fetch_add(size);
  if (before != 0 && before + size > options.max_outbound_bytes) {
    bytes_.fetch_sub(size);
    metrics_.commands_dropped.add();
    throw RedisError(
        RedisErrorCode::dropped,
        fmt::format("{} bytes that Redis has not taken yet are waiting, and max_outbound_bytes is {}", before,
                    options.max_outbound_bytes));
  }
  try {
    post([this, command = std::move(command)] { send(command); });
  } catch (...) {
    bytes_.fetch_sub(size);
    throw;
  }
}

void Publisher::send(const std::string& command) {
  commands_.formatted(command, [this, epoch = flushes_.sent(), bytes = command.size()](
                                   const resp::Result& result) { settled(epoch, bytes, result); });
}

void Publisher::settled(FlushQueue::Epoch epoch, std::size_t bytes, const resp::Result& result) {
  bytes_.fetch_sub(bytes);
  if (result.has_error())
    return flushes_.settled(epoch, PublishFailure{static_cast<RedisErrorCode>(result.error().value())});
  const bool refused = result->is_error();
  if (refused && !refused_) base::log::error("emitter: Redis does not take a message: {}", result->text);
  refused_ = refused;
  if (!refused) return flushes_.settled(epoch);
  flushes_.settled(epoch, PublishFailure{RedisErrorCode::error_reply, result->text});
}

void Publisher::flush(FlushQueue::Done done) {
  post([this, done = std::move(done)]() mutable { flushes_.flush(std::move(done)); });
}

void Publisher::close(std::chrono::milliseconds patience) {
  std::promise<void> all_settled;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
    loop_.post([this, &all_settled] {
      flushes_.flush([&all_settled](const FlushOutcome&) {
        all_settled.set_value();
        return true;
      });
    });
  }
  all_settled.get_future().wait_for(patience);
  loop_.post([this] {
    if (const std::size_t lost = flushes_.pending(); lost != 0)
      base::log::warn("emitter: closed before Redis had taken all messages; {} left", lost);
    commands_.close();
  });
  loop_.stop();
  thread_.join();
}

}  // namespace roomcast::adapter

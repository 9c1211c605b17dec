#include <utility>

#include <adapter/redis_limits.hpp>
#include <adapter/redis_pubsub.hpp>
#include <base/log.hpp>

namespace roomcast::adapter {

RedisPubSub::RedisPubSub(loop::Loop& loop, const resp::Options& options)
    : commands_(loop, options, metrics_),
      subscriber_(loop, options, metrics_),
      probe_(loop, commands_, subscriber_, metrics_) {
  subscriber_.on_refused(
      [this](std::string_view command, std::string_view error) { refused(command, error); });
  probe_.on_refused([this](std::string_view error) { refused("PUBLISH", error); });
}

void RedisPubSub::subscribe(std::string channel, Handler handler) {
  if (channel == probe_channel_)
    handler = [this, handler = std::move(handler)](std::string_view pattern, std::string_view name,
                                                   std::string_view payload) {
      if (!probe_.consume(payload)) handler(pattern, name, payload);
    };
  subscriber_.subscribe(std::move(channel), std::move(handler));
}

void RedisPubSub::psubscribe(std::string pattern, Handler handler) {
  subscriber_.psubscribe(std::move(pattern), std::move(handler));
}

void RedisPubSub::count_subscribers(std::string_view channel,
                                    std::function<void(std::optional<std::size_t>)> done) {
  if (!commands_.ready()) return done(std::nullopt);
  commands_.command({"PUBSUB", "NUMSUB", channel}, [done = std::move(done)](const resp::Result& result) {
    // [channel, count]
    if (!result || result->elements.size() < 2 || !result->elements[1].is_integer())
      return done(std::nullopt);
    done(static_cast<std::size_t>(result->elements[1].integer));
  });
}

void RedisPubSub::start() {
  commands_.watch([this](bool ready) {
    if (!ready) return;
    fit();
    look_at_limits();
    look_at_counting();
  });
  subscriber_.watch([this](bool ready) {
    if (ready) fit();
  });
  probe_.start(probe_channel_);
  commands_.start();
  subscriber_.start();
}

// Who may not ask, or asks something that is no Redis, is not told.
void RedisPubSub::look_at_limits() {
  commands_.command({"CONFIG", "GET", "client-output-buffer-limit"}, [this](const resp::Result& result) {
    if (!result || result->elements.size() < 2) return;
    const std::string warning = pubsub_limit_warning(result->elements[1].text, max_payload());
    if (!warning.empty()) base::log::warn("redis adapter: {}", warning);
  });
}

// Without it the adapter does with the servers whose heartbeats it hears.
void RedisPubSub::look_at_counting() {
  commands_.command({"PUBSUB", "NUMSUB", probe_channel_}, [this](const resp::Result& result) {
    if (!result) return;
    const std::string why = result->is_error() ? refused_command("PUBSUB", result->text) : "";
    if (!why.empty() && counts_)
      base::log::error(
          "redis adapter on {}: {}. Until then questions wait only for the answers of roomcast's own servers",
          commands_.options().url.redacted(), why);
    counts_ = why.empty();
  });
}

void RedisPubSub::refused(std::string_view command, std::string_view error) {
  std::string why = refused_command(command, error);
  if (why.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (unfit_ == why) return;  // it is tried again and again
    unfit_ = why;
  }
  base::log::error("redis adapter on {}: {}. Until then this server serves alone",
                   commands_.options().url.redacted(), why);
}

void RedisPubSub::fit() {
  const std::lock_guard lock(mutex_);
  unfit_.clear();
}

std::string RedisPubSub::unfit() const {
  const std::lock_guard lock(mutex_);
  return ready() ? std::string() : unfit_;
}

void RedisPubSub::close(std::function<void()> done) {
  probe_.stop();
  subscriber_.close();
  if (!commands_.ready()) {
    commands_.close();
    return done();
  }
  // The answer to this comes when all that was published before has been taken.
  commands_.command({"PING"}, [done = std::move(done)](const resp::Result&) { done(); });
}

}  // namespace roomcast::adapter

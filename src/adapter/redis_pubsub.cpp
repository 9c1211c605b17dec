#include <utility>

#include <adapter/redis_limits.hpp>
#include <adapter/redis_pubsub.hpp>
#include <base/log.hpp>

namespace roomcast::adapter {

RedisPubSub::RedisPubSub(loop::Loop& loop, const resp::Options& options)
    : commands_(loop, options, metrics_),
      subscriber_(loop, options, metrics_),
      probe_(loop, commands_, subscriber_, metrics_) {}

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
    if (ready) look_at_limits();
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

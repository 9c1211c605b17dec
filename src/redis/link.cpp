#include <chrono>
#include <cstring>
#include <utility>

#include <base/crypto.hpp>
#include <base/log.hpp>
#include <redis/link.hpp>

namespace roomcast::resp {
namespace {

std::uint32_t random_bits() {
  unsigned char bytes[4];
  base::random_bytes(bytes);
  std::uint32_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

double seconds(loop::Clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

Link::Link(loop::Loop& loop, const Options& options, Metrics& metrics, std::string role, Owner& owner)
    : loop_(loop),
      options_(options),
      metrics_(metrics),
      role_(std::move(role)),
      owner_(owner),
      tls_(Connection::make_tls(options.url)),
      reconnect_(options.reconnect) {}

Link::~Link() { close(); }

void Link::start() {
  loop_.assert_home();
  if (std::exchange(started_, true)) return;
  dial();
}

void Link::close() {
  started_ = false;
  timer_.cancel();
  connection_.reset();
  ready_.store(false, std::memory_order_release);
}

void Link::reconnect(const std::string& why) {
  loop_.assert_home();
  if (connection_) lost(why);
}

void Link::dial() {
  metrics_.connect_attempts.add();
  reconnect_.dialled(loop_.now());
  loop_.timers().arm(timer_, loop_.now() + options_.attempt_timeout);
  connection_ = std::make_unique<Connection>(loop_, options_, tls_, reconnect_.attempts() - 1,
                                             static_cast<Connection::Handler&>(*this));
}

void Link::settled() {
  if (!connection_ || ready()) return;
  const loop::TimePoint now = loop_.now();
  timer_.cancel();
  if (!reconnect_.ever_connected() && reconnect_.attempts() == 1) {
    base::log::info("redis {}: connected to {}", role_, options_.url.redacted());
  } else {
    base::log::info("redis {}: connected to {} after {:.1f} s away, at attempt {}", role_,
                    options_.url.redacted(), seconds(now - reconnect_.away_since()), reconnect_.attempts());
  }
  if (reconnect_.ever_connected()) metrics_.reconnects.add();
  reconnect_.connected(now);
  ready_.store(true, std::memory_order_release);
}

void Link::lost(const std::string& why) {
  connection_.reset();
  const bool was_ready = ready_.exchange(false, std::memory_order_acq_rel);
  const loop::TimePoint now = loop_.now();
  const bool first = was_ready || (reconnect_.attempts() == 1 && !reconnect_.ever_connected());
  const loop::TimePoint next = reconnect_.failed(now, random_bits());
  if (was_ready) {
    base::log::warn("redis {}: connection to {} lost: {}; connecting again until it stands", role_,
                    options_.url.redacted(), why);
  } else {
    metrics_.connect_failures.add();
    if (first) {
      base::log::warn("redis {}: no connection to {}: {}; trying until it stands", role_,
                      options_.url.redacted(), why);
    } else {
      base::log::debug("redis {}: attempt {}, away for {:.1f} s: {}", role_, reconnect_.attempts(),
                       seconds(now - reconnect_.away_since()), why);
    }
  }
  loop_.timers().arm(timer_, next);
  owner_.on_lost();
}

void Link::timer_expired(loop::TimePoint) {
  if (connection_) {
    lost(connection_->open() ? "not usable in time" : "no answer in time");
  } else {
    dial();
  }
}

void Link::on_open() { owner_.on_open(); }
void Link::on_reply(Reply reply) { owner_.on_reply(std::move(reply)); }
void Link::on_written() { owner_.on_written(); }
void Link::on_lost(const std::string& why) { lost(why); }

}  // namespace roomcast::resp

#include <utility>

#include <base/crypto.hpp>
#include <base/log.hpp>
#include <redis/probe.hpp>

namespace roomcast::resp {

Probe::Probe(loop::Loop& loop, Commands& commands, Subscriber& subscriber, Options options, Metrics& metrics)
    : loop_(loop),
      commands_(commands),
      subscriber_(subscriber),
      options_(options),
      metrics_(metrics),
      prefix_("roomcast-probe:" + base::random_hex(8) + ":"),
      self_(std::make_shared<Probe*>(this)) {
  const auto watcher = [self = self_](bool) {
    if (*self != nullptr) (*self)->changed();
  };
  commands_.watch(watcher);
  subscriber_.watch(watcher);
}

Probe::Probe(loop::Loop& loop, Commands& commands, Subscriber& subscriber, Metrics& metrics)
    : Probe(loop, commands, subscriber, Options(), metrics) {}

Probe::~Probe() { *self_ = nullptr; }

void Probe::start(std::string channel) {
  loop_.assert_home();
  channel_ = std::move(channel);
  changed();
}

void Probe::stop() {
  channel_.clear();
  changed();
}

void Probe::changed() {
  waiting_ = false;
  set_healthy(false);
  if (channel_.empty() || !commands_.ready() || !subscriber_.ready()) {
    timer_.cancel();  // the next change brings us back
    return;
  }
  alert_until_ = loop_.now() + options_.alert_for;
  loop_.timers().arm(timer_, loop_.now());  // not from inside the call that tells of the change
}

void Probe::ask() {
  waiting_ = true;
  const std::uint64_t number = ++number_;
  metrics_.probes.add();
  loop_.timers().arm(timer_, loop_.now() + options_.patience);
  commands_.publish(channel_, prefix_ + std::to_string(number), [self = self_, number](const Result& result) {
    if (*self == nullptr) return;
    if (result.has_error()) {
      (*self)->not_sent(number, result.error().message());
    } else if (result->is_error()) {
      if ((*self)->refused_) (*self)->refused_(result->text);
      (*self)->not_sent(number, result->text);
    }
  });
}

// The subscriber is not to blame for it.
void Probe::not_sent(std::uint64_t number, const std::string& why) {
  if (!waiting_ || number != number_) return;
  base::log::debug("redis probe: not sent: {}", why);
  waiting_ = false;
  set_healthy(false);
  metrics_.probe_failures.add();
  alert_until_ = loop_.now() + options_.alert_for;
  loop_.timers().arm(timer_, loop_.now() + options_.alert_interval);
}

bool Probe::consume(std::string_view payload) {
  if (!payload.starts_with(prefix_)) return false;
  if (waiting_ && payload.substr(prefix_.size()) == std::to_string(number_)) {
    waiting_ = false;
    set_healthy(true);
    const bool alert = loop_.now() < alert_until_;
    loop_.timers().arm(timer_, loop_.now() + (alert ? options_.alert_interval : options_.calm_interval));
  }
  return true;
}

void Probe::timer_expired(loop::TimePoint now) {
  if (!std::exchange(waiting_, false)) {
    if (commands_.ready() && subscriber_.ready()) ask();
    return;
  }
  metrics_.probe_failures.add();
  set_healthy(false);
  alert_until_ = now + options_.alert_for;
  subscriber_.reconnect("a message to ourselves did not come back in time");  // which calls changed()
}

void Probe::set_healthy(bool healthy) { healthy_.store(healthy, std::memory_order_release); }

}  // namespace roomcast::resp

#include <base/log.hpp>
#include <core/client.hpp>
#include <core/server_state.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/socketio/decoder.hpp>

#include "packet_event.hpp"

namespace roomcast::core {
namespace {

// The session gets so much at a time: the rest may still be dropped, and no answer to a GET gets longer.
constexpr std::size_t piece = 64 * 1024;

std::string key_of(const EncodedPacket& packet, const Backpressure& rule) {
  try {
    const std::optional<IncomingEvent> event = sent_event(packet);
    if (!event) return {};
    return rule.key ? rule.key(event->name, event->args) : event->name;
  } catch (const std::exception& e) {
    base::log::error("the key of a backpressure rule threw: {}", e.what());
  } catch (...) {
    base::log::error("the key of a backpressure rule threw something that is not a std::exception");
  }
  return {};
}

}  // namespace

SlowClient::SlowClient(Client& client)
    : client_(client),
      session_(client.session()),
      backlog_(max_buffered_bytes()),
      held_(session_.all_buffered()) {}

std::size_t SlowClient::max_buffered_bytes() const noexcept {
  return client_.server().options().max_buffered_bytes;
}

void SlowClient::add(const EncodedPacket& packet, Delivery& how) {
  if (!backlog_.empty() || how.droppable()) {
    keep(packet, how);
  } else {
    send(session_, packet);  // which knows its own limits
  }
  const std::size_t limit = how.rule && how.rule->overflow == Overflow::disconnect ? how.rule->max_bytes : 0;
  if (limit != 0 && session_.buffered_bytes() + backlog_.bytes() > limit) give_up_later(TooMuch::rule);
}

void SlowClient::keep(const EncodedPacket& packet, Delivery& how) {
  if (how.rule && how.rule->overflow == Overflow::keep_latest && !how.key)
    how.key = key_of(packet, *how.rule);
  const Backlog::Dropped dropped =
      backlog_.push(packet, how.droppable() ? how.rule : nullptr, how.key.value_or(std::string()));
  base::Metrics& metrics = client_.server().metrics(session_.loop());
  metrics.dropped_oldest.add(dropped.oldest);
  metrics.dropped_replaced.add(dropped.replaced);
  held_.set(backlog_.bytes());
  if (session_.buffered_bytes() + backlog_.kept_bytes() > max_buffered_bytes()) {
    give_up_later(TooMuch::connection);
  } else if (held_.too_much()) {
    give_up_later(TooMuch::process);
  }
}

void SlowClient::give_up_later(TooMuch what) {
  too_much_ = what;
  session_.loop().mark_dirty(*this);
}

// The connection was marked before us, so it has written when our turn comes at the end of this one.
void SlowClient::resume() {
  if (backlog_.empty() || !session_.writable()) return;
  while (!backlog_.empty() && session_.buffered_bytes() < piece) send(session_, backlog_.pop());
  held_.set(backlog_.bytes());
  session_.loop().mark_dirty(*this);
}

void SlowClient::give_all() {
  while (!backlog_.empty()) send(session_, backlog_.pop());
  held_.set(0);
}

void SlowClient::flush() {
  switch (std::exchange(too_much_, TooMuch::no)) {
    case TooMuch::no:
      resume();
      return client_.check_water();
    case TooMuch::connection:
      return session_.give_up_slow_consumer(
          "more than max_buffered_bytes wait for it that may not be dropped");
    case TooMuch::rule:
      return session_.give_up_slow_consumer("more waits for it than the max_bytes of a backpressure rule");
    case TooMuch::process:
      return session_.give_up_for_memory();
  }
}

}  // namespace roomcast::core

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <utility>

#include <base/log.hpp>
#include <redis/command_rules.hpp>
#include <redis/commands.hpp>
#include <redis/format.hpp>

namespace roomcast::resp {
namespace {

void tell(const Commands::Handler& handler, Result result) {
  if (!handler) return;
  try {
    handler(std::move(result));
  } catch (const std::exception& e) {
    base::log::error("a handler of a Redis reply threw: {}", e.what());
  } catch (...) {
    base::log::error("a handler of a Redis reply threw something that is not a std::exception");
  }
}

std::size_t size_of(std::span<const std::string_view> arguments) {
  std::size_t bytes = 0;
  for (const std::string_view one : arguments) bytes += one.size() + 24;  // with its length and line ends
  return bytes;
}

}  // namespace

Commands::Commands(loop::Loop& loop, Options options, Metrics& metrics)
    : loop_(loop),
      options_(std::move(options)),
      metrics_(metrics),
      link_(loop, options_, metrics, "commands", *this) {}

Commands::~Commands() {
  close();
  loop_.unmark(*this);
}

void Commands::start() {
  if (!closed_) link_.start();
}

std::optional<Error> Commands::refusal(std::string_view name, std::size_t third_size) const noexcept {
  if (name.empty() || spoils_shared_connection(name)) return Error::not_allowed;
  if (publishes(name) && !publish_allowed(third_size)) return Error::publish_too_large;
  return std::nullopt;
}

bool Commands::publish_allowed(std::size_t payload) const noexcept {
  if (payload <= options_.max_publish_bytes) return true;
  metrics_.publish_refused.add();
  return false;
}

void Commands::command(std::span<const std::string_view> arguments, Handler handler) {
  const std::string_view name = arguments.empty() ? std::string_view() : arguments[0];
  if (const auto error = refusal(name, arguments.size() > 2 ? arguments[2].size() : 0)) {
    tell(handler, make_error_code(*error));
    return;
  }
  enqueue(size_of(arguments), {.handler = std::move(handler)},
          [arguments](std::string& out) { append_command(out, arguments); });
}

bool Commands::publish(std::string_view channel, std::string_view payload, Handler handler) {
  if (!publish_allowed(payload.size())) {
    tell(handler, make_error_code(Error::publish_too_large));
    return false;
  }
  const std::array<std::string_view, 3> arguments{"PUBLISH", channel, payload};
  return enqueue(size_of(arguments), {.handler = std::move(handler)},
                 [&arguments](std::string& out) { append_command(out, arguments); });
}

void Commands::formatted(std::string_view bytes, Handler handler) {
  enqueue(bytes.size(), {.handler = std::move(handler)}, [bytes](std::string& out) { out.append(bytes); });
}

void Commands::pipeline(std::string_view bytes, std::size_t replies, Handler handler) {
  enqueue(bytes.size(), {.handler = std::move(handler), .owed = replies, .pipeline = true},
          [bytes](std::string& out) { out.append(bytes); });
}

template <class Append>
bool Commands::enqueue(std::size_t bytes, Entry entry, Append append) {
  loop_.assert_home();
  if (closed_) {
    tell(entry.handler, make_error_code(Error::closed));
    return false;
  }
  if (!waiting_.empty() && outbound_.size() + bytes > options_.max_outbound_bytes) {
    flush();  // perhaps it only waited for the end of the turn
    if (!waiting_.empty()) {
      drop(entry);
      return false;
    }
  }
  const std::size_t before = outbound_.size();
  append(outbound_);
  entry.bytes = outbound_.size() - before;
  entry.since = loop_.now();
  waiting_.push_back(std::move(entry));
  if (link_.ready()) loop_.mark_dirty(*this);
  arm();
  return true;
}

void Commands::flush() {
  Connection* connection = link_.ready() ? link_.connection() : nullptr;
  if (waiting_.empty() || connection == nullptr || connection->writing()) return;
  connection->write(outbound_);
  for (Entry& entry : waiting_) entry.since = loop_.now();
  if (unanswered_.empty()) {
    unanswered_.swap(waiting_);
  } else {
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(unanswered_));
    waiting_.clear();
  }
  arm();
}

void Commands::on_open() {
  link_.settled();
  changed(true);
  flush();
}

void Commands::on_written() { flush(); }

void Commands::on_reply(Reply reply) {
  if (unanswered_.empty()) {
    link_.reconnect("a reply came that nothing had asked for");
    return;
  }
  Entry& front = unanswered_.front();
  if (front.pipeline) {
    front.gathered.push_back(std::move(reply));
    if (front.gathered.size() < front.owed) return;
    reply = Reply::array(std::move(front.gathered));
  }
  const Handler handler = std::move(front.handler);
  unanswered_.pop_front();
  tell(handler, std::move(reply));
}

void Commands::on_lost() {
  std::deque<Entry> lost;
  lost.swap(unanswered_);
  changed(false);
  metrics_.commands_unknown.add(lost.size());
  for (const Entry& entry : lost) tell(entry.handler, make_error_code(Error::connection_lost));
}

void Commands::drop(const Entry& entry) {
  metrics_.commands_dropped.add();
  if (!std::exchange(dropping_, true))
    base::log::warn("redis commands: not sent in time, or too many wait: dropping (limits: {} bytes, {} ms)",
                    options_.max_outbound_bytes, options_.max_outbound_age.count());
  tell(entry.handler, make_error_code(Error::dropped));
}

void Commands::arm() {
  // Not for every command: an earlier deadline than is needed only makes the timer look again.
  loop::TimePoint next = loop::TimePoint::max();
  if (!waiting_.empty()) next = waiting_.front().since + options_.max_outbound_age;
  if (!unanswered_.empty()) next = std::min(next, unanswered_.front().since + options_.reply_timeout);
  if (next != loop::TimePoint::max() && (!timer_.armed() || next < timer_.deadline()))
    loop_.timers().arm(timer_, next);
}

void Commands::timer_expired(loop::TimePoint now) {
  std::deque<Entry> late;
  std::size_t bytes = 0;
  while (!waiting_.empty() && now - waiting_.front().since >= options_.max_outbound_age) {
    bytes += waiting_.front().bytes;
    late.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  outbound_.erase(0, bytes);
  Connection* connection = link_.connection();
  if (!unanswered_.empty() && connection != nullptr) {
    const loop::TimePoint last = std::max(unanswered_.front().since, connection->last_read());
    if (now - last >= options_.reply_timeout) {
      link_.reconnect("no answer to a command in time");
    } else {
      loop_.timers().arm(timer_, last + options_.reply_timeout);
    }
  }
  for (const Entry& entry : late) drop(entry);
  arm();
}

void Commands::changed(bool ready) {
  if (std::exchange(was_ready_, ready) == ready) return;
  if (ready) dropping_ = false;
  for (const Watcher& watcher : watchers_) watcher(ready);
}

void Commands::close() {
  if (std::exchange(closed_, true)) return;
  link_.close();
  timer_.cancel();
  std::deque<Entry> waiting;
  waiting.swap(waiting_);
  outbound_ = std::string();
  on_lost();
  for (const Entry& entry : waiting) tell(entry.handler, make_error_code(Error::closed));
}

}  // namespace roomcast::resp

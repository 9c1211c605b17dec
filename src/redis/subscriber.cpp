#include <exception>
#include <utility>

#include <base/log.hpp>
#include <redis/format.hpp>
#include <redis/subscriber.hpp>

namespace roomcast::resp {
namespace {

// Names in one SUBSCRIBE: enough that many cost few commands, and no command is large.
constexpr std::size_t names_per_command = 1'000;

std::string_view command(bool pattern, bool gone) {
  return gone ? (pattern ? "PUNSUBSCRIBE" : "UNSUBSCRIBE") : (pattern ? "PSUBSCRIBE" : "SUBSCRIBE");
}

template <class F>
void guarded(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    base::log::error("a handler of a Redis subscription threw: {}", e.what());
  } catch (...) {
    base::log::error("a handler of a Redis subscription threw something that is not a std::exception");
  }
}

}  // namespace

Subscriber::Subscriber(loop::Loop& loop, Options options, Metrics& metrics)
    : loop_(loop),
      options_(std::move(options)),
      metrics_(metrics),
      link_(loop, options_, metrics, "subscriber", *this) {}

Subscriber::~Subscriber() {
  close();
  loop_.unmark(*this);
}

void Subscriber::start() {
  if (!closed_) link_.start();
}

void Subscriber::subscribe(std::string channel, Handler handler, Done done) {
  add(channels_, false, std::move(channel), std::move(handler), std::move(done));
}
void Subscriber::psubscribe(std::string pattern, Handler handler, Done done) {
  add(patterns_, true, std::move(pattern), std::move(handler), std::move(done));
}
void Subscriber::unsubscribe(std::string_view channel) { remove(channels_, false, channel); }
void Subscriber::punsubscribe(std::string_view pattern) { remove(patterns_, true, pattern); }

void Subscriber::add(Subscriptions& all, bool pattern, std::string name, Handler handler, Done done) {
  loop_.assert_home();
  if (closed_) return;
  Subscription& subscription = all[name];
  subscription = {std::make_shared<const Handler>(std::move(handler)), std::move(done), ++last_ticket_};
  if (link_.connection() == nullptr) return;  // all of them are subscribed when it opens
  append_length(outbound_, '*', 2);
  append_argument(outbound_, command(pattern, false));
  append_argument(outbound_, name);
  awaited_.push_back({.pattern = pattern, .name = std::move(name), .ticket = last_ticket_});
  loop_.mark_dirty(*this);
}

void Subscriber::remove(Subscriptions& all, bool pattern, std::string_view name) {
  loop_.assert_home();
  const auto found = all.find(name);
  if (found == all.end()) return;
  all.erase(found);
  if (link_.connection() == nullptr) return;
  append_length(outbound_, '*', 2);
  append_argument(outbound_, command(pattern, true));
  append_argument(outbound_, name);
  awaited_.push_back({.pattern = pattern, .gone = true, .name = std::string(name)});
  loop_.mark_dirty(*this);
}

void Subscriber::resubscribe(Subscriptions& all, bool pattern) {
  std::size_t left = all.size();
  std::size_t room = 0;  // in the present command
  for (auto& [name, subscription] : all) {
    if (room == 0) {
      room = std::min(left, names_per_command);
      append_length(outbound_, '*', room + 1);
      append_argument(outbound_, command(pattern, false));
    }
    --room;
    --left;
    append_argument(outbound_, name);
    awaited_.push_back(
        {.pattern = pattern, .resubscribe = true, .name = name, .ticket = subscription.ticket});
    ++resubscribing_;
  }
}

void Subscriber::on_open() {
  resubscribe(channels_, false);
  resubscribe(patterns_, true);
  if (resubscribing_ == 0) settle();
  flush();
}

void Subscriber::flush() {
  Connection* connection = link_.connection();
  if (outbound_.empty() || connection == nullptr || connection->writing()) return;
  connection->write(outbound_);
}

void Subscriber::on_written() { flush(); }

void Subscriber::on_reply(Reply reply) {
  // In RESP2 a message looks like an answer; the first word tells which it is.
  if (reply.is_array() && reply.elements.size() >= 3) {
    const std::vector<Reply>& words = reply.elements;
    const std::string_view kind = words[0].text;
    if (kind == "message") return message(channels_, words[1].text, {}, words[1].text, words[2].text);
    if (kind == "pmessage" && words.size() >= 4)
      return message(patterns_, words[1].text, words[1].text, words[2].text, words[3].text);
    if (kind == "subscribe") return confirmed(false, false, words[1].text);
    if (kind == "psubscribe") return confirmed(true, false, words[1].text);
    if (kind == "unsubscribe") return confirmed(false, true, words[1].text);
    if (kind == "punsubscribe") return confirmed(true, true, words[1].text);
  }
  // Answers come in the order of the commands, so it is about the first that waits.
  if (reply.is_error() && refused_ && !awaited_.empty())
    refused_(command(awaited_.front().pattern, awaited_.front().gone), reply.text);
  link_.reconnect(reply.is_error() ? "a subscription was refused: " + reply.text
                                   : "what came is not what Redis sends to subscribers");
}

void Subscriber::confirmed(bool pattern, bool gone, std::string_view name) {
  if (awaited_.empty() || awaited_.front().pattern != pattern || awaited_.front().gone != gone ||
      awaited_.front().name != name) {
    link_.reconnect("a subscription was confirmed that nobody had asked for");
    return;
  }
  const Awaited one = std::move(awaited_.front());
  awaited_.pop_front();
  if (one.resubscribe && --resubscribing_ == 0) settle();
  if (gone) return;
  Subscriptions& all = pattern ? patterns_ : channels_;
  const auto found = all.find(name);
  if (found == all.end() || found->second.ticket != one.ticket) return;  // given up or replaced meanwhile
  if (const Done done = std::exchange(found->second.done, nullptr)) guarded(done);
}

void Subscriber::message(const Subscriptions& all, std::string_view key, std::string_view pattern,
                         std::string_view channel, std::string_view payload) {
  const auto found = all.find(key);
  if (found == all.end()) return;  // unsubscribed, and Redis did not know yet
  const std::shared_ptr<const Handler> handler = found->second.handler;  // which may unsubscribe itself
  guarded([&] { (*handler)(pattern, channel, payload); });
}

void Subscriber::settle() {
  link_.settled();
  changed(true);
}

void Subscriber::on_lost() {
  outbound_.clear();
  awaited_.clear();
  resubscribing_ = 0;
  if (was_ready_ && !closed_) metrics_.possible_gaps.add();
  changed(false);
}

void Subscriber::changed(bool ready) {
  if (std::exchange(was_ready_, ready) == ready) return;
  for (const Watcher& watcher : watchers_) watcher(ready);
}

void Subscriber::close() {
  if (std::exchange(closed_, true)) return;
  link_.close();
  channels_.clear();
  patterns_.clear();
  on_lost();
}

}  // namespace roomcast::resp

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <loop/loop.hpp>
#include <redis/error.hpp>
#include <redis/link.hpp>
#include <redis/metrics.hpp>
#include <redis/options.hpp>

namespace roomcast::resp {

/// Subscriptions to channels and patterns, over one connection of their own that comes back for ever. Home
/// only, but for what says "any thread".
///
/// What is subscribed is remembered here: after each reconnect all of it is subscribed again, and only when
/// Redis has confirmed every one is `ready()` true. A refusal (no permission) is logged and tried again like
/// a lost connection. Messages that were published in between are lost; each such interval is counted in
/// `possible_gaps` and logged with its length.
class Subscriber final : private Link::Owner, private loop::Flushable {
 public:
  /// `pattern` is empty for a channel's own subscription. The views are good until the call returns. May call
  /// anything here. An exception is logged; the next message follows.
  using Handler =
      std::function<void(std::string_view pattern, std::string_view channel, std::string_view payload)>;
  using Done = std::function<void()>;
  using Watcher = std::function<void(bool ready)>;
  using Refused = std::function<void(std::string_view command, std::string_view error)>;

  /// `options` is copied; `metrics` must outlive this. Throws std::invalid_argument when TLS cannot be set
  /// up.
  Subscriber(loop::Loop& loop, Options options, Metrics& metrics);
  /// Closes. To be destroyed at home, or when the loop does not run; not inside one of its own callbacks.
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// Begins to connect. Subscriptions may be made before.
  void start();

  /// From when Redis has confirmed it, which `done` is told once, however many reconnects later, every
  /// message on the channel is handed to `handler`. A second subscription to a name takes the place of the
  /// first.
  void subscribe(std::string channel, Handler handler, Done done = {});
  void psubscribe(std::string pattern, Handler handler, Done done = {});
  /// At once: no message is handed out any more.
  void unsubscribe(std::string_view channel);
  void punsubscribe(std::string_view pattern);

  /// Any thread: whether the connection stands and all that was subscribed when it came up is confirmed.
  bool ready() const noexcept { return link_.ready(); }
  /// Is called at home with each change of `ready()`, for as long as this lives. Before `start`.
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

  /// Is called at home with each error that Redis answers, before it is tried again. Before `start`.
  void on_refused(Refused refused) { refused_ = std::move(refused); }

  /// Gives up on the present connection, dials again and resubscribes.
  void reconnect(const std::string& why) { link_.reconnect(why); }
  /// Ends the connection at once and forgets all subscriptions.
  void close();

  std::size_t subscriptions() const noexcept { return channels_.size() + patterns_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  struct Subscription {
    std::shared_ptr<const Handler> handler;
    Done done;
    std::uint64_t ticket = 0;  // of the SUBSCRIBE that made it, on the present connection
  };
  using Subscriptions = std::unordered_map<std::string, Subscription, Hash, std::equal_to<>>;
  struct Awaited {  // one confirmation that Redis owes us
    bool pattern = false;
    bool gone = false;  // of an UNSUBSCRIBE
    bool resubscribe = false;
    std::string name;
    std::uint64_t ticket = 0;
  };

  void on_open() override;
  void on_reply(Reply reply) override;
  void on_written() override;
  void on_lost() override;
  void flush() override;
  void add(Subscriptions& all, bool pattern, std::string name, Handler handler, Done done);
  void remove(Subscriptions& all, bool pattern, std::string_view name);
  void resubscribe(Subscriptions& all, bool pattern);
  void confirmed(bool pattern, bool gone, std::string_view name);
  void message(const Subscriptions& all, std::string_view key, std::string_view pattern,
               std::string_view channel, std::string_view payload);
  void settle();
  void changed(bool ready);

  loop::Loop& loop_;
  const Options options_;
  Metrics& metrics_;
  Link link_;
  std::vector<Watcher> watchers_;
  Refused refused_;
  Subscriptions channels_, patterns_;
  std::string outbound_;
  std::deque<Awaited> awaited_;
  std::size_t resubscribing_ = 0;
  std::uint64_t last_ticket_ = 0;
  bool closed_ = false;
  bool was_ready_ = false;
};

}  // namespace roomcast::resp

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <loop/loop.hpp>
#include <redis/error.hpp>
#include <redis/link.hpp>
#include <redis/metrics.hpp>
#include <redis/options.hpp>

namespace roomcast::resp {

/// Commands to one Redis, over one connection that comes back for ever. Home only, but for what says "any
/// thread".
///
/// - Commands of one turn leave in one write, in order, and handlers are called in that order.
/// - A command that is not written yet waits: `max_outbound_bytes` of them, each for `max_outbound_age`. One
/// that does
///   not fit is refused, so what waits keeps its order; both are counted and their handlers get
///   Error::dropped.
/// - A command that was written is never written again. When the connection dies first its handler gets
///   Error::connection_lost: it may have been done or not.
/// - A handler is called exactly once, possibly before `command` returns (with an error), and may call
/// anything here.
///   With no handler nobody is told. An error that Redis answers is a reply (`is_error()`), not an Error.
class Commands final : private Link::Owner, private loop::Flushable {
 public:
  using Handler = std::function<void(Result)>;
  using Watcher = std::function<void(bool ready)>;

  /// `options` is copied; `metrics` must outlive this. Throws std::invalid_argument when TLS cannot be set
  /// up.
  Commands(loop::Loop& loop, Options options, Metrics& metrics);
  /// Closes. To be destroyed at home, or when the loop does not run; not inside one of its own callbacks.
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// Begins to connect. Commands may be given before.
  void start();

  /// Sends one command. What would spoil the shared connection is refused with Error::not_allowed (see
  /// command_rules.hpp), a PUBLISH whose payload is too large with Error::publish_too_large.
  void command(std::span<const std::string_view> arguments, Handler handler = {});
  void command(std::initializer_list<std::string_view> arguments, Handler handler = {}) {
    command(std::span<const std::string_view>(arguments.begin(), arguments.size()), std::move(handler));
  }
  /// PUBLISH. @return whether it was taken; the handler has been told if not.
  bool publish(std::string_view channel, std::string_view payload, Handler handler = {});
  /// One command that is already formatted (see format.hpp), or several that stay together: written whole or
  /// not at all, and one handler that gets an array of `replies` replies (MULTI … EXEC). Not checked against
  /// the rules.
  void formatted(std::string_view bytes, Handler handler = {});
  void pipeline(std::string_view bytes, std::size_t replies, Handler handler = {});

  /// Any thread: why the command of this name would be refused, or nothing. A PUBLISH whose third argument is
  /// too large is counted.
  std::optional<Error> refusal(std::string_view name, std::size_t third_size) const noexcept;
  /// Any thread: whether a PUBLISH of so many bytes would be sent; one that would not is counted as refused.
  bool publish_allowed(std::size_t payload) const noexcept;
  /// Any thread: whether the connection stands.
  bool ready() const noexcept { return link_.ready(); }
  /// Is called at home with each change of `ready()`, for as long as this lives. Before `start`.
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

  /// Gives up on the present connection and dials again.
  void reconnect(const std::string& why) { link_.reconnect(why); }
  /// Ends the connection at once. What was written gets Error::connection_lost, what waits Error::closed, and
  /// so does what comes later.
  void close();

  std::size_t waiting() const noexcept { return waiting_.size(); }        ///< not written yet
  std::size_t unanswered() const noexcept { return unanswered_.size(); }  ///< written
  const Options& options() const noexcept { return options_; }

 private:
  struct Entry {
    Handler handler{};
    std::size_t bytes = 0;
    loop::TimePoint since{};  // queued, then written
    std::size_t owed = 0;     // replies to a pipeline
    bool pipeline = false;
    std::vector<Reply> gathered{};
  };

  void on_open() override;
  void on_reply(Reply reply) override;
  void on_written() override;
  void on_lost() override;
  void flush() override;
  template <class Append>
  bool enqueue(std::size_t bytes, Entry entry, Append append);
  void drop(const Entry& entry);
  void arm();
  void timer_expired(loop::TimePoint now);
  void changed(bool ready);

  loop::Loop& loop_;
  const Options options_;
  Metrics& metrics_;
  Link link_;
  std::vector<Watcher> watchers_;
  std::string outbound_;  // the bytes of waiting_
  std::deque<Entry> waiting_;
  std::deque<Entry> unanswered_;
  bool closed_ = false;
  bool was_ready_ = false;
  bool dropping_ = false;  // since Redis was away, and the log says so
  loop::MemberTimer<Commands, &Commands::timer_expired> timer_{*this};
};

}  // namespace roomcast::resp

#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include <loop/loop.hpp>
#include <redis/connection.hpp>
#include <redis/metrics.hpp>
#include <redis/options.hpp>
#include <redis/reconnect.hpp>

namespace roomcast::resp {

/// A connection that comes back for ever: dials, gives up on a dial that takes too long, waits, dials again.
/// Logs and counts each attempt: the first failure of an outage as a warning, the further ones at debug
/// level, the end of it with its length. What Commands and Subscriber have in common. Home only, but for
/// `ready`.
class Link final : private Connection::Handler {
 public:
  class Owner {
   public:
    /// The connection stands. The owner calls `settled` as soon as it can be used.
    virtual void on_open() = 0;
    virtual void on_reply(Reply reply) = 0;
    virtual void on_written() = 0;
    /// The connection is gone or was never made; another will follow by itself.
    virtual void on_lost() = 0;

   protected:
    ~Owner() = default;
  };

  /// `role` is for the log ("commands", "subscriber"). Throws std::invalid_argument (see
  /// Connection::make_tls).
  Link(loop::Loop& loop, const Options& options, Metrics& metrics, std::string role, Owner& owner);
  ~Link();

  void start();
  /// Gives up on the present connection, as if it had been lost, and dials again.
  void reconnect(const std::string& why);
  /// The connection can be used: the outage, if there was one, is over.
  void settled();
  void close();

  /// The connection if it is open, or null.
  Connection* connection() noexcept {
    return connection_ && connection_->open() ? connection_.get() : nullptr;
  }
  /// Any thread: whether it has settled.
  bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }

 private:
  void on_open() override;
  void on_reply(Reply reply) override;
  void on_written() override;
  void on_lost(const std::string& why) override;
  void dial();
  void lost(const std::string& why);
  void timer_expired(loop::TimePoint now);

  loop::Loop& loop_;
  const Options& options_;
  Metrics& metrics_;
  const std::string role_;
  Owner& owner_;
  const std::shared_ptr<Connection::Tls> tls_;
  Reconnect reconnect_;
  std::unique_ptr<Connection> connection_;
  std::atomic<bool> ready_{false};
  bool started_ = false;
  loop::MemberTimer<Link, &Link::timer_expired> timer_{
      *this};  // the end of a dial, or the beginning of the next
};

}  // namespace roomcast::resp

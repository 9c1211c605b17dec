#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <loop/loop.hpp>
#include <redis/error.hpp>
#include <redis/options.hpp>

namespace roomcast::resp {

/// One TCP, TLS or Unix connection, from its dial to its end, on one loop. It is never dialled twice: who
/// wants another makes another (see Link). Home only.
///
/// The handshake (AUTH, SELECT, CLIENT SETNAME, PING in one write) is done before `on_open`. There is no
/// deadline in here: an idle connection stays. TCP keep-alive and TCP_USER_TIMEOUT find dead peers.
class Connection {
 public:
  /// Called at home, never from inside a call of the owner's. `on_lost` is the last call, and comes once
  /// unless `close` was called.
  class Handler {
   public:
    virtual void on_open() = 0;
    /// In the order of the commands; pushed messages in between.
    virtual void on_reply(Reply reply) = 0;
    /// What was given to `write` has left; the next may be written.
    virtual void on_written() = 0;
    /// `why` is for the log.
    virtual void on_lost(const std::string& why) = 0;

   protected:
    ~Handler() = default;
  };

  /// The settings of TLS, to be shared by the connections to one Redis. Null without TLS.
  /// Throws std::invalid_argument when the file of authorities cannot be read.
  struct Tls;
  static std::shared_ptr<Tls> make_tls(const Url& url);

  /// Begins to dial; of several addresses the `turn`th first, so that one that swallows packets does not keep
  /// the others from being tried. `options` and `handler` must outlive the connection or its `close`.
  Connection(loop::Loop& loop, const Options& options, std::shared_ptr<Tls> tls, unsigned turn,
             Handler& handler);
  /// Closes.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool open() const noexcept;
  /// Whether a `write` is on its way.
  bool writing() const noexcept;
  /// When a byte came last.
  loop::TimePoint last_read() const noexcept;

  /// Begins to send `bytes` in one write and swaps an empty buffer in. Only while `open()` and not
  /// `writing()`.
  void write(std::string& bytes);
  /// Releases the socket at once. Nothing is called any more. Also from inside a callback.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace roomcast::resp

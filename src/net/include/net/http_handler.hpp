#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <net/http_message.hpp>

namespace roomcast::net {

class HttpConnection;

/// Why a request will never be answered by the floor above.
enum class Aborted : std::uint8_t {
  peer_gone,       ///< the connection ended
  body_too_large,  ///< it was answered with 413
  bad_request,     ///< its body was malformed or too slow, and it was answered so
};

/// One request that waits for its answer: a cheap handle that any thread may copy and keep.
///
/// The first `respond` or `abort` counts; later ones, and those after the peer has gone, do nothing.
class Exchange {
 public:
  Exchange() = default;
  Exchange(std::weak_ptr<HttpConnection> connection, loop::Loop& loop, unsigned number)
      : connection_(std::move(connection)), loop_(&loop), number_(number) {}

  explicit operator bool() const noexcept { return loop_ != nullptr; }
  /// Any thread: the answer leaves at the end of the turn in which the connection's loop gets it.
  void respond(HttpResponse response) const;
  /// Any thread: closes the connection without an answer.
  void abort() const;
  /// Any thread: nobody wants the request's body. What has come of it is freed, what still comes is read, up
  /// to its limit, and not kept; everything else goes on as ever.
  void discard_body() const;
  /// Connection's loop, while handling the request: `gone` runs there if there can be no answer any more.
  void on_abort(std::function<void(Aborted)> gone) const;

  friend bool operator==(const Exchange& a, const Exchange& b) noexcept {
    return a.number_ == b.number_ && !a.connection_.owner_before(b.connection_) &&
           !b.connection_.owner_before(a.connection_);
  }

 private:
  std::weak_ptr<HttpConnection> connection_;
  loop::Loop* loop_ = nullptr;
  unsigned number_ = 0;
};

/// A connection whose peer asked for an upgrade, with what it sent after the request.
struct Upgrade {
  HttpRequest request;
  std::unique_ptr<Connection> connection;
  std::string unread;
};

/// What the floor above makes of requests. Called on the connection's loop.
class HttpHandler {
 public:
  /// A request's head is complete; its body, if it has one, is still to come.
  /// @return how many bytes the body may have. The exchange may be answered at once; then nothing more is
  /// called.
  virtual std::size_t on_head(const HttpRequest& head, const Exchange& exchange) = 0;
  /// The whole request is here.
  virtual void on_request(HttpRequest request, const Exchange& exchange) = 0;
  /// A request with `Connection: upgrade`; the connection is the handler's from here on.
  virtual void on_upgrade(Upgrade upgrade) = 0;

 protected:
  ~HttpHandler() = default;
};

}  // namespace roomcast::net

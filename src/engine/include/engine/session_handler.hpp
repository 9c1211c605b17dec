#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <net/http_message.hpp>

namespace roomcast::engine {

class Session;

/// Why a session ended, as Engine.IO names it.
enum class CloseReason : std::uint8_t {
  transport_close,  ///< the client closed it
  transport_error,  ///< reading or writing failed, or the client broke the protocol of its transport
  ping_timeout,
  parse_error,
  forced_close,  ///< this side closed it
};

/// The wire's text for a reason, e.g. `transport close`.
std::string_view to_string(CloseReason reason) noexcept;

/// What a session tells the floor above it. All calls on the session's loop.
class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  /// The client was sent the open packet: what is sent from here on comes behind it.
  virtual void on_open() {}
  /// A message: valid UTF-8. The view is gone when the call returns.
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::string_view bytes) = 0;
  /// The client began not to take what is sent to it, took some of what had waited, or is ready for more:
  /// `writable` and `buffered_bytes` tell how it stands.
  virtual void on_pressure() {}
  /// The session is about to be closed by this side: what is sent now still goes in front of that.
  virtual void on_closing() {}
  /// The session is over; called once, and nothing after it. `cause` is our finer word for it, or empty.
  virtual void on_close(CloseReason reason, std::string_view cause) = 0;
};

/// Makes the handler of a new session. Called on its loop, before the client knows of the session: nothing
/// can be sent yet. An exception refuses the session.
class SessionAcceptor {
 public:
  /// Whether the request may open a session: nothing if it may, else why not, or "" for the usual words.
  /// Called on its loop, before anything is made.
  virtual std::optional<std::string> refusal(const net::HttpRequest&) { return {}; }
  virtual std::unique_ptr<SessionHandler> on_session(Session& session, const net::HttpRequest& request) = 0;

 protected:
  ~SessionAcceptor() = default;
};

}  // namespace roomcast::engine

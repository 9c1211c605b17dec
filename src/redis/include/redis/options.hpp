#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <redis/reconnect.hpp>
#include <redis/url.hpp>

namespace roomcast::resp {

/// How a connection behaves. The defaults are what the server uses.
struct Options {
  Url url;
  std::string client_name = "roomcast";  ///< shown by CLIENT LIST; no spaces. Empty: not set

  std::size_t max_reply_bytes =
      64 * 1024 * 1024;  ///< a larger reply ends the connection before it is buffered
  std::size_t max_outbound_bytes = 8 * 1024 * 1024;    ///< commands that are not written yet; one always fits
  std::chrono::milliseconds max_outbound_age{10'000};  ///< how long a command waits to be written
  std::size_t max_publish_bytes = 8 * 1024 * 1024;     ///< payload of a PUBLISH
  /// Resolving, connecting, TLS, the handshake and resubscribing together. A SYN that was lost is sent again
  /// by the kernel after 1 s, so this leaves it that chance.
  std::chrono::milliseconds attempt_timeout{2'000};
  /// Commands only: with something unanswered and no byte for this long, the connection counts as dead. Never
  /// applied to a subscriber, which may rightly hear nothing for days.
  std::chrono::milliseconds reply_timeout{3'000};
  Reconnect::Options reconnect;
};

}  // namespace roomcast::resp

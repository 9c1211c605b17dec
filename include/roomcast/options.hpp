#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <roomcast/adapters.hpp>
#include <roomcast/handshake.hpp>
#include <roomcast/tls_options.hpp>

namespace roomcast {

/// How a server does I/O.
enum class IoChoice : std::uint8_t {
  automatic,  ///< the best engine that this machine allows
  epoll,      ///< the portable engine
};

/// Cross-origin access. Mirrors Socket.IO's `cors`, with one difference: an origin that is not listed is
/// refused (HTTP 403, code 4) unless it is the server's own, also for upgrades and for requests with a
/// session id.
struct CorsOptions {
  /// Origins that may connect, such as `https://app.example.com`; `*` allows every origin.
  std::vector<std::string> origin{};
  /// Lets browsers send cookies; not together with `*`.
  bool credentials = false;
  /// Decides about origins that are not listed: a pattern, a table, `return true`. Allowed ones are named
  /// back to the browser one by one. Called on any loop, several times for a request; must not throw.
  std::function<bool(std::string_view origin)> allow{};
  ///@{
  /// What answers to preflight requests allow; without them, every common method and what the browser asks
  /// for.
  std::vector<std::string> methods{};
  std::vector<std::string> allowed_headers{};
  ///@}
  /// Headers of answers that pages may read.
  std::vector<std::string> exposed_headers{};
  /// How long browsers may keep a preflight's answer.
  std::optional<std::chrono::seconds> max_age{};
};

/// Whether browsers send a cookie with requests that other sites cause.
enum class SameSite : std::uint8_t {
  lax,     ///< only when the user goes to the site
  strict,  ///< never
  none,    ///< always; wants `secure`
};

/// A cookie that holds the session's id, for proxies that send a session's requests to one server by it. The
/// server itself does not read it. Mirrors Socket.IO's `cookie`.
struct CookieOptions {
  std::string name = "io";                        ///< without spaces and separators
  std::string path = "/";                         ///< below which it is sent
  std::string domain{};                           ///< empty: this host only
  bool http_only = true;                          ///< not for scripts
  bool secure = false;                            ///< over TLS only
  SameSite same_site = SameSite::lax;             ///< with requests that other sites cause
  std::optional<std::chrono::seconds> max_age{};  ///< without it: until the browser is closed
};

/// Compressing the messages of websockets, for clients that offer it (permessage-deflate, RFC 7692). Each
/// message is compressed by itself, and a broadcast once for all who get it: what it takes is 300 KiB for
/// each loop, and nothing for a client. Mirrors Socket.IO's `perMessageDeflate`.
struct PerMessageDeflate {
  /// In bytes: shorter messages are sent as they are; so are those sent with `compress(false)`, and those
  /// that would not become shorter.
  std::size_t threshold = 1024;
  /// From 1, quick, to 9, small.
  int level = 1;
};

/// Everything that can be chosen about a server. The defaults are those of Socket.IO 4.8; durations and sizes
/// say their unit. Checked when the Server is made: a value that cannot work throws std::invalid_argument,
/// whose text names the member.
struct ServerOptions {
  /// The address to listen on, in numbers; `::` listens on IPv6 and IPv4.
  std::string host = "0.0.0.0";
  /// The TCP port; 0 takes any free one, see Server::port().
  std::uint16_t port = 3000;
  /// Event loops, each with a thread of its own: 1 to 64. 0 means one per core.
  unsigned threads = 0;
  /// How to do I/O.
  IoChoice io = IoChoice::automatic;
  /// Lets several processes listen on one port (SO_REUSEPORT). It also hides that a port is busy.
  bool reuse_port = false;

  /// Serves `https` and `wss` on the port instead of `http` and `ws`. The admin port stays plain.
  std::optional<TlsOptions> tls{};

  /// Where clients find the server. A request is the server's if its raw target begins with this.
  std::string path = "/socket.io/";
  /// Serves the official browser bundles under `path` (`socket.io.js` and its siblings).
  bool serve_client = true;
  ///@{
  /// Transports that clients may use.
  bool polling = true;
  bool websocket = true;
  ///@}
  /// Serves clients of Socket.IO 2 too, which speak Engine.IO 3: they are in `/` at once, their `socket.id`
  /// is that of their session, and they ping instead of the server. Mirrors Socket.IO's `allowEIO3`.
  bool allow_eio3 = false;
  /// Whether a polling client is told that it may move to a websocket.
  bool allow_upgrades = true;

  ///@{
  /// How often the server pings, and how long it waits for the pong before the client is given up.
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds ping_timeout{20'000};
  ///@}
  /// How long a client may take to finish the move from polling to a websocket.
  std::chrono::milliseconds upgrade_timeout{10'000};
  /// The text of a message that every client is sent with the packet that opens its session: a Socket.IO
  /// packet, or whatever clients of Engine.IO alone expect. Mirrors Engine.IO's `initialPacket`; empty: none.
  std::string initial_packet{};
  /// How long a client may stay without joining any namespace.
  std::chrono::milliseconds connect_timeout{45'000};

  /// The longest message from a client, in bytes; also the longest polling body.
  std::size_t max_http_buffer_size = 1'000'000;
  /// Answers to polls that are at least so many bytes long are compressed for clients that accept gzip or
  /// deflate, unless everything in them was sent with `compress(false)`. Nothing: never. Mirrors Socket.IO's
  /// `httpCompression`.
  std::optional<std::size_t> http_compression_threshold = 1024;
  /// Whether messages of websockets are compressed; never, without it.
  std::optional<PerMessageDeflate> per_message_deflate{};
  /// The most binary attachments in one packet, in both directions. Official clients accept 10.
  unsigned max_attachments = 10;
  /// The most packets that may wait for one CONNECT that is still being decided. Those that wait for all
  /// CONNECTs of a client may have `max_http_buffer_size` bytes together. Beyond either the client is closed.
  std::size_t max_early_packets = 64;

  /// The most namespaces that one client may be in, those being decided included. For further ones it is
  /// answered `too many namespaces`.
  std::size_t max_namespaces_per_client = 1'000;

  /// Whether a child of a parent namespace goes when its last client leaves. A child whose first client is
  /// refused goes in any case.
  bool cleanup_empty_child_namespaces = false;
  /// The most children that all parent namespaces have together, those being decided included. Beyond it
  /// clients are answered `Invalid namespace`.
  std::size_t max_child_namespaces = 10'000;

  ///@{
  /// A client that has not read this many bytes, or has read nothing for so long, is closed as a slow
  /// consumer.
  std::size_t max_buffered_bytes = 1 << 20;
  std::chrono::milliseconds max_buffered_age{10'000};
  ///@}
  /// How many bytes may wait for all clients of the server together; 0 means no limit. Beyond it a client
  /// for which no less than an even share waits is closed when it is sent more.
  std::size_t max_total_buffered_bytes = std::size_t{1} << 30;

  /// How long an acknowledgement is waited for when the call does not say, in fan-outs.
  std::chrono::milliseconds ack_timeout{5'000};

  /// Which pages of other origins may connect.
  CorsOptions cors{};
  /// Whether requests from foreign origins are refused; `false` behaves as Node does.
  bool origin_check = true;
  /// Decides whether a client may open a session, before anything is made for it: false refuses with 403 and
  /// `Forbidden` (an upgrade with 400), an exception with its text. The handshake has no `auth` yet. Called
  /// on any loop; must not block. Mirrors Socket.IO's `allowRequest`.
  std::function<bool(const Handshake&)> allow_request{};
  /// Sets a cookie with the answer that opens a polling session; none without it.
  std::optional<CookieOptions> cookie{};
  /// Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are
  /// believed. Without them a client behind a proxy has the proxy's address.
  std::vector<std::string> trusted_proxies{};
  /// Connections from `trusted_proxies` begin with a header of the PROXY protocol, version 1 or 2, in front
  /// of everything else, TLS included, that says who the client is; without one they are closed. All others
  /// are served as ever. Needs `trusted_proxies`.
  bool proxy_protocol = false;

  ///@{
  /// The most clients at a time, in all and from one address, and the most that may come in a second (as many
  /// at once after a quiet second). Others are answered 503 with Retry-After, before `allow_request` is
  /// asked; who is connected notices nothing. Who is refused for another reason then has come too. 0 means no
  /// limit. Behind a proxy an address is the client's only with `trusted_proxies`. IPv6 addresses count by
  /// their /64.
  std::size_t max_clients = 0;
  std::size_t max_clients_per_address = 0;
  double max_handshakes_per_second = 0;
  ///@}
  ///@{
  /// The most TCP connections on the port at a time, in all and from one address, whatever they are for; a
  /// polling client has one or two. Further ones are closed at once: told 503 with Retry-After, or nothing
  /// with `tls`; who is connected notices nothing. 0 means no limit. IPv6 addresses count by their /64.
  /// Connections of `trusted_proxies` count for no address, since `X-Forwarded-For` comes too late, but with
  /// `proxy_protocol` for the client's that their header names.
  std::size_t max_connections = 0;
  std::size_t max_connections_per_address = 0;
  ///@}

  /// Makes the server one of a cluster; see Server::adapter.
  std::optional<AdapterFactory> adapter{};
  /// Whether the server's own port answers `GET /metrics`. Numbers about your users and machine should not
  /// be public: keep the path from the outside at your proxy, or turn this off and use `admin_port`.
  bool metrics = true;
  /// The most event names that have a counter of their own; further ones are counted together as `other`.
  std::size_t max_event_labels = 100;
  /// A second port with `/healthz`, `/readyz` and `/metrics`, and nothing else; 0 takes any free one, see
  /// Server::admin_port(). It answers also while handlers block the loops, and until the server has closed.
  std::optional<std::uint16_t> admin_port{};
  /// Where the second port listens, in numbers.
  std::string admin_host = "127.0.0.1";
  /// Above this many bytes of resident memory the server says that it is not ready; 0 means no limit.
  std::size_t max_ready_memory = 0;

  /// How long `close` waits for clients to take what was sent to them.
  std::chrono::milliseconds drain_timeout{10'000};

  /// Test hook: hands connections to the loops in turn instead of to the one with the fewest.
  bool round_robin = false;
};

}  // namespace roomcast

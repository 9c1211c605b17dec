#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <base/buffered_bytes.hpp>
#include <base/frame.hpp>
#include <base/line_budget.hpp>
#include <base/metrics.hpp>
#include <base/pair_counts.hpp>
#include <engine/message.hpp>
#include <engine/session_handler.hpp>
#include <loop/loop.hpp>
#include <net/content_coding.hpp>
#include <net/http_handler.hpp>
#include <net/websocket_connection.hpp>
#include <protocol/engineio/heartbeat.hpp>
#include <protocol/engineio/packet.hpp>
#include <roomcast/options.hpp>

namespace roomcast::engine {

class Sessions;

/// A session's id: 20 characters.
using Sid = std::array<char, 20>;

/// What all sessions of one loop share.
struct SessionContext {
  const ServerOptions& options;
  const engineio::HeartbeatTiming& timing;
  base::Metrics& metrics;         ///< this loop's
  base::BufferedBytes& buffered;  ///< of this loop
  base::PairCounts& closes;       ///< ended sessions by reason and cause
  base::LineBudget& slow_lines;   ///< for log lines about slow consumers of this loop
  base::LineBudget& large_lines;  ///< and about messages that were too large
  websocket::Deflater& deflater;  ///< of this loop
};

/// How a polling request wants to be answered: decided where it arrived, used where the session lives.
struct Poll {
  net::Exchange exchange;
  net::HttpHeaders headers;                                  ///< CORS and the like, in front of ours
  std::string cookie{};                                      ///< to be set, behind ours
  bool old_browser = false;                                  ///< needs X-XSS-Protection: 0
  net::ContentCoding coding = net::ContentCoding::identity;  ///< of a long answer
};

/// What a client's transport asks for in its query and its headers.
struct Dialect {
  unsigned protocol = 4;               ///< of Engine.IO, 3 or 4
  bool text_only = false;              ///< binary messages travel as base64 where they need not (`b64`)
  bool deflates = false;               ///< long messages travel compressed on a websocket (RFC 7692)
  std::optional<std::string> jsonp{};  ///< polling by scripts: the number of the function to call (`j`)
};

/// One Engine.IO session (a `sid`), whatever transport carries it at the moment.
///
/// Invariants: born, used and destroyed on one loop; either `websocket_` or `polling_` is set, according to
/// the transport, and neither once it has ended; `handler_` is null from the moment it was told of the end.
class Session final : private net::WebSocketHandler {
 public:
  Session(Sessions& owner, const Sid& sid, unsigned protocol);
  ~Session();

  std::string_view sid() const noexcept { return {sid_.data(), sid_.size()}; }
  loop::Loop& loop() const noexcept;
  bool websocket() const noexcept { return websocket_ != nullptr; }
  /// Of Engine.IO: 4, or 3 for clients of Socket.IO 2.
  unsigned protocol() const noexcept { return protocol_; }

  /// Queues a message for the client, in order. Home loop.
  void send(const base::Frame& frame) {
    if (state_ == State::open) send_packet(frame);
  }
  /// Whether `send_joined` may be used.
  bool takes_joined(const base::Frame& all) const noexcept {
    return websocket_ && !text_only_ && protocol_ != 3 && !(deflates_ && all.compressible());
  }
  /// Queues `count` messages, of which `all` is the joined form.
  void send_joined(const base::Frame& all, std::size_t count);
  /// Whether what is sent now leaves with this turn: a GET is pending, or the kernel takes what the websocket
  /// has.
  bool writable() const noexcept {
    return state_ == State::open && (websocket_ ? !websocket_->blocked() : get_pending());
  }
  /// Bytes waiting to be taken by the kernel or by a GET.
  std::size_t buffered_bytes() const noexcept;
  /// Ends the session because its client does not read what it is sent. `why` is for the log and names the
  /// option.
  void give_up_slow_consumer(std::string_view why);
  /// The same because of what waits for all clients together.
  void give_up_for_memory();
  /// Counted here is what waits above the session, too.
  base::BufferedBytes& all_buffered() const noexcept { return context().buffered; }
  /// Ends the session in good order: what was sent still arrives. The handler is told at once: `forced
  /// close`.
  void close(std::string_view cause = {});
  /// Ends it because this server goes away: no GET is waited for. The handler is told `forced close`.
  void shut_down();

  // From Sessions and the requests of this sid:
  void set_handler(std::unique_ptr<SessionHandler> handler) { handler_ = std::move(handler); }
  SessionHandler* handler() const noexcept { return handler_.get(); }
  /// Takes the websocket as the first transport, or polling if it is null; the open packet goes out on it.
  void open(std::unique_ptr<net::WebSocketConnection> websocket, Dialect dialect);
  /// Tells the handler that the open packet is on its way.
  void greet();
  void on_get(Poll poll);
  void on_post_begin(const net::Exchange& exchange);
  void on_post(Poll poll, std::string body, bool octet_stream);
  void on_other_method(const Poll& poll);
  void on_aborted(const net::Exchange& exchange, net::Aborted why);
  /// A websocket for this session: begins an upgrade, or is closed if the session is past that.
  void on_upgrade(std::unique_ptr<net::WebSocketConnection> websocket, std::string unread,
                  const Dialect& dialect);
  void replay(std::string unread) {
    if (websocket_) websocket_->replay(std::move(unread));
  }

 private:
  enum class State : std::uint8_t {
    open,
    closing,  ///< closed by us while no GET was pending: the next ones get what is left, then `6␞1`
    closed,
  };
  class UpgradeAttempt;
  class Polling;

  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_end(const net::WebSocketEnd& end) override;
  void on_pressure() override;
  void on_timer(loop::TimePoint now);

  template <class Reader>
  void read_packets(Reader reader);
  bool on_packet(const engineio::Packet& packet);
  template <class F>
  void guarded(F&& call_handler);
  bool get_pending() const noexcept;
  void send_packet(const base::Frame& frame);
  base::Frame websocket_form(const base::Frame& frame) const;
  void flush_polling();
  void answer_poll(PollingBody body);
  void answer_poll(std::initializer_list<std::string_view> packets);
  void count_websocket() noexcept;
  static net::HttpResponse reply(Poll poll, unsigned status, std::string_view content_type, std::string body);
  void end(CloseReason reason, std::string_view cause, std::string_view to_pending_poll);
  void drop_and_end(std::string_view cause);
  void log_slow_consumer(std::string_view why) const;
  void note_too_large() const;
  void tell_closing();
  void tell_close(CloseReason reason, std::string_view cause);
  void forget();
  void arm_timer();
  void switch_to(std::unique_ptr<net::WebSocketConnection> websocket);

  const SessionContext& context() const noexcept;

  Sessions& owner_;  // which knows what all sessions of the loop share
  const Sid sid_;
  std::unique_ptr<SessionHandler> handler_;
  std::unique_ptr<net::WebSocketConnection> websocket_;
  std::unique_ptr<Polling> polling_;
  engineio::Heartbeat heartbeat_;
  loop::MemberTimer<Session, &Session::on_timer> timer_{*this};
  State state_ = State::open;
  const std::uint8_t protocol_;
  bool by_websocket_ = false;  // counted as one; also while it ends
  bool text_only_ = false;     // the websocket is
  bool deflates_ = false;      // the websocket does
};

}  // namespace roomcast::engine

#pragma once

#include <core/backlog.hpp>
#include <core/delivery.hpp>
#include <engine/session.hpp>

namespace roomcast::core {

class Client;

/// The part of a client that does not keep up: what waits here instead of in its session, as long as rules
/// may still drop some of it, and when it is too much.
///
/// Made for the first packet that needs it, kept until the client goes. While packets wait here all others
/// queue up behind them. The session gets them in pieces as it takes them, at the end of turns. Home loop.
class SlowClient final : private loop::Flushable {
 public:
  explicit SlowClient(Client& client);
  SlowClient(const SlowClient&) = delete;
  SlowClient& operator=(const SlowClient&) = delete;
  ~SlowClient() { session_.loop().unmark(*this); }

  bool empty() const noexcept { return backlog_.empty(); }
  std::size_t bytes() const noexcept { return backlog_.bytes(); }

  /// Keeps the packet if some of what waits may be dropped, else gives it to the session. Closes the client
  /// at the end of the turn if too much waits then: the caller may be in the midst of a room.
  void add(const EncodedPacket& packet, Delivery& how);
  /// The session may be ready for more.
  void resume();
  /// Gives everything to the session, which is about to be closed.
  void give_all();
  /// The session is over.
  void drop_all() noexcept {
    backlog_.clear();
    held_.set(0);
  }

 private:
  enum class TooMuch : std::uint8_t { no, connection, rule, process };

  void flush() override;
  std::size_t max_buffered_bytes() const noexcept;
  void keep(const EncodedPacket& packet, Delivery& how);
  void give_up_later(TooMuch what);

  Client& client_;
  engine::Session& session_;
  Backlog backlog_;
  base::HeldBytes held_;
  TooMuch too_much_ = TooMuch::no;
};

/// Gives a packet to a session: its text, and its attachments behind it.
inline void send(engine::Session& session, const EncodedPacket& packet) {
  session.send(packet.head);
  for (const base::Frame& attachment : packet.attachments) session.send(attachment);
}

}  // namespace roomcast::core

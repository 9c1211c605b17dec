#pragma once

#include <vector>

#include "ledger.hpp"
#include "workload.hpp"

namespace roomcast::app::bench {

/// Every client sends, and each of its messages arrives once, somewhere.
class Requests : public Workload {
 public:
  Requests(const Options& options, EventLoop& loop, Clients& clients, Meter& meter);
  void on_packet(const Client& client, std::string_view packet) final;
  std::uint64_t outstanding() const final;

 protected:
  /// Appends the Engine.IO packet of this message.
  virtual void write(std::string& packet, Message message) = 0;
  /// The message in what has arrived, or nothing if it is none.
  virtual std::optional<Message> read(std::string_view packet) const = 0;
  virtual bool is_for(const Client& client, const Message& message) const = 0;

 private:
  void fill_windows() final;
  void send_next(std::uint64_t count, std::uint64_t sent_at) final;
  void fill_window(std::size_t sender);
  void send(std::size_t sender, std::uint64_t sent_at);

  std::vector<Outstanding> outstanding_;
};

/// To oneself: the server acknowledges with the payload.
class Echoes final : public Requests {
 public:
  using Requests::Requests;

 private:
  void write(std::string& packet, Message message) override;
  std::optional<Message> read(std::string_view packet) const override;
  bool is_for(const Client& client, const Message& message) const override;
};

/// To the room of a random other client; with several servers, to one on another server.
class PrivateMessages final : public Requests {
 public:
  using Requests::Requests;
  std::string room_of(unsigned client) const override;

 private:
  void write(std::string& packet, Message message) override;
  std::optional<Message> read(std::string_view packet) const override;
  bool is_for(const Client& client, const Message& message) const override;
};

}  // namespace roomcast::app::bench

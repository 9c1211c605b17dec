#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "message.hpp"
#include "meter.hpp"
#include "options.hpp"
#include "pacer.hpp"

namespace roomcast::app::bench {

using Clients = std::vector<std::unique_ptr<Client>>;

/// What the clients of a mode send, and what they must be delivered. Everything that arrives is held against
/// the book of what was sent, and counted in the meter.
class Workload {
 public:
  Workload(const Options& options, EventLoop& loop, Clients& clients, Meter& meter);
  virtual ~Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  /// The room that a client joins; "" for none.
  virtual std::string room_of(unsigned client) const;
  virtual void on_packet(const Client& client, std::string_view packet) = 0;
  /// Starts sending.
  void begin();
  /// Sends what is due by now, when there is a rate.
  void send_due();
  /// When that is to be called again.
  std::uint64_t next_due() const;
  /// Stops sending.
  void end() { running_ = false; }
  /// Deliveries that are still to come.
  virtual std::uint64_t outstanding() const = 0;

 protected:
  /// How many times a second `send_next` is to be called; not at all without a rate.
  virtual std::optional<double> sends_per_second() const { return options_.rate; }
  /// Fills every window.
  virtual void fill_windows() = 0;
  /// With a rate: sends the `count`-th message of all. It counts as sent at that time, when it was due.
  virtual void send_next(std::uint64_t count, std::uint64_t sent_at) = 0;

  bool is_windowed() const { return !pacer_.has_value(); }

  const Options& options_;
  EventLoop& loop_;
  Clients& clients_;
  Meter& meter_;
  MessageFormat format_;
  bool running_ = false;
  std::string packet_;  // where the next one is written

 private:
  std::optional<Pacer> pacer_;
};

/// The workload of the mode.
std::unique_ptr<Workload> make_workload(const Options& options, EventLoop& loop, Clients& clients,
                                        Meter& meter);

}  // namespace roomcast::app::bench

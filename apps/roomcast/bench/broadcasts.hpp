#pragma once

#include <vector>

#include "ledger.hpp"
#include "workload.hpp"

namespace roomcast::app::bench {

/// The clients are divided into groups, and each message of a publisher goes to all of its group, itself
/// included. `fanout` is one group, all clients, with one publisher; in `rooms` every group is a room. Client
/// i is in group i modulo their number, and the first clients are the publishers.
class Broadcasts final : public Workload {
 public:
  Broadcasts(const Options& options, EventLoop& loop, Clients& clients, Meter& meter);
  std::string room_of(unsigned client) const override;
  void on_packet(const Client& client, std::string_view packet) override;
  std::uint64_t outstanding() const override { return outstanding_; }

 private:
  struct Publisher {
    std::uint64_t sent = 0;
    std::size_t under_way = 0;  // only with a window
    std::vector<std::uint64_t> left =
        {};  // deliveries that the messages under way lack, by number modulo window
  };

  std::optional<double> sends_per_second() const override;
  void fill_windows() override;
  void send_next(std::uint64_t count, std::uint64_t sent_at) override;
  std::uint64_t members_of(std::uint64_t group) const;
  std::optional<Message> read(std::string_view packet) const;
  void fill_window(std::size_t publisher);
  void send(std::size_t publisher, std::uint64_t sent_at);
  /// One recipient has had, or will never have, the messages [first, end) of a publisher.
  void settle(std::size_t publisher, std::uint64_t first, std::uint64_t end);

  const bool to_rooms_;
  const std::uint64_t groups_;
  std::vector<Publisher> publishers_;
  Streams streams_;
  std::uint64_t outstanding_ = 0;
};

}  // namespace roomcast::app::bench

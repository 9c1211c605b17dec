#pragma once

#include <array>
#include <atomic>
#include <memory>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include <base/buffered_bytes.hpp>
#include <loop/loop.hpp>
#include <net/connection.hpp>
#include <net/outbox.hpp>

namespace roomcast::net {

/// The portable I/O engine: one epoll set per loop, itself watched by the loop's io_context.
///
/// Readiness of all connections is collected in one call per turn, bytes are read into one buffer that all
/// connections of the loop share, and what a turn produced leaves in one gather write per connection.
/// Asio's own per-operation waiting would cost one more system call per message (docs/architecture.md).
class EpollEngine final : public IoEngine {
 public:
  /// What the kernel refuses is counted in `buffered`, which outlives the engine.
  EpollEngine(loop::Loop& loop, OutboxLimits limits, base::BufferedBytes& buffered);
  ~EpollEngine() override;

  std::unique_ptr<Connection> adopt(Descriptor descriptor) override;
  void end_all() override;
  std::size_t open_connections() const noexcept override { return open_.load(std::memory_order_relaxed); }

 private:
  class EpollConnection;
  using Member = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  void wait();
  void collect();

  loop::Loop& loop_;
  const OutboxLimits limits_;
  boost::asio::posix::stream_descriptor epoll_;
  std::atomic<std::size_t> open_{0};
  base::BufferedBytes& buffered_;
  boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> connections_;
  Outbox::Pool chunks_;
  std::array<char, 64 * 1024> buffer_;
  static constexpr std::size_t most_pieces = 64;   // of one write
  static constexpr std::size_t short_piece = 256;  // bytes, on average
  std::array<char, most_pieces * short_piece> gathered_;
};

}  // namespace roomcast::net

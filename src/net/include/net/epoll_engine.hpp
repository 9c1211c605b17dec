#pragma once

#include <array>
#include <atomic>
#include <memory>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

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
  EpollEngine(loop::Loop& loop, OutboxLimits limits);
  ~EpollEngine() override;

  std::unique_ptr<Connection> adopt(Descriptor descriptor) override;
  void end_all() override;
  std::size_t open_connections() const noexcept override { return open_.load(std::memory_order_relaxed); }
  std::uint64_t buffered_bytes() const noexcept override { return refused_bytes_.value(); }

 private:
  class EpollConnection;
  using Member = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  void wait();
  void collect();

  loop::Loop& loop_;
  const OutboxLimits limits_;
  boost::asio::posix::stream_descriptor epoll_;
  std::atomic<std::size_t> open_{0};
  base::Gauge refused_bytes_;
  boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> connections_;
  Outbox::Pool chunks_;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace roomcast::net

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <base/log.hpp>
#include <net/epoll_engine.hpp>

namespace roomcast::net {
namespace {

// One connection's handler must not cost the others their turn.
template <class F>
void guarded(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    base::log::error("a connection's handler threw: {}", e.what());
  } catch (...) {
    base::log::error("a connection's handler threw something that is not a std::exception");
  }
}

}  // namespace

void Connection::retire(std::unique_ptr<Connection> connection) {
  if (!connection) return;
  connection->set_handler(nullptr);
  connection->stop();
  loop::Loop& loop = connection->loop();
  loop.bury(std::move(connection));
}

/// Invariants: registered in the epoll set exactly while `descriptor_` is open; `refused_` exactly while
/// EPOLLOUT is asked for. Level-triggered, so one recv() per readiness is enough.
class EpollEngine::EpollConnection final : public Connection, public Member, private loop::Flushable {
 public:
  EpollConnection(EpollEngine& engine, Descriptor descriptor)
      : Connection(engine.loop_),
        descriptor_(std::move(descriptor)),
        engine_(engine),
        outbox_(engine.chunks_) {
    control(EPOLL_CTL_ADD, EPOLLIN);
    engine_.connections_.push_back(*this);
    engine_.open_.fetch_add(1, std::memory_order_relaxed);
  }
  ~EpollConnection() override { EpollConnection::stop(); }

  void send(base::Frame frame) override {
    if (!descriptor_) return;
    outbox_.push(std::move(frame));
    if (!refused_) return loop().mark_dirty(*this);
    refused_->waiting.set(outbox_.bytes());
    // While the kernel refuses, EPOLLOUT flushes; past the limit one last attempt decides.
    if (over_limit()) loop().mark_dirty(*this);
  }
  std::size_t buffered_bytes() const noexcept override { return outbox_.bytes(); }
  bool blocked() const noexcept override { return refused_ != nullptr; }
  void pause_reading() override { read_when(false); }
  void resume_reading() override { read_when(true); }
  void shutdown_write() override { ::shutdown(descriptor_.get(), SHUT_WR); }

  Detached release() override {
    if (descriptor_) control(EPOLL_CTL_DEL, 0);
    Detached released{.descriptor = std::move(descriptor_), .place = engine_.unseat(*this)};
    descriptor_ = Descriptor();
    if (released.descriptor) engine_.open_.fetch_sub(1, std::memory_order_relaxed);
    stop();
    return released;
  }

  void ready(std::uint32_t events) {
    if (descriptor_ && (events & EPOLLOUT) != 0) write_out();
    if (descriptor_ && handler_ != nullptr && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read();
  }

  void end(EndCause cause) {
    ConnectionHandler* handler = std::exchange(handler_, nullptr);
    stop();
    if (handler != nullptr) handler->on_end(cause);
  }

 private:
  // A connection that had to wait for its reader, and since when.
  struct Refused final : loop::Timer {
    explicit Refused(EpollConnection& connection)
        : owner(connection), waiting(connection.engine_.buffered_) {}
    void expired(loop::TimePoint) override { owner.end(EndCause::slow_consumer); }
    EpollConnection& owner;
    base::HeldBytes waiting;
  };

  void stop() noexcept override {
    loop().unmark(*this);
    refused_.reset();
    outbox_.clear();
    if (Member::is_linked()) Member::unlink();
    if (!descriptor_) return;
    engine_.unseat(*this);
    engine_.open_.fetch_sub(1, std::memory_order_relaxed);
    descriptor_ = Descriptor();  // closing takes it out of the epoll set
  }

  void control(int operation, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    if (::epoll_ctl(engine_.epoll_.native_handle(), operation, descriptor_.get(), &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  void update_interest() {
    control(EPOLL_CTL_MOD,
            (reading_ ? std::uint32_t{EPOLLIN} : 0U) | (refused_ ? std::uint32_t{EPOLLOUT} : 0U));
  }
  void read_when(bool wanted) {
    if (!descriptor_ || reading_ == wanted) return;
    reading_ = wanted;
    update_interest();
  }

  void read() {
    const ssize_t n = ::recv(descriptor_.get(), engine_.buffer_.data(), engine_.buffer_.size(), MSG_DONTWAIT);
    if (n > 0) {
      engine_.bytes_received_.add(static_cast<std::size_t>(n));
      handler_->on_bytes({engine_.buffer_.data(), static_cast<std::size_t>(n)});
    } else if (n == 0) {
      // A peer that has ended its half may still read what it was answered in this very turn.
      if (!outbox_.empty() && !refused_) write_out();
      if (descriptor_) end(EndCause::closed_by_peer);
    } else if (errno != EAGAIN && errno != EINTR) {
      end(EndCause::error);
    }
  }

  // The outbox may grow past its limit within a turn, as long as the kernel took all before it; whoever adds
  // to it after that, and finds it still past the limit, ends the connection.
  void flush() override {
    const bool was_blocked = blocked();
    write_out();
    if (!was_blocked || !blocked() || !over_limit()) return;
    end(outbox_.bytes() > engine_.limits_.max_bytes ? EndCause::slow_consumer : EndCause::memory_ceiling);
  }
  bool over_limit() const noexcept {
    return outbox_.bytes() > engine_.limits_.max_bytes || (refused_ && refused_->waiting.too_much());
  }

  void write_out() {
    if (!descriptor_) return;
    while (!outbox_.empty()) {
      iovec pieces[most_pieces];
      const std::size_t count = outbox_.gather(pieces);
      std::size_t wanted = 0;
      for (std::size_t i = 0; i < count; ++i) wanted += pieces[i].iov_len;
      const ssize_t taken = write({pieces, count}, wanted);
      if (taken < 0 && errno != EAGAIN && errno != EINTR) return end(EndCause::error);
      if (taken > 0) {
        engine_.bytes_sent_.add(static_cast<std::size_t>(taken));
        outbox_.consume(static_cast<std::size_t>(taken));
      }
      if (taken < 0 || static_cast<std::size_t>(taken) < wanted) return block(taken > 0);
    }
    if (refused_) {
      refused_.reset();
      update_interest();
      if (handler_ != nullptr) handler_->on_pressure();
    }
    // What it sent is not drained: it comes back here at the end of this turn.
    if (handler_ != nullptr && outbox_.empty()) handler_->on_drained();
  }

  ssize_t write(std::span<const iovec> pieces, std::size_t bytes) {
    if (pieces.size() == 1) return send_bytes(pieces.front().iov_base, bytes);
    // For each piece the kernel needs longer than it takes to copy a short one.
    if (bytes <= pieces.size() * short_piece) {
      char* to = engine_.gathered_.data();
      for (const iovec& piece : pieces)
        to = std::copy_n(static_cast<const char*>(piece.iov_base), piece.iov_len, to);
      return send_bytes(engine_.gathered_.data(), bytes);
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return ::sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  ssize_t send_bytes(const void* bytes, std::size_t size) const {
    return ::send(descriptor_.get(), bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void block(bool progress) {
    const bool began = !refused_;
    if (began) refused_ = std::make_unique<Refused>(*this);
    refused_->waiting.set(outbox_.bytes());
    if (began || progress) loop().timers().arm(*refused_, loop().now() + engine_.limits_.max_age);
    if (began) update_interest();
    if (handler_ != nullptr) handler_->on_pressure();
  }

  bool reading_ = true;
  Descriptor descriptor_;
  EpollEngine& engine_;
  Outbox outbox_;
  std::unique_ptr<Refused> refused_;
};

EpollEngine::EpollEngine(loop::Loop& loop, OutboxLimits limits, base::BufferedBytes& buffered)
    : loop_(loop), limits_(limits), epoll_(loop.io()), buffered_(buffered) {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_.assign(fd);
  wait();
}

// What still lingers here owns itself and has to be told.
EpollEngine::~EpollEngine() { EpollEngine::end_all(); }

std::unique_ptr<Connection> EpollEngine::adopt(Descriptor descriptor) {
  loop_.assert_home();
  return std::make_unique<EpollConnection>(*this, std::move(descriptor));
}

void EpollEngine::end_all() {
  while (!connections_.empty()) {
    auto& connection = static_cast<EpollConnection&>(connections_.front());
    guarded([&connection] { connection.end(EndCause::error); });
  }
}

void EpollEngine::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      collect();
                      wait();
                    });
}

void EpollEngine::collect() {
  epoll_event events[256];
  const int count = ::epoll_wait(epoll_.native_handle(), events, 256, 0);
  // A connection that is retired meanwhile lives until the turn ends, so no pointer here dangles.
  for (int i = 0; i < count; ++i) {
    guarded([&event = events[i]] { static_cast<EpollConnection*>(event.data.ptr)->ready(event.events); });
  }
}

}  // namespace roomcast::net

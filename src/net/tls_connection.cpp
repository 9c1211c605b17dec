#include <algorithm>
#include <cassert>

#include <base/log.hpp>
#include <net/tls_connection.hpp>
#include <net/websocket_connection.hpp>

namespace roomcast::net {

TlsConnection::TlsConnection(TlsLoop& shared, std::unique_ptr<Connection> below,
                             std::unique_ptr<TlsStream> tls, std::string_view peer)
    : Connection(below->loop()),
      shared_(shared),
      below_(std::move(below)),
      tls_(std::move(tls)),
      waiting_(shared.chunks) {
  if (tls_->state() == TlsStream::State::shaking_hands) peer_ = std::make_unique<std::string>(peer);
  below_->set_handler(this);
}

TlsConnection::~TlsConnection() { TlsConnection::stop(); }

void TlsConnection::send(base::Frame frame) {
  if (!below_ || closed_) return;
  waiting_.push(std::move(frame));
  loop().mark_dirty(*this);
}

std::size_t TlsConnection::buffered_bytes() const noexcept {
  return waiting_.bytes() + (below_ ? below_->buffered_bytes() : 0);
}

void TlsConnection::pause_reading() {
  if (below_) below_->pause_reading();
}

void TlsConnection::resume_reading() {
  if (below_) below_->resume_reading();
}

// The half below is ended once all is out.
void TlsConnection::shutdown_write() {
  if (!below_ || std::exchange(closed_, true)) return;
  encrypt();
  tls_->close();
  pass_output();
  if (below_->buffered_bytes() == 0) below_->shutdown_write();
}

Detached TlsConnection::release() {
  assert(buffered_bytes() == 0);  // the other loop could not tell in which record it is
  Detached released = below_ ? below_->release() : Detached{};
  released.tls = std::move(tls_);
  stop();
  return released;
}

void TlsConnection::on_bytes(std::span<char> wire) {
  using State = TlsStream::State;
  const State before = tls_->state();
  if (before == State::ended) return;
  const std::size_t size = tls_->read(wire, shared_.decrypted);
  pass_output();
  if (before == State::shaking_hands && tls_->shook_hands()) shaken_hands();
  if (size != 0 && handler_ != nullptr) handler_->on_bytes({shared_.decrypted.data(), size});
  if (!below_) return;  // it was given up, or has moved
  if (tls_->state() == State::failed) return fail();
  if (tls_->state() != State::ended) return;
  // What is answered in this turn still leaves. Already encrypted it does so also when the stream below ends
  // in this very turn.
  encrypt();
  pass_output();
  loop().mark_dirty(*this);
}

void TlsConnection::shaken_hands() {
  peer_.reset();
  shared_.metrics.tls_handshakes.add();
  if (!waiting_.empty()) loop().mark_dirty(*this);
}

void TlsConnection::fail() {
  shared_.metrics.tls_failures.add();
  if (peer_) {
    base::log::debug("{}: TLS handshake failed: {}", *peer_, tls_->failure());
  } else {
    base::log::debug("a connection was closed: TLS failed: {}", tls_->failure());
  }
  // An alert tells the peer; what speaks another language gets none.
  if (below_->buffered_bytes() != 0) finish(std::move(below_), {});
  end(EndCause::error);
}

void TlsConnection::on_drained() {
  if (closed_) return below_->shutdown_write();
  if (handler_ != nullptr && waiting_.empty()) handler_->on_drained();
}

void TlsConnection::on_pressure() {
  if (handler_ != nullptr) handler_->on_pressure();
}

void TlsConnection::flush() {
  if (!below_) return;
  encrypt();
  if (tls_->state() == TlsStream::State::failed) return fail();
  if (tls_->state() != TlsStream::State::ended) return pass_output();
  if (!std::exchange(closed_, true)) tls_->close();
  pass_output();
  if (below_->buffered_bytes() != 0) finish(std::move(below_), {});
  end(EndCause::closed_by_peer);
}

void TlsConnection::encrypt() {
  if (waiting_.empty() || tls_->state() == TlsStream::State::shaking_hands) return;
  tls_->expect_output(waiting_.bytes());
  std::array<iovec, 64> pieces;
  while (!waiting_.empty()) {
    std::size_t count = waiting_.gather(pieces);
    const std::string_view first{static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len};
    if (count == 1 || first.size() >= TlsLoop::record_size) {
      tls_->write(first);
      waiting_.consume(first.size());
      continue;
    }
    std::size_t gathered = 0;
    for (; count != 0 && gathered < TlsLoop::record_size; count = waiting_.gather(pieces)) {
      const std::size_t before = gathered;
      for (std::size_t i = 0; i < count && gathered < TlsLoop::record_size; ++i) {
        const std::size_t taken = std::min(pieces[i].iov_len, TlsLoop::record_size - gathered);
        std::copy_n(static_cast<const char*>(pieces[i].iov_base), taken, shared_.gathered.data() + gathered);
        gathered += taken;
      }
      waiting_.consume(gathered - before);
    }
    tls_->write({shared_.gathered.data(), gathered});
  }
}

void TlsConnection::pass_output() {
  if (base::Frame wire = tls_->take_output()) below_->send(std::move(wire));
}

void TlsConnection::end(EndCause cause) {
  ConnectionHandler* handler = std::exchange(handler_, nullptr);
  stop();
  if (handler != nullptr) handler->on_end(cause);
}

void TlsConnection::stop() noexcept {
  loop().unmark(*this);
  waiting_.clear();
  retire(std::move(below_));
}

}  // namespace roomcast::net

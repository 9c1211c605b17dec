#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <sys/uio.h>

#include <base/frame.hpp>

namespace roomcast::net {

/// Frames that wait to be written to one connection, in order.
///
/// Invariants: the first frame lives in the outbox itself and the others in chunks that come from the loop's
/// pool, so that a fan-out allocates nothing per recipient and an idle connection owns nothing;
/// `bytes()` counts what the kernel has not taken yet.
class Outbox {
 public:
  // Two cache lines.
  static constexpr std::size_t frames_per_chunk = 14;
  struct Chunk {
    Chunk* next = nullptr;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::array<base::Frame, frames_per_chunk> frames;
  };
  /// Spare chunks, one pool per loop.
  class Pool {
   public:
    Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

   private:
    friend class Outbox;
    Chunk* take();
    void give(Chunk* chunk) noexcept;
    Chunk* free_ = nullptr;
    std::size_t spare_ = 0;
  };

  explicit Outbox(Pool& pool) noexcept : pool_(&pool) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() { clear(); }

  bool empty() const noexcept { return !first_; }
  std::size_t bytes() const noexcept { return bytes_; }

  void push(base::Frame frame) {
    if (frame.wire().empty()) return;  // the kernel takes nothing of it, so it would never leave
    bytes_ += frame.wire().size();
    if (!first_) {
      first_ = std::move(frame);
      return;
    }
    if (tail_ == nullptr || tail_->end == frames_per_chunk) add_chunk();
    tail_->frames[tail_->end++] = std::move(frame);
  }
  /// Fills `into` with what is to be written next, from the front. @return how many entries were used.
  std::size_t gather(std::span<iovec> into) const noexcept;
  /// The kernel took `n` bytes: drops what is done with.
  void consume(std::size_t n) noexcept;
  void clear() noexcept;

 private:
  void add_chunk();
  void pop() noexcept;

  Pool* pool_;
  base::Frame first_;
  Chunk* head_ = nullptr;
  Chunk* tail_ = nullptr;
  std::size_t sent_of_first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace roomcast::net

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace roomcast::base {

/// What a Frame's payload is: the text of one Engine.IO packet (`4…`, `2`, …) or a bare binary message.
enum class FrameKind : std::uint8_t { text, binary };

/// A further wire form of the same payload, made by the first loop that needs it and shared from then on.
enum class WireForm : std::uint8_t {
  base64,        ///< `b` + base64: a binary message where only text can travel (polling)
  typed,         ///< Engine.IO 3's binary message on a websocket: the packet's type in front of the bytes
  typed_base64,  ///< the same as text, where only that can travel: `b4` + base64
  deflated,      ///< for websockets that take compressed messages; empty where it would not be shorter
};
inline constexpr std::size_t wire_form_count = 4;

/// One encoded message: immutable, reference counted, shared by every recipient on every loop.
///
/// Invariants: the bytes never change after `FrameBuilder::finish`; `wire()` is the payload with its
/// WebSocket header directly in front of it, in the same allocation. Server frames are unmasked
/// (RFC6455§5.1), which is why one wire form serves all recipients.
///
/// Any thread may copy, read and destroy a Frame.
class Frame {
 public:
  Frame() noexcept = default;
  Frame(const Frame& other) noexcept : block_(other.block_) { retain(); }
  Frame(Frame&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Frame& operator=(Frame other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Frame() { release(); }

  explicit operator bool() const noexcept { return block_ != nullptr; }
  friend bool operator==(const Frame& a, const Frame& b) noexcept { return a.block_ == b.block_; }

  FrameKind kind() const noexcept { return block_->kind; }
  bool binary() const noexcept { return kind() == FrameKind::binary; }
  /// Whether transports may compress it.
  bool compressible() const noexcept { return block_->compressible; }

  /// The message without any header. Good for as long as a Frame that shares it lives.
  std::string_view payload() const noexcept { return {bytes() + headroom, block_->size}; }

  /// The WebSocket form: header, then payload.
  std::string_view wire() const noexcept {
    return {bytes() + headroom - block_->header_size, block_->header_size + block_->size};
  }

  /// The given further form, which lives as long as this Frame. `build(payload)` makes it, a Frame; it runs
  /// once per Frame, or, when several loops need the form at the same moment, once on each of those with one
  /// result kept.
  template <class Build>
  Frame form(WireForm which, Build&& build) const {
    std::atomic<Block*>& slot = block_->forms[static_cast<std::size_t>(which)];
    Block* made = slot.load(std::memory_order_acquire);
    if (made == nullptr) made = publish(slot, build(payload()));
    Frame form(made);
    form.retain();
    return form;
  }

 private:
  friend class FrameBuilder;
  static constexpr std::size_t headroom = 10;  // the longest header that a server sends: RFC6455§5.2

  struct Block {
    std::atomic<std::uint32_t> references{1};
    FrameKind kind{FrameKind::text};
    std::uint8_t header_size{0};
    bool compressible{true};
    std::size_t size{0};
    std::atomic<Block*> forms[wire_form_count]{};
  };  // `headroom` bytes and the payload follow in the same allocation

  // References that this thread has taken in advance for copies of one block.
  struct Credit {
    Block* block;
    std::uint32_t left;
    std::uint32_t taken;  // how often
  };
  // References that this thread is to give back, in a table by address.
  struct Debts {
    struct Debt {
      Block* block;
      std::uint32_t references;
    };
    std::uint64_t used;  // a bit for each entry
    std::array<Debt, 64> entries;

    static std::size_t place(const Block* block) noexcept {
      const auto address = reinterpret_cast<std::uintptr_t>(block);
      return (address >> 4 ^ address >> 10) % 64;
    }
  };

  explicit Frame(Block* block) noexcept : block_(block) {}
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(block_ + 1); }
  void retain() const noexcept {
    if (block_ == nullptr) return;
    if (credit_.block == block_) {
      if (credit_.left == 0) take_credit();
      --credit_.left;
    } else {
      block_->references.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void release() noexcept {
    if (block_ == nullptr) return;
    // Who has the only reference is alone: nobody can take another one.
    if (block_->references.load(std::memory_order_acquire) == 1) {
      destroy(block_);
    } else if (Debts* debts = debts_) {
      Debts::Debt& debt = debts->entries[Debts::place(block_)];
      if (debt.block == block_) {
        ++debt.references;
      } else {
        owe(*debts, block_);
      }
    } else {
      give_back(block_, 1);
    }
  }
  static void take_credit() noexcept;
  static void owe(Debts& debts, Block* block) noexcept;
  static void give_back(Block* block, std::uint32_t references) noexcept {
    if (block->references.fetch_sub(references, std::memory_order_acq_rel) == references) destroy(block);
  }
  static void destroy(Block* block) noexcept;
  static Block* publish(std::atomic<Block*>& slot, Frame made) noexcept;

  friend class FrameCopies;
  friend class FrameReleases;
  static inline constinit thread_local Credit credit_{nullptr, 0, 0};
  static inline constinit thread_local Debts* debts_ = nullptr;

  Block* block_ = nullptr;
};

/// While it lives the calling thread counts its copies of one Frame in bulk: for a message that goes to many.
/// The count is one cache line for all threads that share the Frame, and an atomic operation for each
/// recipient would be a good part of what a recipient costs. The Frame must live as long.
class FrameCopies {
 public:
  explicit FrameCopies(const Frame& frame) noexcept : before_(Frame::credit_) {
    Frame::credit_ = {frame.block_, 0, 0};
  }
  FrameCopies(const FrameCopies&) = delete;
  FrameCopies& operator=(const FrameCopies&) = delete;
  ~FrameCopies() {
    if (Frame::credit_.left != 0) Frame::give_back(Frame::credit_.block, Frame::credit_.left);
    Frame::credit_ = before_;
  }

 private:
  Frame::Credit before_;
};

/// While it lives Frames that the calling thread gives up are counted out together at its end, but for those
/// that nobody shares: for a turn that writes one message to many. Not to be nested.
class FrameReleases {
 public:
  FrameReleases() noexcept { Frame::debts_ = &all_of_thread_; }
  FrameReleases(const FrameReleases&) = delete;
  FrameReleases& operator=(const FrameReleases&) = delete;
  ~FrameReleases();

 private:
  // All null but while one of these lives.
  static inline constinit thread_local Frame::Debts all_of_thread_{};
};

/// A growing byte buffer that becomes a Frame without a copy: every encoder writes into one of these.
/// One thread at a time.
class FrameBuilder {
 public:
  explicit FrameBuilder(std::size_t expected = 256);
  FrameBuilder(FrameBuilder&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), size_(other.size_), capacity_(other.capacity_) {}
  FrameBuilder& operator=(FrameBuilder&&) = delete;
  ~FrameBuilder();

  void append(char c) {
    if (size_ == capacity_) grow(1);
    data()[size_++] = c;
  }
  void append(std::string_view text) {
    char* to = extend(text.size());
    text.copy(to, text.size());
  }
  /// Adds `n` bytes for the caller to fill, and returns where they begin. Good until the next append.
  char* extend(std::size_t n) {
    if (capacity_ - size_ < n) grow(n);
    char* to = data() + size_;
    size_ += n;
    return to;
  }
  void set_compressible(bool compressible) noexcept { block_->compressible = compressible; }
  /// Forgets all bytes after the first `n`.
  void truncate(std::size_t n) noexcept { size_ = n; }

  std::size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {data(), size_}; }

  /// Makes the Frame. `header` (at most 10 bytes) is put directly in front of the payload.
  /// The builder must not be used afterwards.
  Frame finish(FrameKind kind, std::string_view header) &&;

 private:
  char* data() noexcept { return reinterpret_cast<char*>(block_ + 1) + Frame::headroom; }
  const char* data() const noexcept { return reinterpret_cast<const char*>(block_ + 1) + Frame::headroom; }
  void grow(std::size_t n);

  Frame::Block* block_;
  std::size_t size_ = 0;
  std::size_t capacity_;
};

}  // namespace roomcast::base

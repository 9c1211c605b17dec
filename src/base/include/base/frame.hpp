#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace roomcast::base {

/// What a Frame's payload is: the text of one Engine.IO packet (`4…`, `2`, …) or a bare binary message.
enum class FrameKind : std::uint8_t { text, binary };

/// A further wire form of the same payload, made by the first loop that needs it and shared from then on.
enum class WireForm : std::uint8_t {
  base64,  ///< `b` + base64: a binary message where only text can travel (polling)
};
inline constexpr std::size_t wire_form_count = 1;

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

  /// The message without any header. Good for as long as a Frame that shares it lives.
  std::string_view payload() const noexcept { return {bytes() + headroom, block_->size}; }

  /// The WebSocket form: header, then payload.
  std::string_view wire() const noexcept {
    return {bytes() + headroom - block_->header_size, block_->header_size + block_->size};
  }

  /// The given further form. `build(payload)` makes its bytes; it runs once per Frame, or, when several
  /// loops need the form at the same moment, once on each of those with one result kept.
  template <class Build>
  std::string_view form(WireForm which, Build&& build) const {
    std::atomic<std::string*>& slot = block_->forms[static_cast<std::size_t>(which)];
    std::string* made = slot.load(std::memory_order_acquire);
    if (made == nullptr) made = publish(slot, new std::string(build(payload())));
    return *made;
  }

 private:
  friend class FrameBuilder;
  static constexpr std::size_t headroom = 10;  // the longest header that a server sends: RFC6455§5.2

  struct Block {
    std::atomic<std::uint32_t> references{1};
    FrameKind kind{FrameKind::text};
    std::uint8_t header_size{0};
    std::size_t size{0};
    std::atomic<std::string*> forms[wire_form_count]{};
  };  // `headroom` bytes and the payload follow in the same allocation

  explicit Frame(Block* block) noexcept : block_(block) {}
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(block_ + 1); }
  void retain() const noexcept {
    if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    if (block_ != nullptr && block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(block_);
  }
  static void destroy(Block* block) noexcept;
  static std::string* publish(std::atomic<std::string*>& slot, std::string* made) noexcept;

  Block* block_ = nullptr;
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

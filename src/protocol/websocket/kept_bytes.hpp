#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>

namespace roomcast::websocket {

/// The part of a message that had to be kept. It grows by half, so that what is allocated stays below 1.5 ×
/// what arrived, and with realloc, so that a large block grows by moving pages and never exists twice.
class KeptBytes {
 public:
  std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

  /// Adds `n` bytes for the caller to fill. No more than `most` bytes will ever be needed, as far as known.
  char* extend(std::size_t n, std::size_t most) {
    if (capacity_ - size_ < n) grow(size_ + n, most);
    char* to = bytes_.get() + size_;
    size_ += n;
    return to;
  }

 private:
  void grow(std::size_t needed, std::size_t most) {
    const std::size_t wanted = std::max(needed, std::min(most, capacity_ + capacity_ / 2));
    void* memory = std::realloc(bytes_.get(), wanted);
    if (memory == nullptr) throw std::bad_alloc();
    static_cast<void>(bytes_.release());
    bytes_.reset(static_cast<char*>(memory));
    capacity_ = wanted;
  }

  struct Free {
    void operator()(char* bytes) const noexcept { std::free(bytes); }
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace roomcast::websocket

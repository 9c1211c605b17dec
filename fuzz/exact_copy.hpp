#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

/// A copy of some bytes whose memory ends with them, so that AddressSanitizer sees who reads on.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes) : bytes_(new char[bytes.size()]), size_(bytes.size()) {
    std::ranges::copy(bytes, bytes_.get());
  }
  ExactCopy(const std::uint8_t* data, std::size_t size)
      : ExactCopy(std::string_view(reinterpret_cast<const char*>(data), size)) {}

  std::string_view view() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

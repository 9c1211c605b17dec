#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roomcast::msgpack {

/// Appends MessagePack to a string: the bytes that notepack.io 3.0.1 makes of the same values, always with
/// the shortest header. The caller keeps the order: an array's header, then that many values; a map's header,
/// then that many keys and values in turn. One thread at a time; the string must outlive the writer.
class Writer {
 public:
  explicit Writer(std::string& out) noexcept : out_(&out) {}

  void nil();
  void boolean(bool value);
  /// Integers keep all their digits. JavaScript rounds those past 2^53 when it reads them.
  void integer(std::int64_t value);
  void natural(std::uint64_t value);
  /// A whole number that fits 64 bits is written as an integer (-0 as 0), every other as a double.
  void number(double value);
  /// `text` should be UTF-8; it is written as it is.
  void string(std::string_view text);
  void binary(std::string_view bytes);
  /// Strings, binaries, arrays and maps have at most 2^32 - 1 bytes or elements. Throws std::length_error.
  void array(std::size_t elements);
  void map(std::size_t members);

 private:
  void byte(unsigned value) { out_->push_back(static_cast<char>(value)); }
  template <class T>
  void format(unsigned first, T big_endian);
  void length(unsigned format16, std::size_t length);

  std::string* out_;
};

}  // namespace roomcast::msgpack

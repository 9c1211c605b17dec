#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/msgpack/error.hpp>

namespace roomcast::msgpack {

enum class Type : unsigned char {
  nil,
  boolean,
  integer,  ///< negative
  natural,  ///< whole and not negative
  number,   ///< a double or a float
  string,
  binary,
  array,
  map,
  undefined,  ///< extension 0 of one byte, as notepack writes undefined
  date,       ///< extension -1, or extension 0 of eight bytes
};

/// The head of a value; of scalars, strings and binaries the whole value.
struct Token {
  Type type = Type::nil;
  bool boolean = false;
  std::int64_t integer = 0;   ///< of an `integer`
  std::uint64_t natural = 0;  ///< of a `natural`; elements of an `array`, members of a `map`
  double number = 0;       ///< of a `number`; of a `date`: milliseconds since 1970, NaN if there is no such
  std::string_view bytes;  ///< of a `string` (not checked to be UTF-8) or `binary`; a view of the input
};

/// Walks MessagePack bytes from front to back. Accepts every standard format, short or long.
///
/// A length is believed only when that many bytes are there; what an array or map announces costs nothing
/// until its elements are read. After an error the position is unspecified, and the reader of no further use.
/// No allocation; cheap to copy; the input must outlive it and the views that it gives.
class Reader {
 public:
  explicit Reader(std::string_view input) noexcept : at_(input.data()), end_(input.data() + input.size()) {}

  bool at_end() const noexcept { return at_ == end_; }
  /// What has not been read.
  std::string_view rest() const noexcept { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  /// Takes one scalar, string or binary, or the header of an array or map, whose elements come next.
  boost::system::result<Token> next() noexcept;

  /// The same if it is of the wanted type, else `Error::wrong_type`: the text; the number of elements; the
  /// number of members.
  boost::system::result<std::string_view> string() noexcept;
  boost::system::result<std::size_t> array() noexcept { return header(Type::array); }
  boost::system::result<std::size_t> map() noexcept { return header(Type::map); }

  /// Takes one whole value with all that is in it. @return its bytes. Checks everything that `to_json` will
  /// ask for but UTF-8, keys and placeholders; arrays and maps may nest `max_depth` deep (`[]` is 1 deep).
  boost::system::result<std::string_view> skip(unsigned max_depth = 512) noexcept;

  /// Nothing if all was read, else `Error::trailing_bytes`.
  boost::system::result<void> expect_end() const noexcept;

 private:
  boost::system::result<std::size_t> header(Type wanted) noexcept;

  const char* at_;
  const char* end_;
};

}  // namespace roomcast::msgpack

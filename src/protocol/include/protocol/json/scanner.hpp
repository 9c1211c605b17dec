#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

namespace roomcast::json {

/// How deep a text may nest when the caller does not say, and at most if it does.
inline constexpr unsigned default_max_depth = 512;
inline constexpr unsigned highest_max_depth = 1024;

/// Where the elements of an array end, as `validate` met them: so that walking a short array needs no second
/// look at it.
struct Commas {
  static constexpr std::size_t most = 3;
  std::array<std::uint32_t, most> at{};  ///< offsets of the first commas between elements
  std::uint32_t count = most + 1;        ///< of all of them; above `most` they are not all known
};

/// Checks that `text` is one JSON text: exactly what JSON.parse accepts (RFC 8259), whitespace around it
/// allowed, arrays and objects nested at most `max_depth` deep (`[]` is 1 deep; values above
/// `highest_max_depth` count as that). One pass, no recursion, no allocation.
/// `text` must be valid UTF-8, which is not checked again here.
/// If the text is an array, `commas` receives where its elements end.
/// @return nothing, or `Error::syntax`, or `Error::too_deep`.
boost::system::result<void> validate(std::string_view text, unsigned max_depth = default_max_depth,
                                     Commas* commas = nullptr) noexcept;

enum class Kind : unsigned char { null, boolean, number, string, array, object };

/// The kind of a valid JSON value, told by its first byte that is not whitespace.
Kind kind_of(std::string_view value) noexcept;

/// `text` without JSON whitespace around it.
std::string_view trim(std::string_view text) noexcept;

/// Walks the elements of one array, without going into them.
/// `array_text` must have passed `validate` and must outlive the cursor and the elements it gives; any
/// other text gives nonsense, but never a read outside of it. No allocation; cheap to copy.
class ArrayCursor {
 public:
  /// Text of another kind than an array has no elements.
  explicit ArrayCursor(std::string_view array_text) noexcept;
  /// The same where `validate` has told the commas: `array_text` begins where the text began.
  ArrayCursor(std::string_view array_text, const Commas& commas) noexcept;

  /// Moves on: true with the text of the next element, trimmed of whitespace, or false at the end.
  bool next(std::string_view& element) noexcept;

  /// The text of all elements that `next` has not given yet, commas between them, without the closing
  /// bracket: `["a",1,2]` after one `next` has `1,2`. Lets a relay copy the remaining arguments at once.
  std::string_view rest() const noexcept;

 private:
  const char* at_;              // the first byte of the next element, or end_
  const char* end_;             // the closing bracket
  const char* text_ = nullptr;  // what the offsets of commas_ count from; null: they are not known
  std::uint32_t given_ = 0;
  Commas commas_;
};

/// The same for the members of one object, in the order of the text; a repeated key is given each time.
class ObjectCursor {
 public:
  explicit ObjectCursor(std::string_view object_text) noexcept;

  /// True with the next member: its key as it stands in the text, quotes and escapes included (compare it
  /// with `equals`, see reader.hpp), and its value, trimmed.
  bool next(std::string_view& raw_key, std::string_view& value) noexcept;

 private:
  const char* at_;
  const char* end_;
};

}  // namespace roomcast::json

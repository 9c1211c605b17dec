#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <roomcast/error.hpp>

namespace roomcast {

/// Binary data: travels as an attachment, arrives in JavaScript as a Buffer or an ArrayBuffer.
class Bytes : public std::vector<unsigned char> {
 public:
  using vector::vector;
  /// The bytes of `text`.
  explicit Bytes(std::string_view text) : vector(text.begin(), text.end()) {}
  /// The bytes as text; good as long as they are.
  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(data()), size()}; }
};

namespace detail {

// The text of a received packet's arguments and its attachments, kept because somebody holds a part of it.
// One allocation, with all bytes that it views behind it.
struct Payload {
  std::string_view text;
  std::span<const std::string_view> attachments;
  static std::shared_ptr<const Payload> keep(std::string_view text,
                                             std::span<const std::string_view> attachments);
};

// What an argument is read from: JSON text, and the attachments its placeholders refer to. Until somebody
// keeps a part of it, it only views the receive buffer.
struct PayloadRef {
  std::string_view text;
  std::span<const std::string_view> attachments;
  std::shared_ptr<const Payload> owner;
  const std::shared_ptr<const Payload>& own();
  /// Bytes, attachments included.
  std::size_t size() const noexcept {
    std::size_t sum = text.size();
    for (const std::string_view attachment : attachments) sum += attachment.size();
    return sum;
  }
};

struct Source {
  std::string_view json;  // lies in payload->text
  PayloadRef* payload;
};

}  // namespace detail

/// One value of an event as it travelled: JSON text, with the bytes that it refers to. Immutable and cheap to
/// copy; relaying one costs no parsing, and the sender's text is kept to the letter.
///
/// Any thread may use its own copy.
class Value {
 public:
  /// null
  Value() = default;
  /// Any value that can be emitted; see encode.hpp.
  template <class T>
  static Value of(const T& value);
  /// Takes JSON text. Throws std::invalid_argument if it is not one JSON value.
  static Value parse(std::string_view json);

  /// The JSON text; binary data appears as `{"_placeholder":true,"num":…}`.
  std::string_view json() const noexcept { return json_; }

  ///@{
  /// What kind of JSON value it is.
  bool is_null() const noexcept { return json_ == "null"; }
  bool is_object() const noexcept { return json_.front() == '{'; }
  bool is_array() const noexcept { return json_.front() == '['; }
  bool is_string() const noexcept { return json_.front() == '"'; }
  ///@}
  /// Whether the event that it came with brought binary data.
  bool has_binary() const noexcept { return payload_ && !payload_->attachments.empty(); }

  /// Converts. Throws ConversionError.
  template <class T>
  T as() const;
  /// Converts. @return false, with `out` unspecified, if the value is something else.
  template <class T>
  bool to(T& out) const;
  /// The member `key` of an object, or null.
  Value operator[](std::string_view key) const;
  /// The element `index` of an array, or null.
  Value operator[](std::size_t index) const;

  /// For the library: a part of a packet.
  Value(std::shared_ptr<const detail::Payload> payload, std::string_view json) noexcept
      : payload_(std::move(payload)), json_(json) {}
  /// The binary data that the placeholders of `json` refer to; views, good as long as a copy of this is.
  std::span<const std::string_view> attachments() const noexcept;

 private:
  std::shared_ptr<const detail::Payload> payload_;
  std::string_view json_ = "null";
};

/// All arguments of an event or of an acknowledgement, without the event's name. Immutable and cheap to copy.
class Args {
 public:
  Args() = default;
  /// These values, one argument each.
  explicit Args(std::vector<Value> values) noexcept : values_(std::move(values)) {}

  ///@{
  /// How many there are, and each in turn.
  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  auto begin() const noexcept { return values_.begin(); }
  auto end() const noexcept { return values_.end(); }
  ///@}
  /// null when there are fewer.
  const Value& operator[](std::size_t index) const noexcept;

  /// Converts one argument. Throws ConversionError.
  template <class T>
  T get(std::size_t index) const {
    return (*this)[index].template as<T>();
  }

 private:
  std::vector<Value> values_;
};

}  // namespace roomcast

#include <roomcast/decode.hpp>
#include <roomcast/encode.hpp>

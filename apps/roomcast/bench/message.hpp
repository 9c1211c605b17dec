#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace roomcast::app::bench {

/// What a message says of itself.
struct Message {
  std::uint64_t sender = 0;
  std::uint64_t number = 0;  ///< the how many-th of its sender
  std::uint64_t sent_at = 0;
  std::uint64_t room = 0;  ///< only in those that go to one
  bool has_room = false;

  bool operator==(const Message&) const = default;
};

/// Writes messages as JSON objects, and reads them back so that nothing can have changed unseen: {"to":"…:7",
/// "c":sender,"n":number,"t":sent_at,"p":"…"}. The payload's letters depend on sender and number.
class MessageFormat {
 public:
  /// @param bytes the payload's length
  /// @param run   sets the rooms of this run apart from those of others on the same servers
  MessageFormat(std::size_t bytes, std::string run);

  /// Appends the object.
  void write(std::string& out, const Message& message) const;
  /// Reads an object that has exactly the members that were written, in any order.
  std::optional<Message> read(std::string_view object) const;

  void write_room(std::string& out, std::uint64_t room) const;

 private:
  std::string_view payload_of(std::uint64_t sender, std::uint64_t number) const;

  std::size_t bytes_;
  std::string letters_;
  std::string run_;
};

void append_number(std::string& out, std::uint64_t number);

/// Reads from the front of a text. Inline, since this is most of what a delivery costs the generator.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool take(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  bool number(std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc()) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return true;
  }
  /// Up to, and without, the next quote.
  bool until_quote(std::string_view& value);
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

}  // namespace roomcast::app::bench

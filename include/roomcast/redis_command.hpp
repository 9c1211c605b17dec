#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roomcast {

/// What may be an argument of a command: text or bytes, or a whole number.
template <class T>
concept RedisArgument = std::convertible_to<const T&, std::string_view> ||
                        (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>);

/// A command with its arguments, already in the form in which it is sent; the arguments are copied. It is
/// made in place, `co_await client.command({"EXPIRE", key, 60})`, or step by step with `add`. (Not a
/// std::initializer_list, which GCC 12 cannot compile inside a `co_await` expression.)
class RedisCommand {
 public:
  RedisCommand() = default;
  /// The command and its arguments, in place.
  template <RedisArgument... Arguments>
    requires(sizeof...(Arguments) > 0)
  explicit(false) RedisCommand(const Arguments&... arguments) {
    (add(arguments), ...);
  }

  ///@{
  /// Adds an argument; numbers in decimal.
  RedisCommand& add(std::string_view argument);
  template <std::integral T>
    requires RedisArgument<T>
  RedisCommand& add(T number) {
    char text[24];
    return add(std::string_view(text, std::to_chars(text, text + sizeof text, number).ptr));
  }
  ///@}

  /// Whether there is nothing in it, not even a name.
  bool empty() const noexcept { return size_ == 0; }
  /// How many arguments, with the command's name.
  std::size_t size() const noexcept { return size_; }
  /// The command, as it was given.
  const std::string& name() const noexcept { return name_; }
  /// The length of the third argument, which is a PUBLISH's message.
  std::size_t third_size() const noexcept { return third_size_; }
  /// Appends it as it is sent.
  void append_to(std::string& out) const;

 private:
  std::string arguments_;  // each with its length
  std::string name_;
  std::size_t size_ = 0;
  std::size_t third_size_ = 0;
};

/// Commands that are executed together. Made in place from up to eight, or step by step with `add`.
class RedisTransaction {
 public:
  RedisTransaction() = default;
  /// The commands, in place; empty ones are none.
  explicit(false) RedisTransaction(const RedisCommand& first, const RedisCommand& second = {},
                                   const RedisCommand& third = {}, const RedisCommand& fourth = {},
                                   const RedisCommand& fifth = {}, const RedisCommand& sixth = {},
                                   const RedisCommand& seventh = {}, const RedisCommand& eighth = {});

  /// Adds a command.
  RedisTransaction& add(RedisCommand command) {
    commands_.push_back(std::move(command));
    return *this;
  }
  /// In the order in which they are executed.
  const std::vector<RedisCommand>& commands() const noexcept { return commands_; }

 private:
  std::vector<RedisCommand> commands_;
};

}  // namespace roomcast

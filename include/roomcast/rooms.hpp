#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roomcast {

/// One room or several, as Socket.IO's methods take a string or an array: `io.to("a")`, `io.to({"a", "b"})`,
/// `io.to(names)`. A plain value that is made from these by itself.
class Rooms {
 public:
  /// One: anything that is a string.
  template <class Name>
    requires std::constructible_from<std::string, Name> && (!std::same_as<std::remove_cvref_t<Name>, Rooms>)
  // NOLINTNEXTLINE(google-explicit-constructor): what stands where rooms are wanted is a room's name
  Rooms(Name&& room) {
    names_.emplace_back(std::forward<Name>(room));
  }
  /// Several, or none.
  Rooms(std::initializer_list<std::string_view> rooms) : names_(rooms.begin(), rooms.end()) {}
  /// The same.
  // NOLINTNEXTLINE(google-explicit-constructor): as of one name
  Rooms(std::vector<std::string> rooms) noexcept : names_(std::move(rooms)) {}

  /// The names, in the order given.
  const std::vector<std::string>& names() const& noexcept { return names_; }
  /// The same, moved out.
  std::vector<std::string> names() && noexcept { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

}  // namespace roomcast

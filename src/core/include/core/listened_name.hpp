#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <base/event_names.hpp>

namespace roomcast::core {

/// The name of an event that a socket listens to, in the size of a pointer: thousands of sockets listen to
/// the same few names, so a name that has an entry of its own is not copied. That entry must outlive this.
class ListenedName {
 public:
  /// `entry` may be null: then the name is kept here.
  ListenedName(const base::EventNames::Entry* entry, std::string_view name)
      : bits_(entry != nullptr ? reinterpret_cast<std::uintptr_t>(&entry->name)
                               : reinterpret_cast<std::uintptr_t>(new std::string(name)) | owned) {}
  ListenedName(ListenedName&& other) noexcept : bits_(std::exchange(other.bits_, 0)) {}
  ListenedName& operator=(ListenedName&& other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }
  ~ListenedName() {
    if ((bits_ & owned) != 0) delete pointer();
  }

  std::string_view view() const noexcept { return *pointer(); }

 private:
  static constexpr std::uintptr_t owned = 1;
  static_assert(alignof(std::string) > owned);
  std::string* pointer() const noexcept { return reinterpret_cast<std::string*>(bits_ & ~owned); }

  std::uintptr_t bits_;
};

}  // namespace roomcast::core

#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace roomcast::base {

/// Numbers for the names of events, so that counting an event needs no look-up: the first `most` names get
/// one each, all others share 0, which is called `other`.
///
/// Names are never forgotten, so a look-up takes no lock; only a new name does. Any thread.
class EventNames {
 public:
  explicit EventNames(std::size_t most);
  EventNames(const EventNames&) = delete;
  EventNames& operator=(const EventNames&) = delete;
  ~EventNames();

  struct Entry {
    std::string name;
    std::size_t number;
  };
  /// The name's entry, which lives as long as this; made if a number is left, otherwise null.
  const Entry* find(std::string_view name);
  /// The name's number, given out if there is one left.
  std::size_t number_of(std::string_view name) {
    const Entry* entry = find(name);
    return entry == nullptr ? 0 : entry->number;
  }
  /// All names, each at the place of its number.
  std::vector<std::string> names() const;
  /// How many numbers there can be, `other` included.
  std::size_t capacity() const noexcept { return most_ + 1; }

 private:
  std::atomic<const Entry*>& slot_of(std::string_view name) noexcept;

  const std::size_t most_;
  std::atomic<bool> full_;
  mutable std::mutex mutex_;                      // guards entries_
  std::vector<std::unique_ptr<Entry>> entries_;   // by number, from 1 on
  std::vector<std::atomic<const Entry*>> slots_;  // by hash, more than half of them empty
};

}  // namespace roomcast::base

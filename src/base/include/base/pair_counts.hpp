#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace roomcast::base {

/// Counts what happens seldom, by two words. Once `most` different pairs have come, further ones are counted
/// with `other` as their second word, so that nobody can fill the table. Any thread.
class PairCounts {
 public:
  using Counts = std::map<std::pair<std::string, std::string>, std::uint64_t>;

  explicit PairCounts(std::size_t most) : most_(most) {}

  void add(std::string_view first, std::string_view second) {
    std::pair<std::string, std::string> key{first, second};
    const std::lock_guard lock(mutex_);
    if (counts_.size() >= most_ && !counts_.contains(key)) key.second = "other";
    ++counts_[std::move(key)];
  }
  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  Counts counts_;
};

}  // namespace roomcast::base

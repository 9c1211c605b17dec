#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace replay {

/// What the application behind a replayed server saw, in the form of the recordings: `[event, argument…]`
/// for each. Any thread.
class Journal {
 public:
  /// `rest` is the text of further JSON values, each after a comma.
  void add(std::string_view event, const std::string& rest) {
    const std::lock_guard lock(mutex_);
    if (!entries_.empty()) entries_ += ',';
    entries_ += "[" + boost::json::serialize(boost::json::value(event)) + rest + "]";
  }
  void add(std::string_view event, const boost::json::array& arguments) {
    std::string rest;
    for (const boost::json::value& argument : arguments) rest += "," + boost::json::serialize(argument);
    add(event, rest);
  }

  /// Everything up to now, a JSON array.
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return "[" + entries_ + "]";
  }

 private:
  mutable std::mutex mutex_;
  std::string entries_;
};

}  // namespace replay

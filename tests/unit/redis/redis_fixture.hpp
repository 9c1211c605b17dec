#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <redis/commands.hpp>
#include <redis/probe.hpp>
#include <redis/subscriber.hpp>
#include <support/loop_thread.hpp>
#include <support/redis_server.hpp>

namespace roomcast::resp {

using support::RedisServer;

/// What happened on the loop, for the test's thread to wait for. Any thread. Every wait has an end.
class Events {
 public:
  static constexpr std::chrono::seconds patience{20};

  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  /// Waits until `n` have happened since the last `take`, and hands them out.
  std::vector<std::string> take(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return all_.size() >= n; }))
      throw std::runtime_error("only " + std::to_string(all_.size()) + " of " + std::to_string(n) +
                               " happened");
    return std::exchange(all_, {});
  }
  /// Waits until `what` happens (or has), and forgets it and everything before.
  void wait_for(const std::string& what) {
    std::unique_lock lock(mutex_);
    std::size_t seen = 0;
    const auto found = [&] {
      while (seen < all_.size())
        if (all_[seen++] == what) return true;
      return false;
    };
    if (!changed_.wait_for(lock, patience, found)) throw std::runtime_error("it never happened: " + what);
    all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(seen));
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

/// A reply or an error as one line: `+OK`, `-ERR …`, `:1`, `$text`, `nil`, `[$a :1]`, `! dropped…`.
inline std::string to_text(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::status:
      return "+" + reply.text;
    case Reply::Kind::error:
      return "-" + reply.text;
    case Reply::Kind::integer:
      return ":" + std::to_string(reply.integer);
    case Reply::Kind::bulk:
      return "$" + reply.text;
    case Reply::Kind::array: {
      std::string text = "[";
      for (const Reply& one : reply.elements) text += (text.size() == 1 ? "" : " ") + to_text(one);
      return text + "]";
    }
  }
  return "?";
}
inline std::string to_text(const Result& result) {
  if (!result.has_error()) return to_text(*result);
  static const std::vector<std::string> names{"",
                                              "connection_lost",
                                              "dropped",
                                              "publish_too_large",
                                              "not_allowed",
                                              "closed",
                                              "error_reply",
                                              "transaction_aborted"};
  return "!" + names.at(static_cast<std::size_t>(result.error().value()));
}

/// Both roles on a loop with a thread of its own. What is made here is closed and destroyed before the loop
/// is.
class RedisTest : public testing::Test {
 protected:
  ~RedisTest() override {
    home_.run([this] {
      if (commands_) commands_->close();
      if (subscriber_) subscriber_->close();
    });
    home_.stop();
  }

  /// Back-off that does not make the tests wait.
  static Options options_for(const std::string& url) {
    Options options;
    options.url = Url::parse(url);
    options.reconnect = {std::chrono::milliseconds(5), std::chrono::milliseconds(20),
                         std::chrono::milliseconds(100)};
    return options;
  }

  void make_commands(const Options& options) {
    commands_ = std::make_unique<Commands>(home_.loop(), options, metrics_);
    commands_->watch([this](bool ready) { events_.add(ready ? "commands ready" : "commands away"); });
  }
  void make_subscriber(const Options& options) {
    subscriber_ = std::make_unique<Subscriber>(home_.loop(), options, metrics_);
    subscriber_->watch([this](bool ready) { events_.add(ready ? "subscriber ready" : "subscriber away"); });
  }
  void start_commands(const Options& options) {
    make_commands(options);
    home_.run([this] { commands_->start(); });
  }
  void start_subscriber(const Options& options) {
    make_subscriber(options);
    home_.run([this] { subscriber_->start(); });
  }

  Commands::Handler note(const std::string& prefix = "") {
    return [this, prefix](const Result& result) { events_.add(prefix + to_text(result)); };
  }
  Subscriber::Handler note_message() {
    return [this](std::string_view pattern, std::string_view channel, std::string_view payload) {
      std::string text(pattern);
      text.append(text.empty() ? "" : " ").append(channel).append(" ").append(payload);
      events_.add(text);
    };
  }
  /// One command and its answer.
  std::string ask(std::vector<std::string> words) {
    Events answer;
    home_.run([&] {
      const std::vector<std::string_view> views(words.begin(), words.end());
      commands_->command(views, [&answer](const Result& result) { answer.add(to_text(result)); });
    });
    return answer.take(1).front();
  }

  Metrics metrics_;
  Events events_;
  support::LoopThread home_;
  std::unique_ptr<Commands> commands_;
  std::unique_ptr<Subscriber> subscriber_;
};

}  // namespace roomcast::resp

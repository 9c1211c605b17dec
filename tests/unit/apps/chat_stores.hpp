#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <sqlite_store.hpp>
#include <stdlib.h>

// What the tests of the chat's stores share.

namespace roomcast::app {

inline bool operator==(const ChatSession& a, const ChatSession& b) {
  return a.user_id == b.user_id && a.username == b.username && a.connected == b.connected;
}
inline bool operator==(const ChatMessage& a, const ChatMessage& b) {
  return a.content == b.content && a.from == b.from && a.to == b.to;
}

namespace test {

inline constexpr std::size_t small_limit = 5;

/// Runs a coroutine to its end, on a loop of its own.
template <class T>
T wait_for(Task<T> task) {
  boost::asio::io_context io(1);
  auto result = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
  io.run();
  return result.get();
}

inline std::string error_of(Task<> task) {
  try {
    wait_for(std::move(task));
    return {};
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

inline std::vector<std::string> contents(const std::vector<ChatMessage>& messages) {
  std::vector<std::string> all;
  for (const ChatMessage& message : messages) all.push_back(message.content);
  return all;
}

/// A folder that goes with all that is in it.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "roomcast-store-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Both stores over one file, at a time of the test's choosing.
struct SqliteStores {
  explicit SqliteStores(const std::string& file, std::size_t limit = small_limit)
      : thread(open_chat_database(file)),
        sessions(thread, [this] { return now.load(); }),
        messages(thread, limit, [this] { return now.load(); }) {}

  std::atomic<std::chrono::system_clock::time_point> now = std::chrono::system_clock::now();
  SqliteThread thread;
  SqliteSessionStore sessions;
  SqliteMessageStore messages;
};

}  // namespace test
}  // namespace roomcast::app

#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace roomcast::core {

/// Whether the server should be sent clients: a list of checks, each with a name. Any thread.
class Readiness {
 public:
  /// Says what is wrong, or nothing. Called on whichever loop the question arrives, so it must answer at
  /// once; what it throws is what is wrong.
  using Check = std::function<std::string()>;

  struct Report {
    bool ready;
    std::vector<std::pair<std::string, std::string>> checks;  ///< name, what is wrong or ""
    /// `{"status":"not ready","checks":{"draining":"the server is stopping","memory":"ok"}}`
    std::string json() const;
  };

  /// A check of the same name is replaced.
  void add(std::string name, Check check);
  /// Asks every check, in the order in which they were added.
  Report report() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Check>> checks_;
};

}  // namespace roomcast::core

#pragma once

#include <thread>

#include <roomcast/server.hpp>

namespace roomcast::app {

/// While it lives SIGHUP does not end the process, but makes the server read its TLS files again. The log
/// says what came of it. One at a time.
class HangUps {
 public:
  explicit HangUps(Server& server);
  ~HangUps();
  HangUps(const HangUps&) = delete;
  HangUps& operator=(const HangUps&) = delete;

 private:
  std::thread thread_;
};

}  // namespace roomcast::app

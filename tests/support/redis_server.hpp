#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <net/descriptor.hpp>
#include <redis/format.hpp>
#include <redis/reply_reader.hpp>

namespace roomcast::support {

/// A folder that is gone with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "roomcast-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// A real Redis, kept in memory only, on a free port of 127.0.0.1 that it keeps over restarts, and on a Unix
/// socket, in a folder of its own. It dies with this object, and with the test's process. Every wait has an
/// end after which it throws.
class RedisServer {
 public:
  static constexpr std::chrono::milliseconds patience{10'000};

  /// `arguments` are added to the command line: `{"--requirepass", "secret"}`.
  explicit RedisServer(std::vector<std::string> arguments = {}) : arguments_(std::move(arguments)) {
    // Another process may take the free port before Redis does.
    for (int tries = 1;; ++tries) {
      port_ = free_port();
      try {
        start();
        return;
      } catch (const std::runtime_error&) {
        kill();
        if (tries == 5) throw;
      }
    }
  }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer() { kill(); }

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  std::string unix_socket() const { return (folder_.path() / "r.sock").string(); }
  std::string unix_url() const { return "unix://" + unix_socket(); }
  const std::filesystem::path& folder() const noexcept { return folder_.path(); }
  bool running() const noexcept { return pid_ > 0; }

  /// Free at this moment; nobody holds it.
  static std::uint16_t free_port() {
    const net::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::system_error(errno, std::generic_category(), "no free port");
    return ntohs(address.sin_port);
  }

  /// Starts it again on the same port, empty, and returns when it answers.
  void start() {
    if (running()) return;
    const std::string log = (folder_.path() / "log").string();
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--unixsocket",
                                   unix_socket(),
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--dir",
                                   folder_.path(),
                                   "--daemonize",
                                   "no",
                                   "--logfile",
                                   log};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const bool in_main_thread = ::gettid() == parent;
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
      // Loops block every signal, and a test may start a server on one: redis-server must hear SIGTERM.
      sigset_t none;
      sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      // The signal comes when the thread that forked ends, so only the main thread may ask for it.
      if (in_main_thread) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
      ::execvp("redis-server", argv.data());
      ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!answers()) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        throw std::runtime_error("redis-server ended at once (is it installed? script/bootstrap): " +
                                 text_of(log));
      }
      if (std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("redis-server does not answer: " + text_of(log));
      ::poll(nullptr, 0, 5);  // there is nothing to wait for: the socket does not exist yet
    }
  }
  /// SIGKILL: connections are reset, as when the machine's kernel takes it.
  void kill() { end(SIGKILL); }
  /// SIGTERM: it closes its connections and ends.
  void stop() { end(SIGTERM); }
  void restart() {
    kill();
    start();
  }
  /// It keeps its connections, accepts new ones in the kernel's queue, and answers nothing until `resume`.
  void pause() { signal(SIGSTOP); }
  void resume() { signal(SIGCONT); }

  /// One command on a connection of its own over the Unix socket, as the default user; throws if it cannot be
  /// done.
  resp::Reply command(std::initializer_list<std::string_view> arguments) const {
    const std::optional<resp::Reply> reply = ask(arguments);
    if (!reply) throw std::runtime_error("redis-server did not answer");
    return *reply;
  }

  /// How many connections it has, this question's own not counted.
  std::size_t connections() const {
    const std::string list = command({"CLIENT", "LIST"}).text;
    std::size_t lines = 0;
    for (const char c : list) lines += c == '\n';
    return lines - 1;
  }

 private:
  static std::string text_of(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }

  void signal(int number) const {
    if (running()) ::kill(pid_, number);
  }
  void end(int number) {
    if (!running()) return;
    signal(number);
    signal(SIGCONT);  // if it was paused it could not die of SIGTERM
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  bool answers() const {
    const std::optional<resp::Reply> reply = ask({"PING"});
    return reply && (reply->text == "PONG" || reply->text.starts_with("NOAUTH"));
  }
  std::optional<resp::Reply> ask(std::initializer_list<std::string_view> arguments) const {
    const net::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = unix_socket();
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return std::nullopt;
    std::string bytes;
    resp::append_command(bytes, arguments);
    if (::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      return std::nullopt;
    resp::ReplyReader reader(64 * 1024 * 1024);
    char buffer[16 * 1024];
    for (;;) {
      if (auto reply = reader.next(); reply.has_error() || *reply)
        return reply.has_error() ? std::nullopt : *reply;
      pollfd readable{socket.get(), POLLIN, 0};
      if (::poll(&readable, 1, static_cast<int>(patience.count())) == 0) return std::nullopt;
      const ssize_t n = ::recv(socket.get(), buffer, sizeof buffer, 0);
      if (n <= 0) return std::nullopt;
      reader.feed({buffer, static_cast<std::size_t>(n)});
    }
  }

  const TempFolder folder_;
  const std::vector<std::string> arguments_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace roomcast::support

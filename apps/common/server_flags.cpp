#include "server_flags.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/system/system_error.hpp>

#include "flag_groups.hpp"
#include "hang_ups.hpp"

namespace roomcast::app {
namespace {

// A flag that is promised and not there yet.
void refuse(CLI::App& command, const std::string& name, const std::string& why) {
  command
      .add_option_function<std::vector<std::string>>(
          name, [name, why](const std::vector<std::string>&) { throw CLI::ValidationError(name, why); })
      ->expected(0, -1)
      ->envname(environment_name(name))
      ->group("");
}

std::string check_proxy(const std::string& listed) {
  boost::system::error_code error;
  boost::asio::ip::make_address(listed, error);
  if (error) boost::asio::ip::make_network_v4(listed, error);
  if (error) boost::asio::ip::make_network_v6(listed, error);
  return error ? "\"" + listed + "\" is neither an address nor a network such as 10.0.0.0/8" : std::string();
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

}  // namespace

std::shared_ptr<const ServerFlags> add_server_flags(CLI::App& command, ServerOptions& options) {
  command
      .add_option("--host", options.host, "Address to listen on, in numbers; 0.0.0.0 is every IPv4 address")
      ->check(check_address)
      ->envname("ROOMCAST_HOST")
      ->capture_default_str();
  command
      .add_option("--port", options.port, "TCP port; 0 takes any free one (see the line \"listening on\")")
      ->envname("ROOMCAST_PORT")
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Event loops, one thread each (default: one per core)")
      ->check(CLI::Range(1, 64))
      ->envname("ROOMCAST_THREADS");
  command
      .add_option_function<std::string>(
          "--io",
          [&options](const std::string& name) {
            if (name == "uring")
              throw CLI::ValidationError("--io", "uring is not built into this version; use auto or epoll");
            options.io = name == "epoll" ? IoChoice::epoll : IoChoice::automatic;
          },
          "How to do I/O: auto or epoll (default: auto)")
      ->check(CLI::IsMember({"auto", "epoll", "uring"}))
      ->envname("ROOMCAST_IO");
  command
      .add_option("--cors-origin", options.cors.origin,
                  "Origins whose pages may connect besides the server's own, e.g. https://app.example.com; * "
                  "allows all")
      ->envname("ROOMCAST_CORS_ORIGIN");
  command
      .add_flag(
          "--per-message-deflate",
          [&options](std::int64_t) { options.per_message_deflate = PerMessageDeflate{}; },
          "Compress websocket messages of 1 KiB and more, for clients that offer it")
      ->envname("ROOMCAST_PER_MESSAGE_DEFLATE");
  command
      .add_option(
          "--trusted-proxy", options.trusted_proxies,
          "Addresses and networks of proxies that are believed what X-Forwarded-For says, e.g. 10.0.0.0/8")
      ->check(check_proxy)
      ->envname("ROOMCAST_TRUSTED_PROXY");
  command
      .add_flag("--allow-eio3", options.allow_eio3,
                "Serve clients of Socket.IO 2 (Engine.IO 3) too; their socket.id is no secret of the session")
      ->envname("ROOMCAST_ALLOW_EIO3");
  command
      .add_option_function<double>(
          "--drain-timeout",
          [&options](double seconds) {
            options.drain_timeout = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
          },
          "Seconds that clients get to take their last messages when the server stops (default: 10)")
      ->check(CLI::Range(0.0, 3600.0))
      ->envname("ROOMCAST_DRAIN_TIMEOUT");
  CLI::Option* trusted = command.get_option("--trusted-proxy");
  command
      .add_flag("--proxy-protocol", options.proxy_protocol,
                "Trusted proxies begin each connection with a header of the PROXY protocol that says who the "
                "client is")
      ->needs(trusted)
      ->envname("ROOMCAST_PROXY_PROTOCOL");
  add_tls_flags(command, options);
  add_limits(command, options);
  add_monitoring_flags(command, options);
  command.add_flag("--round-robin", options.round_robin, "Hand connections to the loops in turn (for tests)")
      ->group("");
  auto flags = std::make_shared<ServerFlags>();
  const auto join_cluster = [flags, &options] {
    if (flags->redis.empty()) return;
    try {
      options.adapter = redis(flags->redis, {.required = flags->require_redis});
    } catch (const std::invalid_argument& e) {
      throw CLI::ValidationError("--redis", e.what());
    }
  };
  CLI::Option* redis_flag = command
                                .add_option_function<std::string>(
                                    "--redis",
                                    [flags, join_cluster](const std::string& url) {
                                      flags->redis = url;
                                      join_cluster();
                                    },
                                    "Join the Socket.IO servers, Node.js's included, that share this Redis: "
                                    "redis://[user:password@]host[:port], "
                                    "rediss://… over TLS, or unix:///path")
                                ->envname("ROOMCAST_REDIS");
  command
      .add_option_function<std::string>(
          "--adapter",
          [](const std::string& name) {
            if (name != "redis")
              throw CLI::ValidationError("--adapter", name + " is not built into this version; use redis");
          },
          "How the servers on one Redis talk: redis, as @socket.io/redis-adapter does (default: redis)")
      ->check(CLI::IsMember({"redis", "redis-sharded", "redis-streams"}))
      ->needs(redis_flag)
      ->envname("ROOMCAST_ADAPTER");
  command
      .add_flag_function(
          "--require-redis",
          [flags, join_cluster](std::int64_t) {
            flags->require_redis = true;
            join_cluster();
          },
          "Do not start without Redis (default: serve alone, and join when it is there)")
      ->needs(redis_flag)
      ->envname("ROOMCAST_REQUIRE_REDIS");
  const std::string workers =
      "several processes are not supported by this version; use --threads to use every core";
  refuse(command, "--workers", workers);
  refuse(command, "--balance", workers);
  return flags;
}

int parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return -1;
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    std::cout << (chosen.empty() ? app.help()
                                 : chosen.front()->help(app.get_name(), CLI::AppFormatMode::Normal));
    return 0;
  } catch (const CLI::CallForVersion& e) {
    std::cout << e.what() << '\n';
    return 0;
  } catch (const CLI::ParseError& e) {
    std::cerr << app.get_name() << ": " << one_line(e.what()) << " (see --help)\n";
    return 2;
  }
}

ServerOptions options_from(int argc, char** argv) {
  CLI::App app("Every flag can be given in the environment: ROOMCAST_PORT=8080",
               std::filesystem::path(argv[0]).filename().string());
  ServerOptions options;
  set_log_level(LogLevel::info);
  add_server_flags(app, options);
  if (const int code = parse(app, argc, argv); code >= 0) {
    std::cout.flush();
    std::quick_exit(code);  // there are no threads yet, and nothing to clean up
  }
  return options;
}

int serve(Server& server, const std::function<void()>& started) {
  const ServerOptions& options = server.options();
  const std::string shown = bracketed(options.host);
  std::optional<HangUps> hang_ups;
  if (options.tls) hang_ups.emplace(server);
  try {
    server.run([&] {
      if (started) started();
      std::cout << "listening on " << (options.tls ? "https" : "http") << "://" << shown << ":"
                << server.port() << std::endl;
    });
    return 0;
  } catch (const boost::system::system_error& e) {
    const bool admin = server.port() != 0;  // that one was to be had, so it is the other
    std::cerr << "cannot listen on " << (admin ? bracketed(options.admin_host) : shown) << ":"
              << (admin ? options.admin_port.value_or(0) : options.port) << ": " << e.code().message()
              << (admin ? "; choose another address with --admin-host or another port with --admin-port\n"
                        : "; choose another address with --host or another port with --port\n");
    return 1;
  } catch (const std::runtime_error& e) {
    std::cerr << e.what() << " (--redis, --require-redis)\n";
    return 1;
  }
}

}  // namespace roomcast::app

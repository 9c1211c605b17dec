#include "emit_command.hpp"

#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/parse.hpp>

namespace roomcast::app {
namespace {

constexpr unsigned max_depth = 512;  // as servers take it

/// The values that follow the event. Throws std::invalid_argument, naming the first that is none.
std::vector<Value> parse_values(const std::vector<std::string>& texts) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    const std::string which = "argument " + std::to_string(i + 1) + " of the event";
    if (text.starts_with("--"))
      throw std::invalid_argument(text +
                                  " is no option, or stands behind a value: options go before the values");
    // Boost's parser is the strict one: it also looks at the UTF-8.
    boost::system::error_code error;
    boost::json::parse_options strict;
    strict.max_depth = max_depth;
    boost::json::parse(text, error, {}, strict);
    if (error)
      throw std::invalid_argument(which + " is not JSON (" + error.message() + "): " + text.substr(0, 100) +
                                  "; a text needs quotes of its own, as in '\"text\"'");
    values.push_back(Value::parse(text));
  }
  return values;
}

std::string check_namespace(const std::string& name) {
  return name.find(',') == std::string::npos ? std::string()
                                             : "a namespace's name cannot contain a comma: " + name;
}

/// A room may begin with a bracket, and what follows it is no further room.
CLI::Option* add_rooms(CLI::App& command, const std::string& name, std::vector<std::string>& rooms,
                       const std::string& about) {
  return command.add_option(name, rooms, about)
      ->type_name("ROOM")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

}  // namespace

EmitCommand::EmitCommand(CLI::App& app)
    : command_(app.add_subcommand("emit", "Send one event to the clients of all servers on a Redis")) {
  command_->footer(
      "Each further argument is one argument of the event, in JSON: 5, true, '\"text\"', '{\"a\":[1,2]}'.\n"
      "Options go before them. The exit code is 0 when Redis has taken the event; servers that do not "
      "listen\n"
      "at that moment do not get it.\n"
      "Examples:\n"
      "  roomcast emit --redis redis://127.0.0.1 news '\"it rains\"'       to every client\n"
      "  roomcast emit --redis redis://127.0.0.1 --room a --room b --except c move 3 4\n"
      "  roomcast emit --redis redis://127.0.0.1 --namespace /admin reload\n"
      "  ROOMCAST_REDIS=redis://127.0.0.1 roomcast emit news '{\"title\":\"rain\"}'");
  command_
      ->add_option(
          "--redis", redis_,
          "The Redis that the servers share: redis://[user:password@]host[:port], rediss://… over TLS, or "
          "unix:///path")
      ->type_name("URL")
      ->required()
      ->envname("ROOMCAST_REDIS");
  command_->add_option("--namespace", nsp_, "The namespace whose clients are meant")
      ->type_name("NAME")
      ->check(check_namespace)
      ->capture_default_str();
  add_rooms(*command_, "--room", rooms_,
            "Only clients in this room; may be given several times (default: all)");
  add_rooms(*command_, "--except", except_, "But no client in this room; may be given several times");
  command_->add_option("--key", options_.key, "The servers' option of that name: what channels begin with")
      ->type_name("KEY")
      ->capture_default_str();
  command_
      ->add_option_function<double>(
          "--timeout",
          [this](double seconds) {
            timeout_ = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
          },
          "Seconds to wait for Redis (default: 5)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  command_->add_option("EVENT", event_, "The event's name; its arguments follow, each in JSON")
      ->type_name("")
      ->required();
  // What follows is left alone: as values of an option, [1,2] would be taken apart.
  command_->prefix_command();
}

int EmitCommand::run() {
  std::vector<Value> values;
  try {
    values = parse_values(command_->remaining());
  } catch (const std::invalid_argument& e) {
    std::cerr << "roomcast emit: " << e.what() << " (see roomcast emit --help)\n";
    return 2;
  }
  options_.max_outbound_age = timeout_ + std::chrono::seconds(1);  // the flush gives up first
  options_.close_timeout = std::chrono::milliseconds(0);
  set_log_level(LogLevel::off);  // until it is known that there is something to send
  std::optional<Emitter> io;
  try {
    io.emplace(redis_, options_);
  } catch (const std::invalid_argument& e) {
    std::cerr << "roomcast emit: --redis: " << e.what() << '\n';
    return 2;
  }
  std::string why =
      "Redis has not taken the event within " + std::to_string(timeout_.count()) + " ms (--timeout)";
  try {
    io->of(nsp_).to(rooms_).except(except_).emit(event_, Args(std::move(values)));
    set_log_level(LogLevel::warn);
    if (io->flush_for(timeout_)) return 0;
  } catch (const RedisError& e) {
    why = e.what();
  } catch (const std::exception& e) {
    std::cerr << "roomcast emit: " << e.what() << '\n';
    return 2;
  }
  std::cerr << "roomcast emit: " << why << "; see --redis\n";
  set_log_level(LogLevel::off);  // the emitter would say it once more
  return 1;
}

}  // namespace roomcast::app

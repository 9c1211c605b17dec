// The server that recorded exchanges of the official server are played against (tests/e2e/replay-*.test.mjs):
// the recorded options, the recorded application, and a journal of what that application saw.
#include <iostream>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <server_flags.hpp>

#include "servers.hpp"

namespace {

namespace json = boost::json;

std::vector<std::string> texts(const json::value& value) {
  if (value.is_string()) return {std::string(value.get_string())};
  std::vector<std::string> all;
  for (const json::value& element : value.as_array()) all.emplace_back(element.as_string());
  return all;
}

void take_cors(roomcast::CorsOptions& cors, const json::value& value) {
  const json::object* object = value.if_object();
  if (!object) {
    cors.origin = {"*"};  // `cors: true` has the defaults of the package cors
    return;
  }
  const json::value& origin = object->at("origin");
  if (!origin.is_bool()) cors.origin = texts(origin);
}

void take_transports(roomcast::ServerOptions& options, const json::value& value) {
  options.polling = options.websocket = false;
  for (const std::string& name : texts(value))
    (name == "polling" ? options.polling : options.websocket) = true;
}

// The names are those of the official server, as the recordings have them; `originCheck` is ours.
void take_option(roomcast::ServerOptions& options, std::string_view name, const json::value& value) {
  const auto milliseconds = [&] { return std::chrono::milliseconds(value.to_number<std::int64_t>()); };
  if (name == "pingInterval") {
    options.ping_interval = milliseconds();
  } else if (name == "pingTimeout") {
    options.ping_timeout = milliseconds();
  } else if (name == "upgradeTimeout") {
    options.upgrade_timeout = milliseconds();
  } else if (name == "connectTimeout") {
    options.connect_timeout = milliseconds();
  } else if (name == "maxHttpBufferSize") {
    options.max_http_buffer_size = value.to_number<std::size_t>();
  } else if (name == "allowUpgrades") {
    options.allow_upgrades = value.as_bool();
  } else if (name == "addTrailingSlash") {
    options.path = value.as_bool() ? "/socket.io/" : "/socket.io";
  } else if (name == "httpCompression" && value == false) {
    // nothing is compressed anyway
  } else if (name == "originCheck") {
    options.origin_check = value.as_bool();
  } else if (name == "transports") {
    take_transports(options, value);
  } else if (name == "cors") {
    take_cors(options.cors, value);
  } else {
    throw std::invalid_argument("no such option: " + std::string(name));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serves what the official server was recorded with", "replay_server");
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  options.serve_client = false;
  roomcast::set_log_level(roomcast::LogLevel::warn);
  roomcast::app::add_server_flags(app, options);
  bool engine = false;
  std::string scenario;
  std::string recorded = "{}";
  app.add_flag("--engine", engine, "Engine.IO alone: every message is sent back as it came");
  app.add_option("--scenario", scenario, "The name of the recording");
  app.add_option("--options", recorded, "The recorded options of the server, JSON");
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;
  try {
    const json::value given = json::parse(recorded);
    for (const auto& [name, value] : given.as_object()) take_option(options, name, value);
    replay::Journal journal;
    const int code =
        engine ? replay::serve_engine(options, journal) : replay::serve_sessions(options, scenario, journal);
    // The end of the server can be asked for only now.
    std::cout << "journal " << journal.text() << std::endl;
    return code;
  } catch (const std::exception& e) {
    std::cerr << "replay_server: " << e.what() << '\n';
    return 2;
  }
}

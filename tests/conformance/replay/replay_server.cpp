// The server that recorded exchanges of the official server are played against (tests/e2e/replay-*.test.mjs):
// the recorded options, the recorded application, and a journal of what that application saw.
#include <functional>
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
  if (!origin.is_bool()) {
    cors.origin = texts(origin);
  } else if (origin.get_bool()) {
    cors.allow = [](std::string_view) { return true; };
  }
  if (const json::value* credentials = object->if_contains("credentials"))
    cors.credentials = credentials->as_bool();
  if (const json::value* methods = object->if_contains("methods")) cors.methods = texts(*methods);
  if (const json::value* headers = object->if_contains("allowedHeaders"))
    cors.allowed_headers = texts(*headers);
  if (const json::value* headers = object->if_contains("exposedHeaders"))
    cors.exposed_headers = texts(*headers);
  if (const json::value* age = object->if_contains("maxAge"))
    cors.max_age = std::chrono::seconds(age->to_number<std::int64_t>());
}

roomcast::CookieOptions cookie_from(const json::value& value) {
  roomcast::CookieOptions cookie;
  const json::object* object = value.if_object();
  if (!object) return cookie;  // `cookie: true`
  cookie.name = object->at("name").as_string();
  cookie.path = object->at("path").as_string();
  cookie.http_only = object->at("httpOnly").as_bool();
  cookie.secure = object->at("secure").as_bool();
  cookie.same_site =
      object->at("sameSite") == "strict" ? roomcast::SameSite::strict : roomcast::SameSite::lax;
  cookie.max_age = std::chrono::seconds(object->at("maxAge").to_number<std::int64_t>());
  return cookie;
}

// It was recorded as the source of a function that calls back: `(q, f) => f("no", false)`.
std::function<bool(const roomcast::Handshake&)> decision_from(std::string_view source) {
  const std::size_t begin = source.find("f(", source.find("=>")) + 2;
  const std::size_t comma = source.rfind(',');
  const json::value text = json::parse(source.substr(begin, comma - begin));
  const bool yes = source.substr(comma).find("true") != std::string_view::npos;
  return [yes, why = text.is_string() ? std::string(text.get_string())
                                      : std::string()](const roomcast::Handshake&) {
    if (!yes && !why.empty()) throw std::runtime_error(why);
    return yes;
  };
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
  } else if (name == "allowEIO3") {
    options.allow_eio3 = value.as_bool();
  } else if (name == "allowUpgrades") {
    options.allow_upgrades = value.as_bool();
  } else if (name == "initialPacket") {
    options.initial_packet = value.as_string();
  } else if (name == "serveClient") {
    options.serve_client = value.as_bool();
  } else if (name == "path") {
    options.path = std::string(value.as_string()) + '/';
  } else if (name == "addTrailingSlash") {
    options.path = value.as_bool() ? "/socket.io/" : "/socket.io";
  } else if (name == "httpCompression" && value == false) {
    options.http_compression_threshold.reset();
  } else if (name == "perMessageDeflate") {
    if (value.as_bool()) options.per_message_deflate = roomcast::PerMessageDeflate{};
  } else if (name == "originCheck") {
    options.origin_check = value.as_bool();
  } else if (name == "transports") {
    take_transports(options, value);
  } else if (name == "cookie") {
    options.cookie = cookie_from(value);
  } else if (name == "allowRequest") {
    options.allow_request = decision_from(value.as_string());
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

#include "options.hpp"

#include <algorithm>
#include <stdexcept>

#include "process_tree.hpp"

namespace roomcast::app::bench {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

void refuse_with(bool given, const char* option, const Options& options, const char* meant_for) {
  if (!given) return;
  refuse(std::string(option) + " means nothing to " + std::string(name_of(options.mode)) + ": it is for " +
         meant_for);
}

void check_mode(const Options& o) {
  const bool rooms = o.mode == Mode::rooms;
  refuse_with(o.rooms && !rooms, "--rooms", o, "rooms");
  refuse_with(o.publishers && !rooms, "--publishers", o, "rooms");
  refuse_with(o.cycles && !o.is_idle(), "--cycles", o, "idle");
  refuse_with(o.window && (rooms || o.is_idle()), "--window", o, "fanout, echo, private and polling");
  refuse_with(o.rate && o.is_idle(), "--rate", o, "all modes but idle");
  const bool broadcasts = rooms || o.mode == Mode::fanout;
  refuse_with(o.stalled != 0 && !broadcasts, "--stalled", o, "fanout and rooms");
  if (o.stalled != 0 && o.is_polling())
    refuse("--stalled means nothing to polling, whose clients ask for what they read: leave --transport out");
  if (o.window && o.rate) refuse("--window and --rate exclude each other: give one of them");
  if (o.mode == Mode::polling && o.transport == Transport::websocket)
    refuse("--transport websocket contradicts the mode polling: use the mode echo");
}

void check_numbers(const Options& o) {
  const unsigned clients = *o.clients;
  if (o.mode == Mode::private_messages && clients < 2)
    refuse("--clients 1 is too few for private: every message goes to another client");
  if (clients < o.endpoints.size())
    refuse("--clients " + std::to_string(clients) + " is too few: each --url needs one");
  if (o.mode != Mode::rooms) return;
  if (*o.rooms > clients) refuse("--rooms " + std::to_string(*o.rooms) + " is more than there are --clients");
  if (*o.publishers > clients)
    refuse("--publishers " + std::to_string(*o.publishers) + " is more than there are --clients");
}

}  // namespace

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::fanout:
      return "fanout";
    case Mode::echo:
      return "echo";
    case Mode::polling:
      return "polling";
    case Mode::private_messages:
      return "private";
    case Mode::rooms:
      return "rooms";
    case Mode::idle:
      return "idle";
  }
  return "";
}

std::string_view name_of(Transport transport) {
  return transport == Transport::polling ? "polling" : "websocket";
}

// Members of one room are on all servers, so that its messages have to cross.
const Endpoint& Options::endpoint_of(unsigned client) const {
  return endpoints[client / groups() % endpoints.size()];
}

void complete(Options& o) {
  check_mode(o);
  if (o.urls.empty()) o.urls.emplace_back("http://127.0.0.1:3000");
  for (const std::string& url : o.urls) {
    try {
      o.endpoints.push_back(parse_endpoint(url));
    } catch (const std::invalid_argument& e) {
      refuse(std::string("--url ") + e.what());
    }
  }
  for (const int pid : o.pids)
    if (!process_exists(pid)) refuse("--pid " + std::to_string(pid) + ": there is no such process");
  if (!o.transport) o.transport = o.mode == Mode::polling ? Transport::polling : Transport::websocket;
  if (!o.clients) o.clients = o.mode == Mode::rooms || o.is_idle() ? 1000 : 100;
  if (o.mode == Mode::rooms) {
    if (!o.rooms) o.rooms = std::max(1U, *o.clients / 10);
    if (!o.publishers) o.publishers = o.rooms;
    if (!o.rate) o.rate = 20'000;
  } else if (!o.is_idle() && !o.rate && !o.window) {
    o.window = 1;
  }
  check_numbers(o);
}

}  // namespace roomcast::app::bench

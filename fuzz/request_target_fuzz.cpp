// The bytes of a request that decide where it goes, each reader given the same ones: the target and its
// query, a target that names the host itself, and the lists that an upgrade request brings.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <base/utf8.hpp>
#include <net/http_connection.hpp>
#include <protocol/engineio/query.hpp>
#include <protocol/websocket/extensions.hpp>
#include <protocol/websocket/handshake.hpp>
#include <support/loop_steps.hpp>
#include <support/memory_connection.hpp>

#include "exact_copy.hpp"

namespace {

namespace base = roomcast::base;
namespace engineio = roomcast::engineio;
namespace net = roomcast::net;
namespace support = roomcast::support;
namespace websocket = roomcast::websocket;

void require(bool truth) {
  if (!truth) std::abort();
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

Parameters parameters_of(std::string_view query) {
  Parameters all;
  engineio::Query(query).for_each(
      [&](std::string name, std::string value) { all.emplace_back(name, value); });
  return all;
}

/// Every byte as %41.
void append_encoded(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char c : text) (to += '%').append({digits[c >> 4], digits[c & 15]});
}

/// What was decoded is text, no longer than its form allows, and comes back when it is sent again.
void check_query(std::string_view query) {
  const Parameters all = parameters_of(query);
  std::size_t size = 0;
  std::string again;
  std::map<std::string, std::string> last;
  for (const auto& [name, value] : all) {
    require(base::is_valid_utf8(name) && base::is_valid_utf8(value));
    size += name.size() + value.size();
    append_encoded(again += '&', name);
    append_encoded(again += '=', value);
    last[name] = value;
  }
  require(size <= 3 * query.size());  // a byte that is not UTF-8 becomes three
  require(parameters_of(again) == all);
  require(all.size() <= query.size());
  if (last.size() > 50)
    return;  // asking for each of very many names is quadratic, and the fault would be here
  for (const auto& [name, value] : last) require(engineio::Query(query).get(name) == value);
}

void check_target(std::string_view target) {
  require(engineio::path_matches(target, target) && engineio::path_matches(target, ""));
  const bool ours = engineio::path_matches(target, "/socket.io/");
  require(ours == (target.substr(0, 11) == "/socket.io/"));
  require(!ours || !engineio::path_matches(target.substr(0, 10), "/socket.io/"));

  const std::string_view query = engineio::query_of(target);
  require(query.find('#') == std::string_view::npos);
  const std::size_t end = std::min(target.find('#'), target.size());
  const std::size_t mark = target.find('?');
  if (mark < end)
    require(query.data() == target.data() + mark + 1 && query.size() == end - mark - 1);
  else
    require(query.empty());
  check_query(query);
}

bool is_token(std::string_view text) {
  return net::is_token(text) && text.find_first_of("\t ") == std::string_view::npos;
}

/// Read in the plainest way.
std::optional<std::string> first_of(std::string_view offers) {
  std::optional<std::string> first;
  std::set<std::string_view> names;
  for (bool more = true; more;) {
    const std::size_t comma = offers.find(',');
    more = comma != std::string_view::npos;
    std::string_view name = offers.substr(0, comma);
    if (more) offers.remove_prefix(comma + 1);
    name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    if (!is_token(name) || !names.insert(name).second) return std::nullopt;
    if (!first) first = name;
  }
  return first;
}

void check_lists(std::string_view offers) {
  require(websocket::first_protocol(offers) == first_of(offers));

  const auto agreed = websocket::negotiate(offers, true);
  const auto plain = websocket::negotiate(offers, false);
  require(!plain || (!plain->deflate && plain->answer().empty()));
  require(plain || !agreed);  // where it is off, only the grammar counts
  const std::string more = std::string(offers) + " ,\tx; a=\"b\"";
  const auto with_more = websocket::negotiate(ExactCopy(more).view(), true);
  require(with_more.has_value() == agreed.has_value());
  if (!agreed) return;
  require(with_more->answer() == agreed->answer());
  require(!websocket::negotiate(std::string(offers) + ",", true));
  require(agreed->deflate == !agreed->answer().empty() && (agreed->deflate || !agreed->names_window));
  require(!agreed->deflate || offers.find("permessage-deflate") != std::string_view::npos);
}

/// Notes each request's target and host, and answers it.
struct Requests final : net::HttpHandler {
  std::size_t on_head(const net::HttpRequest&, const net::Exchange&) override { return 1000; }
  void on_request(net::HttpRequest request, const net::Exchange& exchange) override {
    seen.emplace_back(request.target(), request.host());
    exchange.respond({});
  }
  void on_upgrade(net::Upgrade) override {}

  Parameters seen;
};

/// What a server sees of `bytes`, which arrive in two pieces.
Parameters served(std::string_view bytes, std::size_t cut) {
  static roomcast::loop::Loop loop(0);
  static base::Metrics metrics;
  Requests handler;
  net::HttpConnections connections(loop, handler, {}, metrics);
  support::MemoryPeer peer(loop);
  support::turn(loop, [&] { connections.add(peer.connect(), {.address = "192.0.2.1", .port = 40'000}); });
  for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)})
    if (!piece.empty()) support::turn(loop, [&] { peer.says(piece); });
  for (std::size_t before = 0; before != handler.seen.size(); support::turn(loop))
    before = handler.seen.size();
  support::turn(loop, [&] { peer.leaves(); });
  support::turn(loop);
  return handler.seen;
}

/// RFC9112§3.2.2: a target that names its host is that host and the rest of it, which begins with a slash.
void check_host(std::string_view target) {
  if (target.size() > 4000) return;
  const std::string bytes = "GET " + std::string(target) + " HTTP/1.1\r\nHost: of.header\r\n\r\n";
  const Parameters requests = served(bytes, bytes.size());
  require(served(bytes, bytes.size() / 2) == requests);
  if (requests.empty() || target.find_first_of(" \r\n") != std::string_view::npos) return;
  require(requests.size() == 1);
  const auto& [seen, host] = requests.front();
  if (host == "of.header") return;
  require(!host.empty() && host.find_first_of("/?") == std::string::npos && seen.starts_with('/'));
  const std::string scheme(target.substr(0, target.find("//") + 2));
  require(scheme.size() == 7 || scheme.size() == 8);
  require(scheme + host + seen == target || scheme + host + seen.substr(1) == target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ExactCopy copy(data, size);
  check_target(copy.view());
  check_query(copy.view());
  check_lists(copy.view());
  check_host(copy.view());
  return 0;
}

#include <algorithm>
#include <vector>

#include <base/base64.hpp>
#include <base/crypto.hpp>
#include <protocol/websocket/handshake.hpp>

#include "header_list.hpp"

namespace roomcast::websocket {

std::string accept_key(std::string_view client_key) {
  // The GUID proves that the answer comes from someone who speaks WebSocket: RFC6455§1.3.
  return base::base64_encode(base::sha1(std::string(client_key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

bool valid_key(std::string_view client_key) noexcept {
  const auto in_alphabet = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return client_key.size() == 24 && client_key.ends_with("==") &&
         std::all_of(client_key.begin(), client_key.end() - 2, in_alphabet);
}

std::optional<std::string> first_protocol(std::string_view offers) {
  std::vector<std::string_view> names;
  HeaderList list(offers);
  do {
    list.skip_space();
    names.push_back(list.token());
    if (names.back().empty()) return std::nullopt;
    list.skip_space();
  } while (list.take(','));
  if (!list.at_end()) return std::nullopt;
  std::string first(names.front());
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) return std::nullopt;
  return first;
}

}  // namespace roomcast::websocket

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <protocol/websocket/extensions.hpp>

#include "header_list.hpp"

namespace roomcast::websocket {
namespace {

/// RFC7692§7.1.2: 8 to 15, without leading zeros; 0 when it is no such number.
int window_bits(std::string_view value) {
  if (value == "8" || value == "9") return value[0] - '0';
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5')
    return 10 + (value[1] - '0');
  return 0;
}

/// One offer of permessage-deflate.
class DeflateOffer {
 public:
  bool acceptable() const { return server_window_ == 0 || server_window_ == 15; }
  bool names_window() const { return server_window_ != 0; }

  /// @return false for a parameter that no offer may have. RFC7692§7.1.
  bool add(std::string_view name, const std::optional<std::string>& value) {
    static constexpr std::array<std::string_view, 4> names{
        "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits",
        "client_max_window_bits"};
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return false;
    const auto which = static_cast<std::size_t>(found - names.begin());
    if (std::exchange(seen_[which], true)) return false;
    if (which < 2) return !value;
    if (which == 3) return !value || window_bits(*value) != 0;
    server_window_ = value ? window_bits(*value) : 0;
    return server_window_ != 0;
  }

 private:
  std::array<bool, 4> seen_{};
  int server_window_ = 0;  // 0: not named
};

}  // namespace

std::string_view Extensions::answer() const noexcept {
  if (!deflate) return {};
  return names_window ? "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                        "server_max_window_bits=15"
                      : "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
}

std::optional<Extensions> negotiate(std::string_view offers, bool deflate) {
  Extensions agreed;
  HeaderList list(offers);
  do {
    list.skip_space();
    const std::string_view extension = list.token();
    if (extension.empty()) return std::nullopt;
    const bool ours = deflate && extension == "permessage-deflate";
    DeflateOffer offer;
    list.skip_space();
    while (list.take(';')) {
      list.skip_space();
      const std::string_view name = list.token();
      if (name.empty()) return std::nullopt;
      std::optional<std::string> value;
      if (list.take('=')) {
        value = list.value();
        if (value->empty()) return std::nullopt;
      }
      list.skip_space();
      if (ours && !offer.add(name, value)) return std::nullopt;
    }
    if (ours && !agreed.deflate && offer.acceptable()) agreed = {true, offer.names_window()};
  } while (list.take(','));
  if (!list.at_end()) return std::nullopt;
  return agreed;
}

}  // namespace roomcast::websocket

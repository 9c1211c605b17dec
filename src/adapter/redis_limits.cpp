#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include <adapter/redis_limits.hpp>

namespace roomcast::adapter {

std::string pubsub_limit_warning(std::string_view config, std::size_t max_publish_bytes) {
  constexpr std::string_view key = "pubsub ";
  const std::size_t at = config.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view numbers = config.substr(at + key.size());
  std::uint64_t hard = 0;  // bytes; 0: none
  const auto [end, error] = std::from_chars(numbers.data(), numbers.data() + numbers.size(), hard);
  if (error != std::errc() || hard == 0 || hard >= max_publish_bytes) return {};
  return fmt::format(
      "Redis ends the connection of a subscriber that has {} bytes to read (client-output-buffer-limit "
      "pubsub), "
      "and messages of up to {} bytes may be published: lower max_publish_bytes, or raise Redis's limit",
      hard, max_publish_bytes);
}

}  // namespace roomcast::adapter

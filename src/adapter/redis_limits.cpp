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

std::string refused_command(std::string_view command, std::string_view error) {
  error = error.substr(
      0, error.find(", with args"));  // the message: it differs each time, and is nobody's business
  if (error.find("unknown command") != std::string_view::npos)
    return fmt::format(
        "the adapter needs the command {}, which this Redis does not have (\"{}\"): take it out of "
        "rename-command, or use a Redis that has it",
        command, error);
  if (!error.starts_with("NOPERM")) return {};
  if (error.find("channel") != std::string_view::npos)
    return fmt::format(
        "this user may not use the adapter's channels with {} (\"{}\"): give it ACL SETUSER … allchannels",
        command, error);
  std::string rule(command);
  for (char& c : rule) c = static_cast<char>(c | 0x20);
  return fmt::format(
      "the adapter needs the command {}, which this user may not run (\"{}\"): give it "
      "ACL SETUSER … +{}",
      command, error, rule);
}

}  // namespace roomcast::adapter

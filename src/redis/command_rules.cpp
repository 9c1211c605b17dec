#include <algorithm>
#include <array>
#include <cctype>

#include <redis/command_rules.hpp>

namespace roomcast::resp {
namespace {

// Sorted, in capitals.
constexpr std::array<std::string_view, 31> spoiling = {
    "AUTH",       "BLMOVE",    "BLMPOP",       "BLPOP",  "BRPOP", "BRPOPLPUSH",  "BZMPOP",
    "BZPOPMAX",   "BZPOPMIN",  "DISCARD",      "EXEC",   "HELLO", "MONITOR",     "MULTI",
    "PSUBSCRIBE", "PSYNC",     "PUNSUBSCRIBE", "QUIT",   "RESET", "SELECT",      "SHUTDOWN",
    "SSUBSCRIBE", "SUBSCRIBE", "SUNSUBSCRIBE", "SWAPDB", "SYNC",  "UNSUBSCRIBE", "UNWATCH",
    "WAIT",       "WAITAOF",   "WATCH"};
static_assert(std::is_sorted(spoiling.begin(), spoiling.end()));

constexpr std::size_t longest = 12;

bool same(std::string_view name, std::string_view capitals) {
  return name.size() == capitals.size() &&
         std::equal(name.begin(), name.end(), capitals.begin(),
                    [](unsigned char a, char b) { return std::toupper(a) == b; });
}

}  // namespace

bool spoils_shared_connection(std::string_view name) noexcept {
  if (name.size() > longest) return false;
  return std::any_of(spoiling.begin(), spoiling.end(),
                     [name](std::string_view one) { return same(name, one); });
}

bool publishes(std::string_view name) noexcept { return same(name, "PUBLISH") || same(name, "SPUBLISH"); }

}  // namespace roomcast::resp

#include "descriptors.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <sys/resource.h>

namespace roomcast::app::bench {

void raise_descriptor_limit(const Options& options) {
  const rlim_t needed = rlim_t{options.connections()} * (options.is_polling() ? 2 : 1) + 64;
  rlimit limit;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return;
  const rlim_t allowed = limit.rlim_max;
  limit.rlim_cur = needed;
  limit.rlim_max = std::max(allowed, needed);  // beyond what is allowed for root only
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw std::invalid_argument(
        "--clients " + std::to_string(*options.clients) +
        (options.stalled != 0 ? " with --stalled " + std::to_string(options.stalled) : "") + " needs " +
        std::to_string(needed) + " open files and only " + std::to_string(allowed) +
        " are allowed: lower --clients or raise the limit with ulimit -n");
}

}  // namespace roomcast::app::bench

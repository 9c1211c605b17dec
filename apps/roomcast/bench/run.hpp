#pragma once

#include "result.hpp"

namespace roomcast::app::bench {

/// Connects the clients, lets them work as the mode says, and waits for what is under way. SIGINT ends it
/// early, with what there is. Throws Failure when it cannot begin, std::system_error when the machine refuses
/// something.
Result run(const Options& options);

}  // namespace roomcast::app::bench

#pragma once

#include "options.hpp"

namespace roomcast::app::bench {

/// Raises the limit of open files to what the clients need.
/// Throws std::invalid_argument that says what to do when the system does not allow it.
void raise_descriptor_limit(const Options& options);

}  // namespace roomcast::app::bench

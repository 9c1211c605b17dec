#pragma once

#include <string>

#include "result.hpp"

namespace roomcast::app::bench {

/// The result as a table for people.
std::string table_of(const Options& options, const Result& result);
/// The result as one JSON object, with a line end.
std::string json_of(const Options& options, const Result& result);

}  // namespace roomcast::app::bench

#pragma once

#include <base/frame.hpp>

namespace roomcast::msgpack {

/// Writes what JSON.stringify writes for `new Date(milliseconds)`: the ISO text in quotes, or null if there
/// is no such date.
void write_iso_date(base::FrameBuilder& out, double milliseconds);

}  // namespace roomcast::msgpack

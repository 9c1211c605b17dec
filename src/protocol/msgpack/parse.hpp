#pragma once

#include <protocol/msgpack/error.hpp>
#include <protocol/msgpack/reader.hpp>

namespace roomcast::msgpack::detail {

/// Every level that is open costs a few bytes of a fixed array, so no input can cost stack or heap.
inline constexpr unsigned highest_max_depth = 1024;

inline constexpr Error no_error{};

/// Takes what Reader::next does from the front of [at, end), and moves `at` behind it.
Error parse(const char*& at, const char* end, Token& token) noexcept;

/// Moves `at` behind one whole value.
Error skip(const char*& at, const char* end, unsigned max_depth) noexcept;

/// Whether undefined begins at `at`, which notepack 2 writes and no other value looks like.
inline bool undefined_at(const char* at, const char* end) noexcept {
  return end - at >= 3 && at[0] == '\xd4' && at[1] == '\0';
}

}  // namespace roomcast::msgpack::detail

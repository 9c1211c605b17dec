#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace roomcast::websocket {

using MaskKey = std::array<char, 4>;

/// Takes off (or puts on) the mask of `bytes`, which begin `offset` bytes into their frame's payload.
/// RFC6455§5.3.
void unmask(std::span<char> bytes, MaskKey key, std::size_t offset = 0) noexcept;

}  // namespace roomcast::websocket

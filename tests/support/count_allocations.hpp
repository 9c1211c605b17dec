#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

// Counts every `new` of the program. To be included by one file of a test program only.

namespace roomcast::support {

inline std::atomic<std::size_t> allocations{0};

}  // namespace roomcast::support

void* operator new(std::size_t size) {
  roomcast::support::allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

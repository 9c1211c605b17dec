#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

// Counts every `new` of the program. To be included by one file of a test program only.

namespace roomcast::support {

inline std::atomic<std::size_t> allocations{0};
/// Bytes that are allocated now, as the allocator rounds them.
inline std::atomic<std::size_t> allocated_bytes{0};

[[gnu::noinline]] inline void release(void* memory) noexcept {
  if (memory == nullptr) return;
  allocated_bytes.fetch_sub(::malloc_usable_size(memory), std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace roomcast::support

void* operator new(std::size_t size) {
  using namespace roomcast::support;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  allocations.fetch_add(1, std::memory_order_relaxed);
  allocated_bytes.fetch_add(::malloc_usable_size(memory), std::memory_order_relaxed);
  return memory;
}
void operator delete(void* memory) noexcept { roomcast::support::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { roomcast::support::release(memory); }

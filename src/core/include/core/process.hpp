#pragma once

#include <cstdint>

namespace roomcast::core {

// What the kernel knows about this process. Any thread.

/// Bytes of memory that are in RAM now.
std::uint64_t resident_memory();
/// Seconds of CPU that all threads have used, in user and kernel mode.
double cpu_seconds();
/// How many files may be open at once; 0 if that cannot be asked.
std::uint64_t open_files_limit();
/// How many cores this machine has.
unsigned cores();

}  // namespace roomcast::core

#pragma once

// The version of these headers. CMake reads it from here, so this is the one place that has it.

/// Breaking changes.
#define ROOMCAST_VERSION_MAJOR 0
/// New names; before 1.0 breaking changes too.
#define ROOMCAST_VERSION_MINOR 1
/// Repairs.
#define ROOMCAST_VERSION_PATCH 0

/// The version as a number that can be compared: 1.2.3 is 10203.
#define ROOMCAST_VERSION \
  (ROOMCAST_VERSION_MAJOR * 10000 + ROOMCAST_VERSION_MINOR * 100 + ROOMCAST_VERSION_PATCH)

#define ROOMCAST_DETAIL_TEXT_OF(number) #number
#define ROOMCAST_DETAIL_TEXT(major, minor, patch) \
  ROOMCAST_DETAIL_TEXT_OF(major) "." ROOMCAST_DETAIL_TEXT_OF(minor) "." ROOMCAST_DETAIL_TEXT_OF(patch)
/// The version as text, such as "1.2.3".
#define ROOMCAST_VERSION_STRING \
  ROOMCAST_DETAIL_TEXT(ROOMCAST_VERSION_MAJOR, ROOMCAST_VERSION_MINOR, ROOMCAST_VERSION_PATCH)

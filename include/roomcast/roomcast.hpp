#pragma once

/// @file
/// Everything: what a program that serves Socket.IO clients includes.

/// @namespace roomcast
/// A Socket.IO server as a library. Begin with Server.

#include <roomcast/emitter.hpp>
#include <roomcast/logger.hpp>
#include <roomcast/redis_client.hpp>
#include <roomcast/server.hpp>
#include <roomcast/typed.hpp>
#include <roomcast/version.hpp>

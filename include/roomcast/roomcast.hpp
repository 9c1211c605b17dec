#pragma once

// Everything: what a program that serves Socket.IO clients includes.

#include <roomcast/logger.hpp>
#include <roomcast/server.hpp>
#include <roomcast/version.hpp>

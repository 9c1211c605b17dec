#pragma once

#include <boost/asio/awaitable.hpp>

namespace roomcast {

/// A coroutine that runs on a loop: what a handler returns when it wants to `co_await`.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace roomcast

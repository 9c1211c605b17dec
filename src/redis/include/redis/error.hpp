#pragma once

#include <boost/system/result.hpp>

#include <roomcast/redis_error.hpp>
#include <roomcast/redis_reply.hpp>

namespace roomcast::resp {

using Error = RedisErrorCode;
using Reply = RedisReply;
/// A reply (which may be Redis's own error), or why there is none.
using Result = boost::system::result<Reply>;

}  // namespace roomcast::resp

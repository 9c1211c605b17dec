#include <redis/error.hpp>
#include <redis/reply_reader.hpp>

namespace roomcast {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.redis"; }
  std::string message(int code) const override {
    switch (static_cast<RedisErrorCode>(code)) {
      case RedisErrorCode::connection_lost:
        return "the connection to Redis was lost after the command was sent; its outcome is unknown";
      case RedisErrorCode::dropped:
        return "Redis is away; the command was dropped without being sent";
      case RedisErrorCode::publish_too_large:
        return "the message is larger than may be published";
      case RedisErrorCode::not_allowed:
        return "this command is not allowed on a shared connection";
      case RedisErrorCode::closed:
        return "the Redis client is closed";
      case RedisErrorCode::error_reply:
        return "Redis answered with an error";
      case RedisErrorCode::transaction_aborted:
        return "the transaction was not executed";
    }
    return "unknown Redis error";
  }
};

class ReplyCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.redis.reply"; }
  std::string message(int code) const override {
    switch (static_cast<resp::ReplyError>(code)) {
      case resp::ReplyError::protocol_violation:
        return "what came is not the protocol of Redis (RESP2)";
      case resp::ReplyError::too_large:
        return "a reply is larger than allowed";
    }
    return "unknown reply error";
  }
};

}  // namespace

const boost::system::error_category& redis_category() noexcept {
  static const Category category;
  return category;
}

const boost::system::error_category& resp::reply_category() noexcept {
  static const ReplyCategory category;
  return category;
}

}  // namespace roomcast

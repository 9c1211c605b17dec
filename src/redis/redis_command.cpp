#include <redis/format.hpp>
#include <roomcast/redis_command.hpp>

namespace roomcast {

RedisCommand& RedisCommand::add(std::string_view argument) {
  if (size_ == 0) name_ = argument;
  if (size_ == 2) third_size_ = argument.size();
  resp::append_argument(arguments_, argument);
  ++size_;
  return *this;
}

void RedisCommand::append_to(std::string& out) const {
  resp::append_length(out, '*', size_);
  out.append(arguments_);
}

RedisTransaction::RedisTransaction(const RedisCommand& first, const RedisCommand& second,
                                   const RedisCommand& third, const RedisCommand& fourth,
                                   const RedisCommand& fifth, const RedisCommand& sixth,
                                   const RedisCommand& seventh, const RedisCommand& eighth) {
  for (const RedisCommand* one : {&first, &second, &third, &fourth, &fifth, &sixth, &seventh, &eighth})
    if (!one->empty()) commands_.push_back(*one);
}

}  // namespace roomcast

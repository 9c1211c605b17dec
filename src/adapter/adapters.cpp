#include <utility>

#include <adapter/redis_cluster.hpp>
#include <adapter/redis_pubsub.hpp>
#include <redis/url.hpp>
#include <roomcast/adapters.hpp>

namespace roomcast {

std::unique_ptr<adapter::Cluster> AdapterFactory::make(loop::Loop& service_loop) const {
  return make_(service_loop);
}

AdapterFactory redis(std::string url, RedisAdapterOptions options) {
  resp::Options connection;
  connection.url = resp::Url::parse(url);
  connection.client_name = "roomcast-adapter";
  connection.max_outbound_bytes = options.max_outbound_bytes;
  connection.max_outbound_age = options.max_outbound_age;
  connection.max_publish_bytes = options.max_publish_bytes;
  return {[connection, options](loop::Loop& service_loop) {
            return std::make_unique<adapter::RedisCluster>(
                service_loop, std::make_unique<adapter::RedisPubSub>(service_loop, connection), options,
                "redis adapter on " + connection.url.redacted());
          },
          options.required};
}

}  // namespace roomcast

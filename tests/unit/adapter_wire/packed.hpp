#pragma once

#include <string>
#include <string_view>

#include <protocol/msgpack/transcode.hpp>

namespace roomcast::adapter::classic {

/// MessagePack of JSON text, for messages that nobody of ours would write.
inline std::string packed(std::string_view json) {
  std::string out;
  msgpack::from_json(out, json).value();
  return out;
}

}  // namespace roomcast::adapter::classic

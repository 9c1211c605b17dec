#pragma once

#include <span>
#include <string_view>

namespace roomcast::adapter {

/// JSON text with what its placeholders stand for. Views: good until the call that gets it returns.
struct Payload {
  std::string_view json;
  std::span<const std::string_view> attachments{};
};

}  // namespace roomcast::adapter

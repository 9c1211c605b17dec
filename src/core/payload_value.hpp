#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <adapter/payload.hpp>
#include <roomcast/value.hpp>

namespace roomcast::core {

/// A copy of what an adapter brought, for users.
inline Value value_of(const adapter::Payload& payload) {
  auto kept = detail::Payload::keep(payload.json, payload.attachments);
  const std::string_view json = kept->text;
  return {std::move(kept), json};
}

}  // namespace roomcast::core

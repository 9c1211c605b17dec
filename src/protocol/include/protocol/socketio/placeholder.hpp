#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace roomcast::socketio {

/// One object that stands for an attachment in the payload of a binary packet: `_placeholder` is true in it.
struct Placeholder {
  std::size_t offset = 0;  ///< where the object begins in the text that was searched
  std::size_t length = 0;
  std::optional<unsigned> num;  ///< the attachment, if `num` is a whole number that fits
};

/// All placeholders in `json`, in the order of the text, at any depth. One pass.
/// Of equal keys the last one counts, keys may be written with escapes, and what else is inside a placeholder
/// is not looked at, all as in JavaScript. `json` must be valid and belong to a packet with attachments:
/// elsewhere such an object is an ordinary one.
std::vector<Placeholder> find_placeholders(std::string_view json);

/// The placeholder that the whole of `value` is, if it is one. Looks at the object's own members only.
std::optional<Placeholder> read_placeholder(std::string_view value);

}  // namespace roomcast::socketio

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include <base/frame.hpp>
#include <protocol/msgpack/error.hpp>

// Between the JSON text of an event, with attachments beside it, and MessagePack, with bytes inside it.
// One pass either way; no tree in between.

namespace roomcast::msgpack {

struct JsonLimits {
  unsigned max_attachments = 10;
  unsigned max_depth = 512;  ///< as json::validate counts, and at most 1024
};

/// Appends the MessagePack of one JSON value, as notepack makes it of what JSON.parse makes of the text.
/// `valid_json` must have passed json::validate. If there are `attachments`, its placeholders become their
/// bytes; else objects that look like placeholders are ordinary ones.
/// Integers of up to 64 bits keep all their digits (JavaScript sees no difference). A lone surrogate
/// (`"\ud800"`), which notepack encodes as something that no other reader takes for UTF-8, becomes U+FFFD. A
/// number beyond 64 bits is a double, where notepack writes a wrong integer.
/// @return nothing, or `bad_placeholder` (a number without an attachment), or `too_deep` (beyond 1024); then
/// `out` ends as it did before.
boost::system::result<void> from_json(std::string& out, std::string_view valid_json,
                                      std::span<const std::string_view> attachments = {});

/// Appends the JSON text of one MessagePack value: what JSON.stringify makes of what notepack decodes, but
/// with a placeholder for each binary value, whose bytes are appended to `attachments` as views of `value`.
/// Placeholders are numbered by the place in `attachments`, and `max_attachments` counts those that were
/// there already.
///
/// Dates become their ISO text; NaN and infinities null; undefined null, or nothing as a member of a map;
/// keys that are no strings, what String() makes of them; malformed UTF-8 becomes U+FFFD. Integers keep all
/// their digits. The text is valid JSON and at most about 8 times as long as `value`, placeholders apart.
/// A map `{"_placeholder":true,…}` beside binary values, which would be read as one of them, is refused.
/// @return nothing, or the error; then `out` and `attachments` end as they did before.
boost::system::result<void> to_json(base::FrameBuilder& out, std::string_view value,
                                    std::vector<std::string_view>& attachments, JsonLimits limits = {});

}  // namespace roomcast::msgpack

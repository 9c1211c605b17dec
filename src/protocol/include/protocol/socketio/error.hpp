#pragma once

#include <boost/system/error_code.hpp>

namespace roomcast::socketio {

/// Why a peer's packet is refused. Every one of these is fatal to the connection.
/// `too_large` compares equal to `errc::message_size`, all others to `errc::protocol_error`.
enum class Error {
  unknown_type = 1,      ///< the first character is not 0 to 6
  bad_attachment_count,  ///< a binary packet without `<digits>-`
  zero_attachments,      ///< `50-…`
  too_many_attachments,  ///< more than `DecoderLimits::max_attachments`, or that many references to them
  bad_id,                ///< an ack id that does not fit 64 bits, or whitespace where it would stand
  invalid_payload,       ///< not JSON, or not what this packet type carries
  too_deep,              ///< the payload nests deeper than `DecoderLimits::max_depth`
  unexpected_text,       ///< text where an attachment was due
  unexpected_binary,     ///< an attachment that no packet announced
  bad_placeholder,       ///< `num` is not the number of an attachment
  too_large,             ///< text and attachments exceed `DecoderLimits::max_bytes`
};

const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace roomcast::socketio

template <>
struct boost::system::is_error_code_enum<roomcast::socketio::Error> : std::true_type {};

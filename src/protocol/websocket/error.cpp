#include <string>

#include <protocol/websocket/error.hpp>

namespace roomcast::websocket {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "websocket"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::reserved_bits:
        return "reserved bits set, RFC6455§5.2";
      case Error::unknown_opcode:
        return "unknown opcode, RFC6455§5.2";
      case Error::unmasked_frame:
        return "unmasked frame from a client, RFC6455§5.1";
      case Error::fragmented_control:
        return "fragmented control frame, RFC6455§5.5";
      case Error::control_too_long:
        return "control frame longer than 125 bytes, RFC6455§5.5";
      case Error::length_not_minimal:
        return "length not in its shortest form, RFC6455§5.2";
      case Error::length_too_large:
        return "length with its top bit set, RFC6455§5.2";
      case Error::unexpected_continuation:
        return "continuation of no message, RFC6455§5.4";
      case Error::expected_continuation:
        return "new message inside an unfinished one, RFC6455§5.4";
      case Error::message_too_large:
        return "message larger than the limit, RFC6455§10.4";
      case Error::invalid_utf8:
        return "text that is not UTF-8, RFC6455§8.1";
      case Error::bad_close_payload:
        return "close frame with half a status code, RFC6455§5.5.1";
      case Error::bad_close_code:
        return "close frame with an illegal status code, RFC6455§7.4";
      case Error::misplaced_compression:
        return "compression bit on a control frame or a continuation, RFC7692§6.1";
      case Error::invalid_deflate:
        return "message that cannot be inflated, RFC7692§7.2.2";
    }
    return "unknown websocket error";
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::uint16_t close_code(Error e) noexcept {
  switch (e) {
    case Error::message_too_large:
      return message_too_big;
    case Error::invalid_utf8:
    case Error::invalid_deflate:
      return invalid_payload;
    default:
      return protocol_error;
  }
}

bool may_be_sent(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace roomcast::websocket

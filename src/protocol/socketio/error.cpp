#include <string>

#include <boost/system/errc.hpp>

#include <protocol/socketio/error.hpp>

namespace roomcast::socketio {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.socketio"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::unknown_type:
        return "unknown packet type";
      case Error::bad_attachment_count:
        return "binary packet without a number of attachments";
      case Error::zero_attachments:
        return "binary packet with zero attachments";
      case Error::too_many_attachments:
        return "too many attachments";
      case Error::bad_id:
        return "bad ack id";
      case Error::invalid_payload:
        return "invalid payload";
      case Error::too_deep:
        return "payload nested too deep";
      case Error::unexpected_text:
        return "got plaintext data when reconstructing a packet";
      case Error::unexpected_binary:
        return "got binary data when not reconstructing a packet";
      case Error::bad_placeholder:
        return "illegal attachments";
      case Error::too_large:
        return "packet too large";
    }
    return "unknown Socket.IO error";
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    namespace errc = boost::system::errc;
    return errc::make_error_condition(static_cast<Error>(value) == Error::too_large ? errc::message_size
                                                                                    : errc::protocol_error);
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace roomcast::socketio

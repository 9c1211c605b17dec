#include <string>

#include <boost/system/errc.hpp>

#include <protocol/msgpack/error.hpp>

namespace roomcast::msgpack {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.msgpack"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::truncated:
        return "the MessagePack bytes end inside a value";
      case Error::trailing_bytes:
        return "bytes behind the MessagePack value";
      case Error::unknown_format:
        return "unknown MessagePack format";
      case Error::unknown_extension:
        return "unknown MessagePack extension";
      case Error::wrong_type:
        return "MessagePack value of an unexpected type";
      case Error::bad_key:
        return "MessagePack key that has no string form";
      case Error::too_deep:
        return "MessagePack nested too deep";
      case Error::too_many_attachments:
        return "too many binary values";
      case Error::bad_placeholder:
        return "placeholder without its attachment";
    }
    return "unknown MessagePack error";
  }

  boost::system::error_condition default_error_condition(int) const noexcept override {
    return boost::system::errc::make_error_condition(boost::system::errc::protocol_error);
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace roomcast::msgpack

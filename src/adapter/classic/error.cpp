#include <string>

#include <boost/system/errc.hpp>

#include <adapter/classic/error.hpp>

namespace roomcast::adapter::classic {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.adapter.classic"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::malformed:
        return "a field of the adapter's message is missing or of the wrong type";
      case Error::unknown_type:
        return "unknown type of request or response";
      case Error::unsupported_packet:
        return "not an event that a client would accept";
      case Error::too_many_rooms:
        return "too many rooms in one list";
      case Error::not_utf8:
        return "the adapter's message is not UTF-8";
    }
    return "unknown error of the classic adapter";
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

}  // namespace roomcast::adapter::classic

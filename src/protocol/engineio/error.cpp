#include <string>

#include <protocol/engineio/error.hpp>

namespace roomcast::engineio {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "engine.io"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::empty_packet:
        return "empty packet";
      case Error::unknown_type:
        return "packet of an unknown type";
      case Error::bad_length:
        return "wrong length in front of a packet";
      case Error::bad_text:
        return "text that is not UTF-8";
    }
    return "unknown engine.io error";
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace roomcast::engineio

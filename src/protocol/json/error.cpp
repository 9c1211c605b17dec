#include <string>

#include <boost/system/errc.hpp>

#include <protocol/json/error.hpp>

namespace roomcast::json {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "roomcast.json"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::syntax:
        return "not a JSON text";
      case Error::too_deep:
        return "JSON nested too deep";
    }
    return "unknown JSON error";
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

}  // namespace roomcast::json

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <protocol/json/writer.hpp>
#include <protocol/msgpack/reader.hpp>
#include <protocol/msgpack/transcode.hpp>
#include <protocol/socketio/encoder.hpp>

#include "iso_date.hpp"
#include "parse.hpp"

namespace roomcast::msgpack {
namespace {

class ToJson {
 public:
  ToJson(base::FrameBuilder& out, std::string_view value, std::vector<std::string_view>& attachments,
         const JsonLimits& limits) noexcept
      : out_(&out),
        at_(value.data()),
        end_(value.data() + value.size()),
        attachments_(&attachments),
        max_attachments_(limits.max_attachments),
        max_depth_(std::min(limits.max_depth, detail::highest_max_depth)) {}

  Error run() {
    do {
      if (const Error error = value(); error != detail::no_error) return error;
      if (const Error error = advance(); error != detail::no_error) return error;
    } while (depth_ != 0);
    if (at_ != end_) return Error::trailing_bytes;
    return forged_ && !attachments_->empty() ? Error::bad_placeholder : detail::no_error;
  }

 private:
  struct Level {
    std::uint32_t left;  // elements or members that are still to come
    bool map;
    bool first;
  };

  /// Writes a scalar, or opens an array or a map.
  Error value() {
    if (const Error error = detail::parse(at_, end_, token_); error != detail::no_error) return error;
    switch (token_.type) {
      case Type::nil:
      case Type::undefined:
        out_->append("null");
        break;
      case Type::boolean:
        out_->append(token_.boolean ? "true" : "false");
        forged_ = forged_ || (token_.boolean && flag_key_);
        break;
      case Type::integer:
        json::write_number(*out_, token_.integer);
        break;
      case Type::natural:
        json::write_number(*out_, token_.natural);
        break;
      case Type::number:
        json::write_number(*out_, token_.number);
        break;
      case Type::string:
        json::write_string(*out_, token_.bytes);
        break;
      case Type::binary:
        if (depth_ == max_depth_) return Error::too_deep;  // a placeholder is an object
        if (attachments_->size() >= max_attachments_) return Error::too_many_attachments;
        socketio::write_placeholder(*out_, static_cast<unsigned>(attachments_->size()));
        attachments_->push_back(token_.bytes);
        break;
      case Type::date:
        write_iso_date(*out_, token_.number);
        break;
      case Type::array:
      case Type::map: {
        if (depth_ == max_depth_) return Error::too_deep;
        const bool map = token_.type == Type::map;
        out_->append(map ? '{' : '[');
        levels_[depth_++] = {static_cast<std::uint32_t>(token_.natural), map, true};
        break;
      }
    }
    return detail::no_error;
  }

  /// Closes what ends here, until another value is due or nothing is open any more.
  Error advance() {
    flag_key_ = false;
    while (depth_ != 0) {
      Level& level = levels_[depth_ - 1];
      if (level.left == 0) {
        out_->append(level.map ? '}' : ']');
        --depth_;
        continue;
      }
      --level.left;
      const std::size_t before = out_->size();
      if (!level.first) out_->append(',');
      if (level.map) {
        if (const Error error = key(); error != detail::no_error) return error;
        if (detail::undefined_at(at_, end_)) {
          out_->truncate(before);
          at_ += 3;
          continue;
        }
      }
      level.first = false;
      return detail::no_error;
    }
    return detail::no_error;
  }

  /// What JavaScript makes of a property's name.
  Error key() {
    if (const Error error = detail::parse(at_, end_, token_); error != detail::no_error) return error;
    switch (token_.type) {
      case Type::string:
      case Type::binary:
        flag_key_ = token_.bytes == "_placeholder";
        json::write_string(*out_, token_.bytes);
        break;
      case Type::nil:
        out_->append("\"null\"");
        break;
      case Type::undefined:
        out_->append("\"undefined\"");
        break;
      case Type::boolean:
        out_->append(token_.boolean ? "\"true\"" : "\"false\"");
        break;
      case Type::integer:
        numeric_key(static_cast<double>(token_.integer));
        break;
      case Type::natural:
        numeric_key(static_cast<double>(token_.natural));
        break;
      case Type::number:
        numeric_key(token_.number);
        break;
      case Type::array:
      case Type::map:
      case Type::date:
        return Error::bad_key;
    }
    out_->append(':');
    return detail::no_error;
  }

  void numeric_key(double number) {
    out_->append('"');
    if (std::isnan(number))
      out_->append("NaN");
    else if (std::isinf(number))
      out_->append(number > 0 ? "Infinity" : "-Infinity");
    else
      json::write_number(*out_, number);
    out_->append('"');
  }

  base::FrameBuilder* out_;
  const char* at_;
  const char* end_;
  std::vector<std::string_view>* attachments_;
  unsigned max_attachments_;
  unsigned max_depth_;
  unsigned depth_ = 0;
  bool flag_key_ = false;  // the value that comes is a member `_placeholder`
  bool forged_ = false;
  Token token_;
  Level levels_[detail::highest_max_depth];  // the first depth_ of them
};

}  // namespace

boost::system::result<void> to_json(base::FrameBuilder& out, std::string_view value,
                                    std::vector<std::string_view>& attachments, JsonLimits limits) {
  const std::size_t text_before = out.size();
  const std::size_t attachments_before = attachments.size();
  const Error error = ToJson(out, value, attachments, limits).run();
  if (error == detail::no_error) return {};
  out.truncate(text_before);
  attachments.resize(attachments_before);
  return error;
}

}  // namespace roomcast::msgpack

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include <protocol/json/reader.hpp>
#include <protocol/json/token_cursor.hpp>
#include <protocol/msgpack/transcode.hpp>
#include <protocol/msgpack/writer.hpp>
#include <protocol/socketio/placeholder.hpp>

#include "parse.hpp"

namespace roomcast::msgpack {
namespace {

/// Writes while it reads. How many elements an array has is known at its end: its header is one byte until
/// then. Those of more than 15 elements need a longer header, and get it when all is written, with one move
/// of the bytes between them.
class FromJson {
 public:
  FromJson(std::string& out, std::string_view text, std::span<const std::string_view> attachments)
      : out_(&out), writer_(out), text_(text), attachments_(attachments) {
    if (!attachments.empty()) placeholders_ = socketio::find_placeholders(text);
  }

  Error run() {
    json::TokenCursor cursor(text_);
    json::Token token{};
    for (std::string_view text; cursor.next(token, text);) {
      switch (token) {
        case json::Token::array_begin:
        case json::Token::object_begin:
          count_value();
          if (at_placeholder(text)) {
            const socketio::Placeholder& placeholder = placeholders_[next_placeholder_++];
            if (!placeholder.num || *placeholder.num >= attachments_.size()) return Error::bad_placeholder;
            writer_.binary(attachments_[*placeholder.num]);
            cursor = json::TokenCursor(text_.substr(placeholder.offset + placeholder.length));
          } else if (!open(token == json::Token::object_begin)) {
            return Error::too_deep;
          }
          break;
        case json::Token::array_end:
        case json::Token::object_end:
          close();
          break;
        case json::Token::key:
          ++levels_[depth_ - 1].elements;
          string(text);
          break;
        case json::Token::scalar:
          count_value();
          scalar(text);
          break;
      }
    }
    if (!wide_.empty()) widen();
    return detail::no_error;
  }

 private:
  struct Level {
    std::size_t header;    // where it stands in out
    std::size_t elements;  // of an array, or members of an object
    bool object;
  };

  bool at_placeholder(std::string_view text) const noexcept {
    return next_placeholder_ < placeholders_.size() &&
           text.data() == text_.data() + placeholders_[next_placeholder_].offset;
  }

  void count_value() noexcept {
    if (depth_ != 0 && !levels_[depth_ - 1].object) ++levels_[depth_ - 1].elements;
  }

  bool open(bool object) {
    if (depth_ == detail::highest_max_depth) return false;
    levels_[depth_++] = {out_->size(), 0, object};
    out_->push_back('\0');
    return true;
  }

  void close() {
    const Level& level = levels_[--depth_];
    if (level.elements < 16)
      (*out_)[level.header] = static_cast<char>((level.object ? 0x80 : 0x90) | level.elements);
    else
      wide_.push_back(level);
  }

  void scalar(std::string_view text) {
    switch (text.front()) {
      case '"':
        return string(text);
      case 't':
        return writer_.boolean(true);
      case 'f':
        return writer_.boolean(false);
      case 'n':
        return writer_.nil();
      default:
        return number(text);
    }
  }

  void string(std::string_view raw) {
    const std::string_view content = raw.substr(1, raw.size() - 2);
    if (content.find('\\') == std::string_view::npos)
      writer_.string(content);
    else
      writer_.string(json::unescape(raw));
  }

  void number(std::string_view text) {
    const char* const end = text.data() + text.size();
    const auto whole = [&](auto& value) {
      const auto [behind, error] = std::from_chars(text.data(), end, value);
      return error == std::errc{} && behind == end;
    };
    if (std::int64_t integer = 0; whole(integer)) return writer_.integer(integer);
    if (std::uint64_t natural = 0; whole(natural)) return writer_.natural(natural);
    writer_.number(json::read_double(text).value_or(0));
  }

  void widen() {
    std::ranges::sort(wide_, {}, &Level::header);
    std::size_t from = out_->size();
    std::size_t to = from;
    for (const Level& level : wide_) to += header_of(level).size() - 1;
    out_->resize(to);
    for (std::size_t i = wide_.size(); i-- > 0;) {
      const std::string header = header_of(wide_[i]);
      const std::size_t behind = wide_[i].header + 1;
      to -= from - behind;
      std::memmove(out_->data() + to, out_->data() + behind, from - behind);
      to -= header.size();
      header.copy(out_->data() + to, header.size());
      from = wide_[i].header;
    }
  }

  static std::string header_of(const Level& level) {
    std::string header;  // at most 5 bytes: no allocation
    Writer writer(header);
    level.object ? writer.map(level.elements) : writer.array(level.elements);
    return header;
  }

  std::string* out_;
  Writer writer_;
  std::string_view text_;
  std::span<const std::string_view> attachments_;
  std::vector<socketio::Placeholder> placeholders_;
  std::size_t next_placeholder_ = 0;
  std::vector<Level> wide_;
  unsigned depth_ = 0;
  Level levels_[detail::highest_max_depth];  // the first depth_ of them
};

}  // namespace

boost::system::result<void> from_json(std::string& out, std::string_view valid_json,
                                      std::span<const std::string_view> attachments) {
  const std::size_t before = out.size();
  const Error error = FromJson(out, valid_json, attachments).run();
  if (error == detail::no_error) return {};
  out.resize(before);
  return error;
}

}  // namespace roomcast::msgpack

#include <base/utf8.hpp>
#include <protocol/json/writer.hpp>

#include "run.hpp"

namespace roomcast::json {
namespace {

/// JSON.stringify's escape of one byte that needs one.
void write_escape(base::FrameBuilder& out, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      break;
    case '\\':
      out.append("\\\\");
      break;
    case '\b':
      out.append("\\b");
      break;
    case '\t':
      out.append("\\t");
      break;
    case '\n':
      out.append("\\n");
      break;
    case '\f':
      out.append("\\f");
      break;
    case '\r':
      out.append("\\r");
      break;
    default:
      out.append("\\u00");
      out.append(digits[c >> 4]);
      out.append(digits[c & 0xF]);
  }
}

template <class Stop>
const char* write_run(base::FrameBuilder& out, const char* at, const char* end) {
  const char* const stop = detail::find<Stop>(at, end);
  out.append({at, static_cast<std::size_t>(stop - at)});
  return stop;
}

void write_utf8(base::FrameBuilder& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while ((at = write_run<detail::StringStop>(out, at, end)) != end)
    write_escape(out, static_cast<unsigned char>(*at++));
}

}  // namespace

void write_string(base::FrameBuilder& out, std::string_view text) {
  out.append('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  // ASCII needs no further check. The first other byte has the rest judged once, as a whole.
  while ((at = write_run<detail::AsciiStringStop>(out, at, end)) != end) {
    if (static_cast<unsigned char>(*at) >= 0x80) {
      const std::string_view rest(at, static_cast<std::size_t>(end - at));
      if (base::is_valid_utf8(rest))
        write_utf8(out, rest);
      else
        write_utf8(out, base::to_valid_utf8(rest));
      break;
    }
    write_escape(out, static_cast<unsigned char>(*at++));
  }
  out.append('"');
}

}  // namespace roomcast::json

#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace roomcast::resp {

inline void append_length(std::string& out, char type, std::size_t length) {
  char text[24];
  text[0] = type;
  char* end = std::to_chars(text + 1, text + sizeof text - 2, length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(text, end);
}

/// Appends one argument of a command: length-prefixed, so that any byte may be in it.
inline void append_argument(std::string& out, std::string_view argument) {
  append_length(out, '$', argument.size());
  out.append(argument);
  out.append("\r\n", 2);
}

/// Appends a command straight to an output buffer: each argument is copied once. `arguments` is any range of
/// what converts to string_view, and not empty.
template <class Arguments>
void append_command(std::string& out, const Arguments& arguments) {
  append_length(out, '*', arguments.size());
  for (const std::string_view argument : arguments) append_argument(out, argument);
}

}  // namespace roomcast::resp

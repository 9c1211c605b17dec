#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roomcast::engineio {

// Polling for browsers that could neither send requests to other origins nor read their answers: an answer is
// a script that calls a function of the page, and what is sent is a form. Engine.IO, "JSONP polling".

/// The number of the page's function in a session's query, if it asks for this; what are no digits is left
/// out.
std::optional<std::string> jsonp_callback(std::string_view query);

/// The script that gives a polling body to the function `___eio[callback]`.
std::string jsonp_answer(std::string_view callback, std::string_view body);

/// The polling body in a form, if it has one: field `d`, in which `\n` stands for a line's end and `\\n` for
/// `\n` itself.
std::optional<std::string> jsonp_body(std::string_view form);

}  // namespace roomcast::engineio

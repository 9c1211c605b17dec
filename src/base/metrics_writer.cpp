#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <base/utf8.hpp>
#include <roomcast/metrics.hpp>

namespace roomcast {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_name(std::string_view name, bool colons) noexcept {
  auto good = [colons](char c) { return is_letter(c) || (colons && c == ':'); };
  return !name.empty() && good(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return good(c) || (c >= '0' && c <= '9'); });
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  if (!base::is_valid_utf8(text)) return append_escaped(out, base::to_valid_utf8(text), quotes);
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
}

}  // namespace

void MetricsWriter::begin(std::string_view type, std::string_view name, std::string_view help) {
  if (!is_name(name, true))
    throw std::invalid_argument("\"" + std::string(name) + "\" is not a metric's name");
  if (std::ranges::find(names_, name) != names_.end())
    throw std::invalid_argument("the metric " + std::string(name) + " is there already");
  name_ = name;
  names_.push_back(name_);
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsWriter::begin_sample(std::initializer_list<Label> labels) {
  if (name_.empty()) throw std::logic_error("a sample without a metric");
  for (const Label& label : labels)
    if (!is_name(label.name, false))
      throw std::invalid_argument("\"" + std::string(label.name) + "\" is not a label's name");
  text_ += name_;
  char next = '{';
  for (const Label& label : labels) {
    text_ += std::exchange(next, ',');
    text_.append(label.name).append("=\"");
    append_escaped(text_, label.value, true);
    text_ += '"';
  }
  if (labels.size() > 0) text_ += '}';
}

void MetricsWriter::end_sample(std::string_view value) { text_.append(" ").append(value).append("\n"); }

void MetricsWriter::sample(double value, std::initializer_list<Label> labels) {
  begin_sample(labels);
  if (std::isnan(value)) return end_sample("NaN");
  if (std::isinf(value)) return end_sample(value > 0 ? "+Inf" : "-Inf");
  char digits[32];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  end_sample({digits, static_cast<std::size_t>(end - digits)});
}

}  // namespace roomcast

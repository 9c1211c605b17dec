// What a line of the log looks like, as text and as JSON.

#include <cmath>
#include <ctime>
#include <span>

#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>

#include <base/log.hpp>
#include <base/utf8.hpp>

namespace roomcast::base::log {
namespace {

using Buffer = spdlog::memory_buf_t;

// The fields of the line that this thread is writing: the logger hands its sink a text only, and calls the
// formatter before it returns.
thread_local std::span<const LogField> current_fields;

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    default:
      return "error";
  }
}

void append(Buffer& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

// A control character must neither end the line nor reach a terminal.
void append_escaped(Buffer& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n') {
      append(out, "\\n");
    } else if (c == '\r') {
      append(out, "\\r");
    } else if (code < 0x20 || code == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    } else {
      if (quotes && (c == '"' || c == '\\')) out.push_back('\\');
      out.push_back(c);
    }
  }
}

void append_quoted(Buffer& out, std::string_view text) {
  out.push_back('"');
  append_escaped(out, text, true);
  out.push_back('"');
}

// Log lines must be text for whoever reads them, whatever peers sent.
template <class F>
void with_valid_utf8(std::string_view text, F&& f) {
  if (is_valid_utf8(text)) return f(text);
  f(std::string_view(to_valid_utf8(text)));
}

void append_time(Buffer& out, const spdlog::details::log_msg& message, bool utc) {
  using namespace std::chrono;
  const std::time_t seconds = system_clock::to_time_t(message.time);
  const auto milliseconds = duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch()).count();
  std::tm parts{};
  utc ? ::gmtime_r(&seconds, &parts) : ::localtime_r(&seconds, &parts);
  char text[32];
  append(out, {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)});
  fmt::format_to(std::back_inserter(out), ".{:03}{}", milliseconds % 1000, utc ? "Z" : "");
}

class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, Buffer& out) override {
    append_time(out, message, false);
    fmt::format_to(std::back_inserter(out), " {} ", name_of(message.level));
    auto escaped = [&](std::string_view text) { append_escaped(out, text, false); };
    with_valid_utf8({message.payload.data(), message.payload.size()}, escaped);
    for (const LogField& field : current_fields) {
      out.push_back(' ');
      append(out, field.name);
      out.push_back('=');
      std::visit([&](const auto& value) { write(out, value); }, field.value);
    }
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }

 private:
  static void write(Buffer& out, std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(" =\"\\\n\r\t") == std::string_view::npos;
    with_valid_utf8(text, [&](std::string_view valid) {
      plain ? append_escaped(out, valid, false) : append_quoted(out, valid);
    });
  }
  static void write(Buffer& out, auto number) { fmt::format_to(std::back_inserter(out), "{}", number); }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, Buffer& out) override {
    append(out, R"({"time":")");
    append_time(out, message, true);
    fmt::format_to(std::back_inserter(out), R"(","level":"{}","message":)", name_of(message.level));
    auto quoted = [&](std::string_view text) { append_quoted(out, text); };
    with_valid_utf8({message.payload.data(), message.payload.size()}, quoted);
    for (const LogField& field : current_fields) {
      out.push_back(',');
      append_quoted(out, field.name);
      out.push_back(':');
      std::visit([&](const auto& value) { write(out, value); }, field.value);
    }
    append(out, "}\n");
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

 private:
  static void write(Buffer& out, std::string_view text) {
    with_valid_utf8(text, [&](std::string_view valid) { append_quoted(out, valid); });
  }
  static void write(Buffer& out, double number) {
    if (!std::isfinite(number)) return append(out, "null");
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
  static void write(Buffer& out, auto number) { fmt::format_to(std::back_inserter(out), "{}", number); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_formatter(LogFormat format) {
  if (format == LogFormat::json) return std::make_unique<JsonFormatter>();
  return std::make_unique<TextFormatter>();
}

void write(spdlog::level::level_enum level, std::string_view text, std::initializer_list<LogField> fields) {
  current_fields = fields;
  get().log(level, "{}", text);
  current_fields = {};
}

}  // namespace roomcast::base::log

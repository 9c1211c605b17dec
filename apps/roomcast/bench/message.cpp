#include "message.hpp"

#include <charconv>
#include <utility>

namespace roomcast::app::bench {
namespace {

constexpr std::size_t alphabet = 26;

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

bool Scanner::until_quote(std::string_view& value) {
  const std::size_t end = text_.find('"');
  if (end == std::string_view::npos) return false;
  value = text_.substr(0, end);
  text_.remove_prefix(end);
  return true;
}

MessageFormat::MessageFormat(std::size_t bytes, std::string run) : bytes_(bytes), run_(std::move(run)) {
  letters_.reserve(bytes + alphabet);
  for (std::size_t i = 0; i < bytes + alphabet; ++i) letters_ += static_cast<char>('a' + i % alphabet);
}

std::string_view MessageFormat::payload_of(std::uint64_t sender, std::uint64_t number) const {
  return std::string_view(letters_).substr((sender + number) % alphabet, bytes_);
}

void MessageFormat::write_room(std::string& out, std::uint64_t room) const {
  out.append(run_).append(":");
  append_number(out, room);
}

void MessageFormat::write(std::string& out, const Message& message) const {
  out += '{';
  if (message.has_room) {
    out += R"("to":")";
    write_room(out, message.room);
    out += R"(",)";
  }
  out += R"("c":)";
  append_number(out, message.sender);
  out += R"(,"n":)";
  append_number(out, message.number);
  out += R"(,"t":)";
  append_number(out, message.sent_at);
  out.append(R"(,"p":")").append(payload_of(message.sender, message.number)).append(R"("})");
}

std::optional<Message> MessageFormat::read(std::string_view object) const {
  enum : unsigned { c = 1, n = 2, t = 4, p = 8, to = 16 };
  Message message;
  std::string_view payload;
  unsigned seen = 0;
  Scanner in(object);
  if (!in.take("{")) return std::nullopt;
  do {
    unsigned member;
    bool good;
    if (in.take(R"("c":)")) {
      member = c;
      good = in.number(message.sender);
    } else if (in.take(R"("n":)")) {
      member = n;
      good = in.number(message.number);
    } else if (in.take(R"("t":)")) {
      member = t;
      good = in.number(message.sent_at);
    } else if (in.take(R"("p":")")) {
      member = p;
      good = in.until_quote(payload) && in.take("\"");
    } else if (in.take(R"("to":")")) {
      member = to;
      message.has_room = true;
      good = in.take(run_) && in.take(":") && in.number(message.room) && in.take("\"");
    } else {
      return std::nullopt;
    }
    if (!good || (seen & member) != 0) return std::nullopt;
    seen |= member;
  } while (in.take(","));
  const bool whole = in.take("}") && in.rest().empty() && (seen | to) == (c | n | t | p | to);
  if (!whole || payload != payload_of(message.sender, message.number)) return std::nullopt;
  return message;
}

}  // namespace roomcast::app::bench

#include <protocol/msgpack/reader.hpp>

#include "parse.hpp"

namespace roomcast::msgpack {

boost::system::result<Token> Reader::next() noexcept {
  Token token;
  if (const Error error = detail::parse(at_, end_, token); error != detail::no_error) return error;
  return token;
}

boost::system::result<std::string_view> Reader::string() noexcept {
  Token token;
  if (const Error error = detail::parse(at_, end_, token); error != detail::no_error) return error;
  if (token.type != Type::string) return Error::wrong_type;
  return token.bytes;
}

boost::system::result<std::size_t> Reader::header(Type wanted) noexcept {
  Token token;
  if (const Error error = detail::parse(at_, end_, token); error != detail::no_error) return error;
  if (token.type != wanted) return Error::wrong_type;
  return static_cast<std::size_t>(token.natural);
}

boost::system::result<std::string_view> Reader::skip(unsigned max_depth) noexcept {
  const char* const first = at_;
  if (const Error error = detail::skip(at_, end_, max_depth); error != detail::no_error) return error;
  return std::string_view(first, static_cast<std::size_t>(at_ - first));
}

boost::system::result<void> Reader::expect_end() const noexcept {
  if (!at_end()) return Error::trailing_bytes;
  return {};
}

}  // namespace roomcast::msgpack

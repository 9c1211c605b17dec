// A header of the PROXY protocol that comes in pieces means what it means whole, and never more bytes are
// waited for than one may have.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <protocol/proxy/header.hpp>

namespace {

using namespace roomcast::proxy;

void require(bool truth) {
  if (!truth) std::abort();
}

/// What there is to know of an answer; "" while bytes are missing.
std::string trace(std::string_view bytes) {
  const auto header = read_header(std::string(bytes));  // a copy of exactly that size
  if (header.has_error()) return "error " + std::to_string(header.error().value());
  if (!*header) return "";
  require((*header)->size <= bytes.size() && (*header)->size <= max_size);
  std::string text = std::to_string((*header)->size);
  if (const auto& source = (*header)->source) {
    require(!source->address.empty());
    text += " " + source->address + " " + std::to_string(source->port);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view wire(reinterpret_cast<const char*>(data), size);
  const std::string whole = trace(wire);
  require(!whole.empty() || size < max_size);
  std::string pieces;
  for (std::size_t end = 0; end <= size && pieces.empty(); ++end) pieces = trace(wire.substr(0, end));
  require(whole == pieces);
  return 0;
}

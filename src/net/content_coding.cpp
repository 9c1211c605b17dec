#include <algorithm>
#include <charconv>
#include <new>
#include <tuple>

#include <boost/beast/core/string.hpp>
#include <zlib.h>

#include <net/content_coding.hpp>

namespace roomcast::net {
namespace {

struct Offer {
  ContentCoding coding;
  std::string_view name;
};
constexpr Offer offers[] = {{ContentCoding::gzip, "gzip"}, {ContentCoding::deflate, "deflate"}};

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// Takes what stands in front of the next `mark`, and the mark.
std::string_view take_part(std::string_view& text, char mark) noexcept {
  const std::string_view part = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return trimmed(part);
}

/// In thousandths; what is no weight counts as 0. Beast's ext_list gives a token without parameters those of
/// the one before it.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_part(parameters, ';');
    if (!boost::beast::iequals(parameter.substr(0, 2), "q=")) continue;
    double weight = 0;
    std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
    return weight >= 0 && weight <= 1 ? static_cast<int>(weight * 1000) : 0;
  }
  return 1000;
}

}  // namespace

ContentCoding preferred_coding(std::string_view accept_encoding) {
  // By weight, then by its own name, then by the place in the header.
  std::tuple<int, bool, int> best{0, false, 0};
  ContentCoding chosen = ContentCoding::identity;
  for (const Offer& offer : offers) {
    std::tuple<int, bool, int> own{0, false, 0};
    int place = 0;
    for (std::string_view rest = accept_encoding; !rest.empty();) {
      std::string_view parameters = take_part(rest, ',');
      const std::string_view token = take_part(parameters, ';');
      --place;
      const bool named = boost::beast::iequals(token, offer.name);
      // Its own name says more of it than `*`, whatever the weights.
      if (named || (token == "*" && !std::get<bool>(own))) own = {weight_of(parameters), named, place};
    }
    if (std::get<0>(own) == 0 || (chosen != ContentCoding::identity && own <= best)) continue;
    best = own;
    chosen = offer.coding;
  }
  return chosen;
}

std::string_view name_of(ContentCoding coding) noexcept {
  for (const Offer& offer : offers)
    if (offer.coding == coding) return offer.name;
  return "identity";
}

std::string compress(std::string_view bytes, ContentCoding coding) {
  if (coding == ContentCoding::identity) return std::string(bytes);
  constexpr int gzip_header = 16;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED,
                   MAX_WBITS + (coding == ContentCoding::gzip ? gzip_header : 0), MAX_MEM_LEVEL - 1,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) throw std::bad_alloc();  // the bound is enough, says zlib
  return out;
}

}  // namespace roomcast::net

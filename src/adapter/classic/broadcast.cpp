#include <adapter/classic/broadcast.hpp>

#include "msgpack_fields.hpp"

namespace roomcast::adapter::classic {
namespace {

/// Takes the array's header and the uid.
boost::system::result<std::string_view> read_uid(msgpack::Reader& reader, std::uint64_t& elements) {
  const auto head = reader.next();
  if (!head) return head.error();
  if (head->type != msgpack::Type::array || head->natural < 3) return Error::malformed;
  elements = head->natural;
  return detail::read_string(reader);
}

}  // namespace

boost::system::result<std::string> encode_broadcast(std::string_view uid, std::string_view nsp,
                                                    const Payload& arguments, const Opts& opts,
                                                    Sender sender) {
  std::string out;
  out.reserve(arguments.json.size() + 128);
  msgpack::Writer writer(out);
  writer.array(3);
  writer.string(uid);
  if (const auto written = detail::write_event(out, nsp, arguments); !written) return written.error();
  detail::write_opts(out, opts, sender);
  return out;
}

boost::system::result<std::string_view> broadcast_uid(std::string_view payload) noexcept {
  msgpack::Reader reader(payload);
  std::uint64_t elements = 0;
  return read_uid(reader, elements);
}

boost::system::result<Broadcast> decode_broadcast(std::string_view payload, const Limits& limits) {
  msgpack::Reader reader(payload);
  std::uint64_t elements = 0;
  const auto uid = read_uid(reader, elements);
  if (!uid) return uid.error();
  const auto event = detail::read_event(reader, limits);
  if (!event) return event.error();
  auto opts = detail::read_opts(reader, limits);
  if (!opts) return opts.error();
  for (std::uint64_t i = 3; i < elements; ++i)
    if (const auto skipped = detail::skip(reader, limits); !skipped) return skipped.error();
  if (const auto end = reader.expect_end(); !end) return end.error();
  return Broadcast{*uid, *event, std::move(*opts)};
}

}  // namespace roomcast::adapter::classic

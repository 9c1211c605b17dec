#pragma once

#include <string_view>

#include <boost/system/result.hpp>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/message.hpp>
#include <protocol/msgpack/reader.hpp>
#include <protocol/msgpack/writer.hpp>

// The parts that broadcasts and the requests and answers in MessagePack share. Readers take one value from
// the front; whatever has not the expected type is `Error::malformed`.

namespace roomcast::adapter::classic::detail {

/// Takes a map; `member(key)` takes each value. Keys that are no strings are skipped with their values.
template <class Member>
boost::system::result<void> read_map(msgpack::Reader& reader, const Limits& limits, Member&& member) {
  const auto head = reader.next();
  if (!head) return head.error();
  if (head->type != msgpack::Type::map) return Error::malformed;
  for (std::uint64_t i = 0; i < head->natural; ++i) {
    msgpack::Reader ahead = reader;
    const auto key = ahead.next();
    if (!key) return key.error();
    if (key->type != msgpack::Type::string) {
      if (const auto skipped = reader.skip(limits.max_depth); !skipped) return skipped.error();
      if (const auto skipped = reader.skip(limits.max_depth); !skipped) return skipped.error();
      continue;
    }
    reader = ahead;
    if (const auto taken = member(key->bytes); !taken) return taken.error();
  }
  return {};
}

boost::system::result<std::string_view> read_string(msgpack::Reader& reader);
boost::system::result<std::uint64_t> read_natural(msgpack::Reader& reader);
boost::system::result<void> skip(msgpack::Reader& reader, const Limits& limits);
boost::system::result<Opts> read_opts(msgpack::Reader& reader, const Limits& limits);
/// The `packet`. Checks that its data is an event.
boost::system::result<Event> read_event(msgpack::Reader& reader, const Limits& limits);

void write_opts(std::string& out, const Opts& opts, Sender sender);
boost::system::result<void> write_event(std::string& out, std::string_view nsp, const Payload& arguments);

}  // namespace roomcast::adapter::classic::detail

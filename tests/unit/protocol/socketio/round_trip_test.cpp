#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <base/utf8.hpp>
#include <protocol/socketio/decoder.hpp>

#include "frames.hpp"

namespace roomcast::socketio {
namespace {

RC_GTEST_PROP(RoundTrip, an_event_arrives_as_it_was_written,
              (const std::string& name, const std::string& argument, std::uint64_t id, bool has_id,
               const std::vector<std::string>& attachments)) {
  RC_PRE(!reserved_event(name) && attachments.size() <= 10);
  const std::string nsp = *rc::gen::element<std::string>("/", "/admin", "/a/b-1?x=2", "/é😀");

  base::FrameBuilder out;
  write_header(out, PacketType::event, nsp, has_id ? std::optional(id) : std::nullopt);
  const std::size_t payload = out.size();
  out.append('[');
  json::write_string(out, name);
  out.append(',');
  json::write_string(out, argument);
  for (unsigned num = 0; num < attachments.size(); ++num) {
    out.append(',');
    write_placeholder(out, num);
  }
  out.append(']');
  const std::string data(out.view().substr(payload));
  if (!attachments.empty()) make_binary(out, 0, static_cast<unsigned>(attachments.size()));

  Decoder decoder;
  auto result = decoder.add_text(out.view());
  for (const std::string& attachment : attachments) {
    RC_ASSERT(result.has_value() && !*result);
    result = decoder.add_binary(attachment);
  }
  RC_ASSERT(result.has_value() && *result);
  const Packet& packet = **result;
  RC_ASSERT(packet.type == PacketType::event);
  RC_ASSERT(packet.nsp == nsp);
  RC_ASSERT(packet.id == (has_id ? std::optional(id) : std::nullopt));
  RC_ASSERT(packet.data == data);
  RC_ASSERT(std::vector<std::string>(packet.attachments.begin(), packet.attachments.end()) == attachments);

  Frames expected{std::string(out.view())};
  expected.insert(expected.end(), attachments.begin(), attachments.end());
  RC_ASSERT(relayed(packet) == expected);
}

}  // namespace
}  // namespace roomcast::socketio

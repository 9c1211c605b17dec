#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/channels.hpp>
#include <adapter/classic/request.hpp>
#include <adapter/classic/response.hpp>
#include <base/frame.hpp>
#include <base/utf8.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/msgpack/transcode.hpp>

namespace {

namespace base = roomcast::base;
namespace classic = roomcast::adapter::classic;
namespace json = roomcast::json;
namespace msgpack = roomcast::msgpack;

void require(bool condition) {
  if (!condition) std::abort();
}

/// What was read as a broadcast must be read as the same one when we send it on.
void check_broadcast(std::string_view payload) {
  const auto broadcast = classic::decode_broadcast(payload);
  if (!broadcast) return;
  require(classic::broadcast_uid(payload).value() == broadcast->uid);
  base::FrameBuilder text;
  std::vector<std::string_view> attachments;
  if (!msgpack::to_json(text, broadcast->event.data, attachments)) return;
  require(json::validate(text.view()).has_value());
  const auto sent = classic::encode_broadcast(broadcast->uid, broadcast->event.nsp,
                                              {text.view(), attachments}, broadcast->opts);
  require(sent.has_value());
  const auto again = classic::decode_broadcast(*sent);
  require(again.has_value());
  require(again->opts.rooms == broadcast->opts.rooms && again->opts.except == broadcast->opts.except);
  require(again->opts.flags.timeout == broadcast->opts.flags.timeout);
}

void check_request(std::string_view payload) {
  const auto request = classic::decode_request(payload);
  if (!request) return;
  if (const auto* emit = std::get_if<classic::ServerSideEmit>(&request->body)) {
    require(json::validate(emit->data).has_value());
    const std::string sent =
        classic::encode_server_side_emit(request->uid, request->request_id, {emit->data});
    const auto again = classic::decode_request(sent);
    require(again.has_value() && std::get<classic::ServerSideEmit>(again->body).data == emit->data);
  }
  if (const auto* join = std::get_if<classic::Join>(&request->body)) {
    const auto again = classic::decode_request(classic::encode_join(request->uid, join->opts, join->rooms));
    require(again.has_value() && std::get<classic::Join>(again->body).rooms == join->rooms);
  }
}

void check_response(std::string_view payload) {
  const auto id = classic::response_id(payload);
  const auto response = classic::decode_response(payload);
  if (!response) return;
  require(id.has_value());
  if (const auto* sockets = std::get_if<classic::Sockets>(&response->body)) {
    const std::string sent = classic::encode_sockets(response->request_id, sockets->sockets);
    const auto again = classic::decode_response(sent);
    require(again.has_value());
    require(std::get<classic::Sockets>(again->body).sockets.size() == sockets->sockets.size());
  }
}

}  // namespace

/// Any bytes on any channel of the adapter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  classic::room_of(bytes, "socket.io#/#");
  check_broadcast(bytes);
  check_request(bytes);
  check_response(bytes);
  return 0;
}

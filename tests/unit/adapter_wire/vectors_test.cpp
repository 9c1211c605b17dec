#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/channels.hpp>
#include <adapter/classic/request.hpp>
#include <adapter/classic/response.hpp>
#include <base/base64.hpp>
#include <protocol/msgpack/transcode.hpp>
#include <support/tagged_value.hpp>
#include <support/vectors.hpp>

// Every message that the official adapter and emitter were seen to publish: decoded, compared with the
// readable copy beside it, and encoded again from what was decoded, to the same bytes.

namespace roomcast::adapter::classic {
namespace {

struct Published {
  std::string name;  // of the case
  std::string channel;
  std::string payload;
  boost::json::value decoded;  // the readable copy; ids are replaced by <…> there
};

using Use = std::function<void(const Published&)>;

void each_published(const std::string& file, std::string_view kind, const Use& use) {
  const boost::json::value vectors = support::load_vectors(file);
  for (const boost::json::value& item : vectors.at("cases").as_array()) {
    for (const boost::json::value& command : item.at("commands").as_array()) {
      if (command.at("command").as_string() != "PUBLISH") continue;
      const boost::json::array& args = command.at("args").as_array();
      Published published{std::string(item.at("name").as_string()),
                          base::base64_decode_lenient(args.at(0).at("b64").as_string()),
                          base::base64_decode_lenient(args.at(1).at("b64").as_string()),
                          args.at(1).at("decoded")};
      const bool request = published.channel.find("-request#") != std::string::npos;
      const bool response = published.channel.find("-response#") != std::string::npos;
      if (kind == (request ? "request" : response ? "response" : "broadcast")) {
        SCOPED_TRACE(file + ": " + published.name);
        use(published);
      }
    }
  }
}

constexpr const char* files[] = {"redis-classic.json", "redis-classic-options.json", "redis-emitter.json"};

struct Json {
  std::string text;
  std::vector<std::string_view> attachments;
  Payload payload() const { return {text, attachments}; }
};

Json json_of(std::string_view packed) {
  Json json;
  base::FrameBuilder out;
  msgpack::to_json(out, packed, json.attachments).value();
  json.text = out.view();
  return json;
}

void expect_same_value(const Json& ours, const boost::json::value& theirs) {
  const support::Tagged expected(theirs);
  EXPECT_EQ(support::as_javascript(ours.text), support::as_javascript(expected.text()));
  EXPECT_EQ(ours.attachments, expected.attachments());
}

void expect_same_rooms(const std::vector<std::string>& ours, const boost::json::array& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (theirs[i].is_number()) {
      EXPECT_EQ(ours[i], std::to_string(theirs[i].as_int64()));
    } else if (!theirs[i].as_string().starts_with('<')) {
      EXPECT_EQ(ours[i], theirs[i].as_string());
    }
  }
}

void expect_same_opts(const Opts& ours, const boost::json::value& theirs) {
  expect_same_rooms(ours.rooms, theirs.at("rooms").as_array());
  expect_same_rooms(ours.except, theirs.at("except").as_array());
  if (!theirs.as_object().contains("flags")) return;
  const boost::json::object& flags = theirs.at("flags").as_object();
  EXPECT_EQ(ours.flags.volatile_, flags.contains("volatile"));
  EXPECT_EQ(ours.flags.compress, !flags.contains("compress"));
  EXPECT_EQ(ours.flags.expect_single_response, flags.contains("expectSingleResponse"));
  ASSERT_EQ(ours.flags.timeout.has_value(), flags.contains("timeout"));
  if (ours.flags.timeout) {
    EXPECT_EQ(ours.flags.timeout->count(), flags.at("timeout").as_int64());
  }
}

/// JSON has no dates, NaN or infinities: these have become text and null on their way through us.
bool lost_in_json(const std::string& name) {
  return name == "emit date" || name == "emit big and odd numbers";
}

/// Rooms have text for names here, so what came as the number 42 is sent as "42".
std::string with_text_for_numeric_rooms(std::string payload, const std::string& name) {
  if (name != "to numeric room") return payload;
  const std::size_t at = payload.find("rooms\x91\x2a");
  return payload.replace(at + 6, 1,
                         "\xa2"
                         "42");
}

TEST(Vectors, broadcasts_are_read_and_written_byte_for_byte) {
  unsigned seen = 0;
  for (const char* const file : files)
    each_published(file, "broadcast", [&](const Published& published) {
      ++seen;
      const auto broadcast = decode_broadcast(published.payload);
      ASSERT_TRUE(broadcast) << broadcast.error().message();
      const Json arguments = json_of(broadcast->event.data);
      expect_same_value(arguments, published.decoded.at(1).at("data"));
      expect_same_opts(broadcast->opts, published.decoded.at(2));
      EXPECT_EQ(broadcast->event.nsp, published.decoded.at(1).at("nsp").as_string());
      EXPECT_EQ(broadcast_uid(published.payload).value(), broadcast->uid);

      const std::string key = published.channel.substr(0, published.channel.find('#'));
      const Channels channels(key, broadcast->event.nsp);
      EXPECT_EQ(channels.broadcast_to(broadcast->opts.rooms), published.channel);
      const auto room = room_of(published.channel, channels.broadcast());
      ASSERT_TRUE(room);
      EXPECT_EQ(*room, broadcast->opts.rooms.size() == 1 ? broadcast->opts.rooms.front() : "");

      if (lost_in_json(published.name)) return;
      const Sender sender = broadcast->uid == emitter_uid ? Sender::emitter : Sender::server;
      EXPECT_EQ(
          encode_broadcast(broadcast->uid, broadcast->event.nsp, arguments.payload(), broadcast->opts, sender)
              .value(),
          with_text_for_numeric_rooms(published.payload, published.name));
    });
  EXPECT_EQ(seen, 36u);
}

std::string encoded(const Request& request) {
  struct Encode {
    const Request& request;
    std::string operator()(const ListSockets& body) const {
      return encode_list_sockets(request.uid, request.request_id, body.rooms);
    }
    std::string operator()(const ListRooms&) const {
      return encode_list_rooms(request.uid, request.request_id);
    }
    std::string operator()(const Join& body) const { return encode_join(request.uid, body.opts, body.rooms); }
    std::string operator()(const Leave& body) const {
      return encode_leave(request.uid, body.opts, body.rooms);
    }
    std::string operator()(const Disconnect& body) const {
      return encode_disconnect(request.uid, body.opts, body.close);
    }
    std::string operator()(const Fetch& body) const {
      return encode_fetch(request.uid, request.request_id, body.opts);
    }
    std::string operator()(const ServerSideEmit& body) const {
      return encode_server_side_emit(request.uid, request.request_id, {body.data});
    }
    std::string operator()(const BroadcastWithAck& body) const {
      return encode_broadcast_with_ack(request.uid, request.request_id, body.event.nsp,
                                       json_of(body.event.data).payload(), body.opts)
          .value();
    }
    // The old forms are read, never sent.
    std::string operator()(const JoinOne&) const { return {}; }
    std::string operator()(const LeaveOne&) const { return {}; }
    std::string operator()(const DisconnectOne&) const { return {}; }
  };
  return std::visit(Encode{request}, request.body);
}

const Opts* opts_of(const Request& request) {
  return std::visit(
      [](const auto& body) -> const Opts* {
        if constexpr (requires { body.opts; })
          return &body.opts;
        else
          return nullptr;
      },
      request.body);
}

TEST(Vectors, requests_are_read_and_written_byte_for_byte) {
  unsigned seen = 0;
  for (const char* const file : files)
    each_published(file, "request", [&](const Published& published) {
      ++seen;
      const auto request = decode_request(published.payload);
      ASSERT_TRUE(request) << request.error().message();
      const boost::json::object& decoded = published.decoded.as_object();
      EXPECT_EQ(request->uid.empty(), !decoded.contains("uid"));
      EXPECT_EQ(request->request_id.empty(), !decoded.contains("requestId"));
      if (const Opts* opts = opts_of(*request)) expect_same_opts(*opts, decoded.at("opts"));
      if (const auto* with_ack = std::get_if<BroadcastWithAck>(&request->body))
        expect_same_value(json_of(with_ack->event.data), decoded.at("packet").at("data"));
      if (const auto* emit = std::get_if<ServerSideEmit>(&request->body))
        expect_same_value({std::string(emit->data), {}}, decoded.at("data"));

      if (published.name == "legacy per-socket join/leave") {
        const auto* join = std::get_if<JoinOne>(&request->body);
        const auto* leave = std::get_if<LeaveOne>(&request->body);
        ASSERT_TRUE(join != nullptr || leave != nullptr);
        EXPECT_EQ(join != nullptr ? join->room : leave->room, "leg");
        EXPECT_EQ((join != nullptr ? join->sid : leave->sid).size(), 20u);
        return;
      }
      EXPECT_EQ(encoded(*request), published.payload);
      const std::string key = published.channel.substr(0, published.channel.find("-request#"));
      EXPECT_EQ(Channels(key, "/").request(), published.channel);
    });
  EXPECT_EQ(seen, 35u);
}

std::string encoded(const Response& response) {
  struct Encode {
    const std::string& id;
    std::string operator()(const Done&) const { return encode_done(id); }
    std::string operator()(const SocketIds& body) const { return encode_socket_ids(id, body.sids); }
    std::string operator()(const Rooms& body) const { return encode_rooms(id, body.rooms); }
    std::string operator()(const Sockets& body) const { return encode_sockets(id, body.sockets); }
    std::string operator()(const EmitAnswer& body) const { return encode_emit_answer(id, {body.data}); }
    std::string operator()(const ClientCount& body) const { return encode_client_count(id, body.clients); }
    std::string operator()(const AckAnswer& body) const {
      return encode_ack_answer(id, json_of(body.packet).payload()).value();
    }
  };
  return std::visit(Encode{response.request_id}, response.body);
}

TEST(Vectors, responses_are_read_and_written_byte_for_byte) {
  unsigned seen = 0;
  for (const char* const file : files)
    each_published(file, "response", [&](const Published& published) {
      ++seen;
      const auto response = decode_response(published.payload);
      ASSERT_TRUE(response) << response.error().message();
      EXPECT_EQ(encoded(*response), published.payload);
      EXPECT_EQ(response_id(published.payload), response->request_id);
      if (const auto* answer = std::get_if<AckAnswer>(&response->body))
        expect_same_value(json_of(answer->packet), published.decoded.at("packet"));
      if (const auto* sockets = std::get_if<Sockets>(&response->body)) {
        const boost::json::value& theirs = published.decoded.at("sockets").at(0);
        ASSERT_EQ(sockets->sockets.size(), 1u);
        EXPECT_EQ(sockets->sockets[0].id.size(), 20u);
        expect_same_rooms(sockets->sockets[0].rooms, theirs.at("rooms").as_array());
        expect_same_value({std::string(sockets->sockets[0].data), {}}, theirs.at("data"));
        EXPECT_TRUE(sockets->sockets[0].handshake.starts_with(R"({"headers":)"));
      }
      const Channels channels(published.channel.substr(0, published.channel.find("-response#")), "/");
      EXPECT_TRUE(published.channel.starts_with(channels.response()));
    });
  EXPECT_EQ(seen, 25u);
}

TEST(Vectors, servers_subscribe_to_the_channels_that_we_name) {
  for (const char* const file : {"redis-classic.json", "redis-classic-options.json"}) {
    const boost::json::value vectors = support::load_vectors(file);
    const boost::json::array& commands = vectors.at("cases").at(0).at("commands").as_array();
    const auto arg = [&](std::size_t command, std::size_t index) {
      return base::base64_decode_lenient(commands.at(command).at("args").at(index).at("b64").as_string());
    };
    for (const auto& [nsp, at] : {std::pair{"/", 0u}, std::pair{"/admin", 2u}}) {
      const Channels channels(arg(0, 0).substr(0, arg(0, 0).find('#')), nsp);
      EXPECT_EQ(channels.pattern(), arg(at, 0));
      EXPECT_EQ(channels.request(), arg(at + 1, 0));
      EXPECT_EQ(channels.response(), arg(at + 1, 1));
      const std::string own = arg(at + 1, 2);
      EXPECT_EQ(channels.response_to(own.substr(own.size() - 7, 6)), own);
    }
  }
}

}  // namespace
}  // namespace roomcast::adapter::classic

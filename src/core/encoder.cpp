#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <core/encoded_packet.hpp>
#include <engine/message.hpp>
#include <protocol/json/writer.hpp>
#include <protocol/msgpack/transcode.hpp>
#include <protocol/socketio/encoder.hpp>
#include <protocol/socketio/packet.hpp>

namespace roomcast {
namespace detail {

struct Encoder::State {
  base::FrameBuilder builder;
  std::size_t start = 0;  // where the packet's type stands
  bool packet = false;    // false: values only
  std::vector<base::Frame> attachments{};
};

Encoder::Encoder() { static_assert(sizeof(State) <= sizeof storage_ && alignof(State) <= alignof(void*)); }

Encoder::Encoder(Encoder&& other) noexcept { new (storage_) State(std::move(other.state())); }

Encoder::~Encoder() { state().~State(); }

Encoder Encoder::event(std::string_view nsp, std::string_view name, std::optional<std::uint64_t> ack_id) {
  if (socketio::reserved_event(name))
    throw std::invalid_argument("\"" + std::string(name) + "\" is a reserved event name");
  Encoder made;
  State& state = *new (made.storage_) State{engine::message_builder()};
  state.start = state.builder.size();
  state.packet = true;
  socketio::write_header(state.builder, socketio::PacketType::event, nsp, ack_id);
  state.builder.append('[');
  json::write_string(state.builder, name);
  return made;
}

Encoder Encoder::ack(std::string_view nsp, std::uint64_t ack_id) {
  Encoder made;
  State& state = *new (made.storage_) State{engine::message_builder(160)};
  state.start = state.builder.size();
  state.packet = true;
  socketio::write_header(state.builder, socketio::PacketType::ack, nsp, ack_id);
  state.builder.append('[');
  return made;
}

Encoder Encoder::value() {
  Encoder made;
  new (made.storage_) State{base::FrameBuilder(64)};
  return made;
}

Encoder Encoder::server_side_event(std::string_view name) {
  if (name == "connect" || name == "connection" || name == "new_namespace")
    throw std::invalid_argument("\"" + std::string(name) + "\" is a reserved event name");
  Encoder made = value();
  made.raw('[');
  made.string(name);
  return made;
}

void Encoder::compress(bool may) { state().builder.set_compressible(may); }
void Encoder::null() { state().builder.append("null"); }
void Encoder::boolean(bool value) { state().builder.append(value ? "true" : "false"); }
void Encoder::integer(std::int64_t value) { json::write_number(state().builder, value); }
void Encoder::natural(std::uint64_t value) { json::write_number(state().builder, value); }
void Encoder::number(double value) { json::write_number(state().builder, value); }
void Encoder::string(std::string_view text) { json::write_string(state().builder, text); }
void Encoder::json(const boost::json::value& value) { json::write(state().builder, value); }
void Encoder::raw(char punctuation) { state().builder.append(punctuation); }
void Encoder::separator() {
  if (!state().builder.view().ends_with('[')) state().builder.append(',');
}

void Encoder::bytes(std::string_view bytes) {
  socketio::write_placeholder(state().builder, static_cast<unsigned>(state().attachments.size()));
  state().attachments.push_back(engine::binary_message(bytes));
}

void Encoder::relay(const Value& value) {
  if (!value.has_binary()) return state().builder.append(value.json());
  std::vector<unsigned> used;
  socketio::relay(state().builder, value.json(), static_cast<unsigned>(state().attachments.size()), used);
  for (const unsigned num : used)
    state().attachments.push_back(engine::binary_message(value.attachments()[num]));
}

Value finish_value(Encoder&& encoder) {
  auto& state = encoder.state();
  std::vector<std::string_view> attachments;
  attachments.reserve(state.attachments.size());
  for (const base::Frame& frame : state.attachments) attachments.push_back(frame.payload());
  auto payload = Payload::keep(state.builder.view(), attachments);
  const std::string_view json = payload->text;
  return {std::move(payload), json};
}

}  // namespace detail

namespace core {

EncodedPacket finish(detail::Encoder&& encoder, unsigned max_attachments) {
  auto& state = encoder.state();
  state.builder.append(']');
  if (state.attachments.size() > max_attachments)
    throw std::length_error("the packet has " + std::to_string(state.attachments.size()) +
                            " attachments, but max_attachments is " + std::to_string(max_attachments) +
                            " (official clients close the connection above 10)");
  if (!state.attachments.empty())
    socketio::make_binary(state.builder, state.start, static_cast<unsigned>(state.attachments.size()));
  return {engine::finish_message(std::move(state.builder)), std::move(state.attachments)};
}

std::optional<EncodedPacket> transcode_event(std::string_view nsp, std::string_view msgpack,
                                             std::optional<std::uint64_t> ack_id, unsigned max_attachments) {
  auto builder = engine::message_builder(msgpack.size() + msgpack.size() / 4 + nsp.size() + 16);
  const std::size_t start = builder.size();
  socketio::write_header(builder, socketio::PacketType::event, nsp, ack_id);
  std::vector<std::string_view> binary;
  if (!msgpack::to_json(builder, msgpack, binary, {.max_attachments = max_attachments})) return std::nullopt;
  EncodedPacket packet;
  for (const std::string_view bytes : binary) packet.attachments.push_back(engine::binary_message(bytes));
  if (!binary.empty()) socketio::make_binary(builder, start, static_cast<unsigned>(binary.size()));
  packet.head = engine::finish_message(std::move(builder));
  return packet;
}

std::string_view arguments_of(const EncodedPacket& packet, std::string_view nsp) noexcept {
  const std::string_view text = packet.head.payload();
  // A namespace's name ends at the comma, and may have brackets of its own.
  return text.substr(text.find('[', nsp == "/" ? 0 : text.find(',')));
}

std::vector<std::string_view> attachments_of(const EncodedPacket& packet) {
  std::vector<std::string_view> all;
  all.reserve(packet.attachments.size());
  for (const base::Frame& frame : packet.attachments) all.push_back(frame.payload());
  return all;
}

base::Frame control_packet(char type, std::string_view nsp, std::string_view payload) {
  auto builder = engine::message_builder(64 + payload.size());
  socketio::write_header(builder, static_cast<socketio::PacketType>(type - '0'), nsp);
  builder.append(payload);
  return engine::finish_message(std::move(builder));
}

}  // namespace core
}  // namespace roomcast

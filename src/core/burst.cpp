#include <cstdint>

#include <core/burst.hpp>
#include <core/server_state.hpp>
#include <core/socket_state.hpp>
#include <engine/message.hpp>

namespace roomcast::core {

void Burst::add(NamespaceState& nsp, const Target& target, const EncodedPacket& packet) {
  const std::size_t bytes = bytes_of(packet);
  if (waiting_.nsp && (waiting_.nsp.get() != &nsp || waiting_.target != target ||
                       waiting_.bytes + bytes > most_bytes || waiting_.packets.size() == most_packets))
    loop_.settle();
  loop_.defer(*this);
  if (!waiting_.nsp) {
    waiting_.nsp = nsp.shared_from_this();
    waiting_.target = target;
  }
  waiting_.packets.push_back(packet);
  waiting_.bytes += bytes;
}

void Burst::settle() {
  Waiting now;
  std::swap(now, waiting_);
  if (!now.nsp) return;
  if (now.packets.size() == 1) {
    now.nsp->deliver_each(loop_, now.target, now.packets.front(), {});
  } else {
    std::vector<base::Frame> frames;
    frames.reserve(now.packets.size());
    for (const EncodedPacket& packet : now.packets) {
      frames.push_back(packet.head);
      frames.insert(frames.end(), packet.attachments.begin(), packet.attachments.end());
    }
    const auto& deflate = now.nsp->server().options().per_message_deflate;
    const base::Frame all = engine::joined(frames, deflate ? deflate->threshold : SIZE_MAX);
    now.nsp->deliver_each(loop_, now.target, now.packets, all, frames.size());
  }
  // What it takes to keep a burst serves the next one.
  now.nsp.reset();
  now.packets.clear();
  now.bytes = 0;
  if (!waiting_.nsp) std::swap(now, waiting_);
}

}  // namespace roomcast::core

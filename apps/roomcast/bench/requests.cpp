#include "requests.hpp"

namespace roomcast::app::bench {

Requests::Requests(const Options& options, EventLoop& loop, Clients& clients, Meter& meter)
    : Workload(options, loop, clients, meter), outstanding_(*options.clients) {}

std::uint64_t Requests::outstanding() const {
  std::uint64_t sum = 0;
  for (const Outstanding& one : outstanding_) sum += one.size();
  return sum;
}

void Requests::send(std::size_t sender, std::uint64_t sent_at) {
  Client& client = *clients_[sender];
  if (!client.is_ready()) return;
  packet_.clear();
  write(packet_, {.sender = sender, .number = outstanding_[sender].add(), .sent_at = sent_at});
  client.send(packet_);
}

void Requests::fill_window(std::size_t sender) {
  while (clients_[sender]->is_ready() && outstanding_[sender].size() < *options_.window)
    send(sender, loop_.arrival());
}

void Requests::fill_windows() {
  for (std::size_t i = 0; i < clients_.size(); ++i) fill_window(i);
}

void Requests::send_next(std::uint64_t count, std::uint64_t sent_at) {
  send(static_cast<std::size_t>(count % clients_.size()), sent_at);
}

void Requests::on_packet(const Client& client, std::string_view packet) {
  Tally& tally = meter_.tally;
  const std::optional<Message> message = read(packet);
  if (!message || message->sender >= clients_.size()) {
    ++tally.corrupt;
    return;
  }
  if (!is_for(client, *message)) {
    ++tally.misdelivered;
    return;
  }
  const auto sender = static_cast<std::size_t>(message->sender);
  switch (outstanding_[sender].take(message->number)) {
    case Verdict::never_sent:
      ++tally.corrupt;
      return;
    case Verdict::duplicated:
      ++tally.duplicated;
      return;
    case Verdict::expected:
      break;
  }
  meter_.deliver(loop_.arrival(), message->sent_at);
  if (running_ && is_windowed()) fill_window(sender);
}

void Echoes::write(std::string& packet, Message message) {
  packet += "42";
  append_number(packet, message.number);
  packet += "[\"echo\",";
  format_.write(packet, message);
  packet += ']';
}

std::optional<Message> Echoes::read(std::string_view packet) const {
  Scanner in(packet);
  std::uint64_t id = 0;
  if (!in.take("3") || !in.number(id) || !in.take("[") || !in.rest().ends_with(']')) return std::nullopt;
  std::optional<Message> message = format_.read(in.rest().substr(0, in.rest().size() - 1));
  if (!message || message->has_room || message->number != id) return std::nullopt;
  return message;
}

bool Echoes::is_for(const Client& client, const Message& message) const {
  return message.sender == client.index();
}

std::string PrivateMessages::room_of(unsigned client) const {
  std::string room;
  format_.write_room(room, client);
  return room;
}

// Client i is on server i modulo their number: a step that is no multiple of it leads to another server.
void PrivateMessages::write(std::string& packet, Message message) {
  const auto clients = static_cast<std::uint64_t>(clients_.size());
  const auto servers = static_cast<std::uint64_t>(options_.endpoints.size());
  do message.room = (message.sender + 1 + loop_.random() % (clients - 1)) % clients;
  while (servers > 1 && message.room % servers == message.sender % servers);
  message.has_room = true;
  packet += "42[\"private\",";
  format_.write(packet, message);
  packet += ']';
}

std::optional<Message> PrivateMessages::read(std::string_view packet) const {
  Scanner in(packet);
  if (!in.take("2[\"private\",") || !in.rest().ends_with(']')) return std::nullopt;
  std::optional<Message> message = format_.read(in.rest().substr(0, in.rest().size() - 1));
  return message && message->has_room ? message : std::nullopt;
}

bool PrivateMessages::is_for(const Client& client, const Message& message) const {
  return message.room == client.index();
}

}  // namespace roomcast::app::bench

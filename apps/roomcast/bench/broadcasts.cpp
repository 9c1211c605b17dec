#include "broadcasts.hpp"

namespace roomcast::app::bench {
namespace {

unsigned publishers_of(const Options& options) {
  return options.mode == Mode::rooms ? *options.publishers : 1;
}

}  // namespace

Broadcasts::Broadcasts(const Options& options, EventLoop& loop, Clients& clients, Meter& meter)
    : Workload(options, loop, clients, meter),
      to_rooms_(options.mode == Mode::rooms),
      groups_(options.groups()),
      publishers_(publishers_of(options)),
      streams_(*options.clients, (publishers_.size() + groups_ - 1) / groups_) {}

std::string Broadcasts::room_of(unsigned client) const {
  std::string room;
  if (to_rooms_) format_.write_room(room, client % groups_);
  return room;
}

std::uint64_t Broadcasts::members_of(std::uint64_t group) const {
  return (*options_.clients - group + groups_ - 1) / groups_;
}

// In `rooms` the rate is that of deliveries.
std::optional<double> Broadcasts::sends_per_second() const {
  if (!options_.rate || !to_rooms_) return options_.rate;
  double deliveries = 0;  // of one message of each publisher
  for (std::size_t i = 0; i < publishers_.size(); ++i)
    deliveries += static_cast<double>(members_of(i % groups_));
  return *options_.rate / (deliveries / static_cast<double>(publishers_.size()));
}

void Broadcasts::send(std::size_t publisher, std::uint64_t sent_at) {
  Client& client = *clients_[publisher];
  if (!client.is_ready()) return;
  Publisher& from = publishers_[publisher];
  const std::uint64_t members = members_of(publisher % groups_);
  if (is_windowed()) {
    from.left[from.sent % from.left.size()] = members;
    ++from.under_way;
  }
  outstanding_ += members;
  packet_ = to_rooms_ ? "42[\"private\"," : "42[\"bcast\",";
  format_.write(packet_, {.sender = publisher,
                          .number = from.sent++,
                          .sent_at = sent_at,
                          .room = publisher % groups_,
                          .has_room = to_rooms_});
  packet_ += ']';
  client.send(packet_);
}

void Broadcasts::fill_window(std::size_t publisher) {
  while (clients_[publisher]->is_ready() && publishers_[publisher].under_way < *options_.window)
    send(publisher, loop_.arrival());
}

void Broadcasts::fill_windows() {
  for (std::size_t i = 0; i < publishers_.size(); ++i) {
    publishers_[i].left.resize(*options_.window);
    fill_window(i);
  }
}

void Broadcasts::send_next(std::uint64_t count, std::uint64_t sent_at) {
  send(static_cast<std::size_t>(count % publishers_.size()), sent_at);
}

std::optional<Message> Broadcasts::read(std::string_view packet) const {
  Scanner in(packet);
  if (!in.take(to_rooms_ ? "2[\"private\"," : "2[\"bcast\",") || !in.rest().ends_with(']'))
    return std::nullopt;
  std::optional<Message> message = format_.read(in.rest().substr(0, in.rest().size() - 1));
  if (!message || message->has_room != to_rooms_ || message->sender >= publishers_.size())
    return std::nullopt;
  if (to_rooms_ && message->room != message->sender % groups_) return std::nullopt;
  return message;
}

void Broadcasts::on_packet(const Client& client, std::string_view packet) {
  Tally& tally = meter_.tally;
  const std::optional<Message> message = read(packet);
  if (!message) {
    ++tally.corrupt;
    return;
  }
  if (to_rooms_ && message->room != client.index() % groups_) {
    ++tally.misdelivered;
    return;
  }
  const auto publisher = static_cast<std::size_t>(message->sender);
  const Streams::Arrival arrival =
      streams_.take(client.index(), publisher / groups_, message->number, publishers_[publisher].sent);
  switch (arrival.verdict) {
    case Verdict::never_sent:
      ++tally.corrupt;
      return;
    case Verdict::duplicated:
      ++tally.duplicated;
      return;
    case Verdict::expected:
      break;
  }
  tally.lost += message->number - arrival.first;
  meter_.deliver(loop_.arrival(), message->sent_at);
  settle(publisher, arrival.first, message->number + 1);
}

// All recipients settle messages in order, so those of a publisher complete in order too.
void Broadcasts::settle(std::size_t publisher, std::uint64_t first, std::uint64_t end) {
  outstanding_ -= end - first;
  if (!is_windowed()) return;
  Publisher& from = publishers_[publisher];
  for (std::uint64_t number = first; number != end; ++number)
    if (--from.left[number % from.left.size()] == 0) --from.under_way;
  if (running_) fill_window(publisher);
}

}  // namespace roomcast::app::bench

#include "client.hpp"

namespace roomcast::app::bench {

Client::Client(EventLoop& loop, ClientHandler& handler, unsigned index, const Endpoint& endpoint)
    : loop_(loop), handler_(handler), endpoint_(endpoint), index_(index) {}

std::string_view Client::waits_for() const {
  switch (state_) {
    case State::closed:
      return "nothing";
    case State::opening:
      return "the Engine.IO handshake";
    case State::connecting:
      return "the answer to CONNECT";
    case State::joining:
      return "the ack of join";
    case State::ready:
      return "messages";
    case State::leaving:
      return "the end";
  }
  return "";
}

void Client::dial() {
  state_ = State::opening;
  open();
}

void Client::leave() {
  state_ = State::leaving;
  say_goodbye();
}

void Client::lost(const std::string& why) {
  if (state_ == State::closed) return;
  if (state_ == State::leaving) return left();
  state_ = State::closed;
  close();
  handler_.on_lost(*this, why);
}

void Client::left() {
  state_ = State::closed;
  close();
  handler_.on_left(*this);
}

bool Client::on_packet(std::string_view packet) {
  if (state_ == State::leaving) return true;
  const char type = packet.empty() ? '?' : packet.front();
  switch (type) {
    case '4':
      return on_message(packet.substr(1));
    case '2':
      send("3");
      return true;
    case '6':
      return true;
    case '0':
      if (state_ != State::opening) break;
      on_handshake(packet.substr(1));
      if (state_ == State::closed) return false;
      state_ = State::connecting;
      send("40");
      return true;
    case '1':
      lost("the server closed the session");
      return false;
    default:
      break;
  }
  lost("an unexpected packet: " + std::string(packet.substr(0, 60)));
  return false;
}

bool Client::on_message(std::string_view packet) {
  const char type = packet.empty() ? '?' : packet.front();
  if (type == '2' || type == '3') {
    if (state_ == State::joining && packet.starts_with("30[")) {
      state_ = State::ready;
      handler_.on_ready(*this);
    } else {
      ++received_;
      handler_.on_packet(*this, packet);
    }
  } else if (type == '0' && state_ == State::connecting) {
    connected();
  } else {
    lost((type == '4'   ? "the namespace refused it: "
          : type == '1' ? "the server disconnected it: "
                        : "an unexpected packet: 4") +
         std::string(packet.substr(0, 60)));
  }
  return state_ != State::closed;
}

void Client::connected() {
  if (room_.empty()) {
    state_ = State::ready;
    handler_.on_ready(*this);
  } else {
    state_ = State::joining;
    send("420[\"join\",\"" + room_ + "\"]");
  }
}

}  // namespace roomcast::app::bench

#include "polling_client.hpp"

#include <algorithm>

#include "message.hpp"

namespace roomcast::app::bench {
namespace {

constexpr char separator = '\x1e';

}  // namespace

PollingClient::PollingClient(EventLoop& loop, ClientHandler& handler, unsigned index,
                             const Endpoint& endpoint, bool keep_second)
    : Client(loop, handler, index, endpoint),
      gets_(loop, *this),
      posts_(loop, *this),
      keep_second_(keep_second) {}

void PollingClient::open() {
  sid_.clear();
  waiting_.clear();
  posting_ = false;
  get_responses_.reader.reset();
  gets_.dial(endpoint_);
}

void PollingClient::close() {
  gets_.close();
  posts_.close();
}

void PollingClient::send(std::string_view packet) {
  if (!waiting_.empty()) waiting_ += separator;
  waiting_.append(packet);
  if (!posting_) post();  // else all that gathers meanwhile goes with the next one
}

void PollingClient::say_goodbye() { send("1"); }

void PollingClient::append_head(std::string& out, std::string_view method) const {
  out.append(method).append(" ").append(endpoint_.path).append("?EIO=4&transport=polling");
  if (!sid_.empty()) out.append("&sid=").append(sid_);
  out.append(" HTTP/1.1\r\nHost: ").append(endpoint_.host);
}

void PollingClient::get() {
  std::string& out = gets_.output();
  append_head(out, "GET");
  out.append("\r\n\r\n");
}

void PollingClient::post() {
  posting_ = true;
  if (!posts_.is_open()) {
    post_responses_.reader.reset();
    posts_.dial(endpoint_);
    return;  // goes on in on_open
  }
  std::string& out = posts_.output();
  append_head(out, "POST");
  out.append("\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: ");
  append_number(out, waiting_.size());
  out.append("\r\n\r\n").append(waiting_);
  waiting_.clear();
}

void PollingClient::on_open(Connection& connection) {
  if (&connection == &gets_)
    get();
  else
    post();
}

void PollingClient::on_bytes(Connection& connection, std::string_view bytes) {
  Responses& responses = &connection == &gets_ ? get_responses_ : post_responses_;
  const std::string_view error = responses.reader.read(bytes, responses);
  if (!error.empty()) lost("the server sent " + std::string(error));
}

// Between two POSTs a server may close the connection for them.
void PollingClient::on_end(Connection& connection, const std::string& why) {
  if (&connection == &posts_ && !posting_) return;
  lost(why);
}

bool PollingClient::Responses::on_response(int status, std::string_view body) {
  if (client.state_ == State::leaving && of_get) return true;
  if (status != 200) {
    client.lost("the server answered " + std::string(of_get ? "GET" : "POST") + " with status " +
                std::to_string(status) + ": " + std::string(body.substr(0, 60)));
    return false;
  }
  return of_get ? client.on_body(body) : client.on_posted();
}

bool PollingClient::on_body(std::string_view body) {
  for (std::size_t begin = 0; begin <= body.size();) {
    const std::size_t end = std::min(body.find(separator, begin), body.size());
    if (!on_packet(body.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  if (state_ != State::leaving) get();
  return true;
}

bool PollingClient::on_posted() {
  posting_ = false;
  if (!waiting_.empty()) {
    post();
    return true;
  }
  if (state_ == State::leaving) {
    left();
    return false;
  }
  if (!keep_second_) posts_.close();
  return posts_.is_open();
}

void PollingClient::on_handshake(std::string_view json) {
  constexpr std::string_view name = R"("sid":")";
  const std::size_t at = json.find(name);
  if (at == std::string_view::npos) return lost("the handshake has no sid");
  sid_ = json.substr(at + name.size(), json.find('"', at + name.size()) - at - name.size());
}

}  // namespace roomcast::app::bench

#include <algorithm>

#include <base/utf8.hpp>
#include <engine/message.hpp>
#include <engine/session.hpp>
#include <engine/sessions.hpp>
#include <protocol/engineio/jsonp.hpp>
#include <protocol/engineio/payload.hpp>
#include <protocol/engineio/protocol3.hpp>

#include "polling.hpp"

// What a session does with the requests of a client that polls.

namespace roomcast::engine {

// ---- requests

void Session::on_get(Poll poll) {
  if (polling_->get) {  // two at once: both are lost
    const net::Exchange exchange = poll.exchange;
    exchange.respond(reply(std::move(poll), 400, "", ""));
    return end(CloseReason::transport_error, "overlapping GETs", engineio::close_packet);
  }
  polling_->get = std::move(poll);
  on_pressure();
  if (!polling_->queue().empty()) return flush_polling();
  if (state_ != State::closing) return;
  answer_poll({engineio::noop_packet, engineio::close_packet});
  forget();
}

void Session::on_post_begin(const net::Exchange& exchange) {
  if (!polling_->post) {
    polling_->post = exchange;
    return;
  }
  const net::Exchange first = *std::exchange(polling_->post, std::nullopt);
  exchange.respond({.status = 400, .close = true});
  first.abort();
  end(CloseReason::transport_error, "overlapping POSTs", engineio::close_packet);
}

void Session::on_post(Poll poll, std::string body, bool octet_stream) {
  polling_->post.reset();
  const net::Exchange exchange = poll.exchange;
  if (octet_stream && protocol_ != 3) {
    exchange.respond(reply(std::move(poll), 400, "", ""));
    return end(CloseReason::transport_error, "binary body in Engine.IO 4", engineio::close_packet);
  }
  exchange.respond(reply(std::move(poll), 200, "text/html", "ok"));
  if (polling_->jsonp) {
    std::optional<std::string> field = engineio::jsonp_body(body);
    if (!field) return;
    body = std::move(*field);
  }
  if (octet_stream) return read_packets(engineio::v3::BinaryPayloadReader(body));
  if (!base::is_valid_utf8(body)) body = base::to_valid_utf8(body);
  if (protocol_ == 3) return read_packets(engineio::v3::PayloadReader(body));
  read_packets(engineio::PayloadReader(body));
}

template <class Reader>
void Session::read_packets(Reader reader) {
  while (state_ == State::open) {
    const auto packet = reader.next();
    if (!packet) {
      context().metrics.engine_parse_errors.add();
      return end(CloseReason::parse_error, packet.error().message(), engineio::close_packet);
    }
    if (!*packet || !on_packet(**packet)) return;
  }
}

void Session::on_other_method(const Poll& poll) { poll.exchange.respond(reply(poll, 500, "", "")); }

void Session::on_aborted(const net::Exchange& exchange, net::Aborted why) {
  if (!polling_) return;
  const bool post = polling_->post && *polling_->post == exchange;
  const bool get = polling_->get && polling_->get->exchange == exchange;
  if (post) polling_->post.reset();
  if (get) polling_->get.reset();
  if (post && why == net::Aborted::body_too_large) note_too_large();
  if ((post && why != net::Aborted::body_too_large) || get)
    end(CloseReason::transport_error, "request dropped", {});
}

// ---- answers

void Session::flush_polling() {
  if (!polling_ || polling_->queue().empty() || state_ == State::closed) return;
  if (!polling_->get) {
    if (state_ != State::open) return;
    if (polling_->bytes() > context().options.max_buffered_bytes)
      return give_up_slow_consumer("more than max_buffered_bytes wait for a GET");
    if (polling_->too_much()) give_up_for_memory();
    return;
  }
  PollingBody body = polling_body(polling_->queue(), protocol_, polling_->text_only);
  polling_->clear();
  answer_poll(std::move(body));
  on_pressure();
}

void Session::answer_poll(std::initializer_list<std::string_view> packets) {
  if (!polling_ || !polling_->get) return;
  std::vector<base::Frame> frames;
  for (const std::string_view packet : packets) frames.push_back(packet_frame(packet));
  answer_poll(polling_body(frames, protocol_, true));
}

void Session::answer_poll(PollingBody body) {
  if (!polling_ || !polling_->get) return;
  Poll poll = *std::exchange(polling_->get, std::nullopt);
  if (polling_->jsonp) body.bytes = engineio::jsonp_answer(*polling_->jsonp, body.bytes);
  const net::Exchange exchange = poll.exchange;
  const auto threshold = context().options.http_compression_threshold;
  const net::ContentCoding coding = body.compressible && threshold && body.bytes.size() >= *threshold
                                        ? poll.coding
                                        : net::ContentCoding::identity;
  if (coding != net::ContentCoding::identity) body.bytes = net::compress(body.bytes, coding);
  net::HttpResponse response = reply(
      std::move(poll), 200, body.octet_stream ? "application/octet-stream" : "text/plain; charset=UTF-8",
      std::move(body.bytes));
  if (coding != net::ContentCoding::identity) {
    const auto behind_type = std::ranges::find(response.headers, "Content-Type", &net::HttpHeader::first) + 1;
    response.headers.insert(behind_type, {"Content-Encoding", std::string(net::name_of(coding))});
  }
  exchange.respond(std::move(response));
}

net::HttpResponse Session::reply(Poll poll, unsigned status, std::string_view content_type,
                                 std::string body) {
  net::HttpResponse response{.status = status, .headers = std::move(poll.headers), .body = std::move(body)};
  if (!content_type.empty()) response.headers.emplace_back("Content-Type", content_type);
  if (poll.old_browser) response.headers.emplace_back("X-XSS-Protection", "0");
  if (status == 200) response.headers.emplace_back("cache-control", "no-store");
  if (!poll.cookie.empty()) response.headers.emplace_back("Set-Cookie", std::move(poll.cookie));
  return response;
}

}  // namespace roomcast::engine

// What a socket does beyond events and rooms: packet middlewares, catch-all listeners, one event at a time.

#include <utility>

#include <core/server_state.hpp>
#include <core/socket_state.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/socketio/decoder.hpp>

#include "packet_event.hpp"

namespace roomcast::core {
namespace {

template <class T>
void add(std::vector<std::shared_ptr<T>>& to, T function, bool first = false) {
  to.insert(first ? to.begin() : to.end(), std::make_shared<T>(std::move(function)));
}

}  // namespace

SocketState::Extras& SocketState::extras() {
  if (!extras_) extras_ = std::make_unique<Extras>();
  return *extras_;
}

SocketState::Attached& SocketState::attached() {
  if (!attached_) attached_ = std::make_unique<Attached>();
  return *attached_;
}

void SocketState::add_middleware(Middleware middleware) { add(extras().middlewares, std::move(middleware)); }
void SocketState::add_error_handler(ErrorHandler handler) {
  add(extras().error_handlers, std::move(handler));
}
void SocketState::add_any_listener(AnyListener listener, bool first) {
  add(extras().any, std::move(listener), first);
}
void SocketState::remove_any_listeners() { extras().any.clear(); }
void SocketState::add_outgoing_listener(AnyListener listener, bool first) {
  add(extras().outgoing, std::move(listener), first);
}
void SocketState::remove_outgoing_listeners() { extras().outgoing.clear(); }
void SocketState::serialize(bool on) { extras().serialize = on; }

// ---- the end, for whoever reserved something

std::stop_token SocketState::stop_token() {
  if (!alive()) {
    static const std::stop_source ended = [] {
      std::stop_source source;
      source.request_stop();
      return source;
    }();
    return ended.get_token();
  }
  if (!extras().ending.stop_possible()) extras().ending = std::stop_source();
  return extras().ending.get_token();
}

void SocketState::add_cleanup(std::function<void()> cleanup) {
  if (alive()) {
    extras().cleanups.push_back(std::move(cleanup));
  } else {
    run_handler("cleanup", cleanup);
  }
}

// ---- packet middlewares

void SocketState::filter(std::optional<std::uint64_t> id, detail::PayloadRef& payload) {
  const auto event = std::make_shared<const IncomingEvent>(incoming_event(payload));
  const auto middlewares = extras_->middlewares;
  try {
    for (std::size_t i = 0; i < middlewares.size(); ++i) {
      detail::Called called = (*middlewares[i])(*event);
      if (!called.task) continue;
      return spawn_event(
          "use", filter_slowly(id, payload.own(), event, middlewares, i + 1, std::move(*called.task)));
    }
  } catch (...) {
    return filtered(std::current_exception());
  }
  dispatch(id, payload, json::ArrayCursor(payload.text));
}

// The same from the first middleware on that is a coroutine.
Task<> SocketState::filter_slowly(std::optional<std::uint64_t> id,
                                  std::shared_ptr<const detail::Payload> payload,
                                  std::shared_ptr<const IncomingEvent> event,
                                  std::vector<std::shared_ptr<Middleware>> middlewares, std::size_t next,
                                  Task<> running) {
  const auto self = shared_from_this();
  std::exception_ptr refused;
  try {
    co_await std::move(running);
    for (std::size_t i = next; i < middlewares.size() && alive(); ++i) {
      detail::Called called = (*middlewares[i])(*event);
      if (called.task) co_await std::move(*called.task);
    }
  } catch (...) {
    refused = std::current_exception();
  }
  if (refused) {
    filtered(refused);
  } else if (alive()) {
    detail::PayloadRef view{payload->text, payload->attachments, payload};
    dispatch(id, view, json::ArrayCursor(view.text));
  }
}

void SocketState::filtered(std::exception_ptr why) {
  nsp_->server().metrics(loop_).filtered_events.add();
  std::string text = "the event was refused";
  try {
    std::rethrow_exception(why);
  } catch (const std::exception& e) {
    text = e.what();
  } catch (...) {
  }
  if (!extras_) return;
  const auto handlers = extras_->error_handlers;
  for (const auto& handler : handlers) {
    run_handler("error", [&] {
      detail::Called called = (*handler)(text);
      if (called.task) spawn("error", std::move(*called.task));
    });
  }
}

// ---- catch-all listeners

std::optional<IncomingEvent> sent_event(const EncodedPacket& packet) {
  socketio::Decoder decoder;
  auto decoded = decoder.add_text(packet.head.payload().substr(1));
  for (const base::Frame& attachment : packet.attachments)
    if (decoded) decoded = decoder.add_binary(attachment.payload());
  if (!decoded || !*decoded || (*decoded)->type != socketio::PacketType::event) return std::nullopt;
  detail::PayloadRef payload{(*decoded)->data, (*decoded)->attachments, nullptr};
  return incoming_event(payload);
}

void SocketState::notify_incoming(detail::PayloadRef& payload) {
  const IncomingEvent event = incoming_event(payload);
  const auto listeners = extras_->any;
  for (const auto& listener : listeners) {
    run_handler("any", [&] {
      detail::Called called = (*listener)(event.name, event.args);
      if (called.task) spawn_event("any", std::move(*called.task));
    });
  }
}

// The listeners run later, since a broadcast is in the midst of a room here.
void SocketState::notify_outgoing(const EncodedPacket& packet) {
  std::optional<IncomingEvent> event = sent_event(packet);
  if (!event) return;
  loop_.post([self = shared_from_this(), event = std::move(*event), listeners = extras_->outgoing] {
    for (const auto& listener : listeners) {
      self->run_handler("any outgoing", [&] {
        detail::Called called = (*listener)(event.name, event.args);
        if (called.task) self->spawn("any outgoing", std::move(*called.task));
      });
    }
  });
}

// ---- water marks

std::size_t SocketState::buffered_bytes() const noexcept {
  loop_.settle();
  return client_ == nullptr ? 0 : client_->buffered_bytes();
}

SocketState::WaterMarks& SocketState::water() {
  auto& marks = extras().water;
  if (!marks) marks = std::make_unique<WaterMarks>();
  return *marks;
}

void SocketState::on_high_water(std::size_t bytes, WaterHandler handler) {
  water().high = {bytes, std::make_shared<const WaterHandler>(std::move(handler))};
}

void SocketState::on_low_water(std::size_t bytes, WaterHandler handler) {
  water().low = {bytes, std::make_shared<const WaterHandler>(std::move(handler))};
}

void SocketState::check_water() {
  if (!extras_ || !extras_->water || client_ == nullptr) return;
  WaterMarks& marks = *extras_->water;
  const std::size_t bytes = client_->buffered_bytes();
  if (!marks.above && marks.high.call && bytes >= marks.high.bytes && !client_->writable()) {
    marks.above = true;
    tell("high water", marks.high.call);
  } else if (marks.above && bytes <= marks.low.bytes) {
    marks.above = false;
    tell("low water", marks.low.call);
  }
}

// Later, since a broadcast may be in the midst of a room here.
void SocketState::tell(std::string_view what, std::shared_ptr<const WaterHandler> handler) {
  if (!handler) return;
  loop_.post([self = shared_from_this(), what, handler = std::move(handler)] {
    self->run_handler(what, [&] {
      detail::Called called = (*handler)();
      if (called.task) self->spawn(std::string(what), std::move(*called.task));
    });
  });
}

}  // namespace roomcast::core

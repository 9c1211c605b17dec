#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/channels.hpp>
#include <adapter/classic/request.hpp>
#include <adapter/publisher.hpp>
#include <core/encoded_packet.hpp>
#include <core/room_names.hpp>
#include <redis/url.hpp>
#include <roomcast/emitter.hpp>

namespace roomcast {

namespace classic = adapter::classic;
namespace asio = boost::asio;

namespace core {

/// What the handles of one emitter share. They may outlive it, but find it closed.
class EmitterState {
 public:
  EmitterState(std::string_view url, EmitterOptions options)
      : options_(std::move(options)), publisher_(connection(url, options_)) {}

  const EmitterOptions& options() const noexcept { return options_; }
  adapter::Publisher& publisher() noexcept { return publisher_; }
  void request(const std::string& nsp, const std::string& message) {
    publisher_.publish(classic::Channels(options_.key, nsp).request(), message);
  }

 private:
  static resp::Options connection(std::string_view url, const EmitterOptions& options) {
    resp::Options connection;
    connection.url = resp::Url::parse(url);
    connection.client_name = "roomcast-emitter";
    connection.max_publish_bytes = options.max_publish_bytes;
    connection.max_outbound_bytes = options.max_outbound_bytes;
    connection.max_outbound_age = options.max_outbound_age;
    return connection;
  }

  const EmitterOptions options_;
  adapter::Publisher publisher_;
};

}  // namespace core

namespace {

void throw_failure(const adapter::FlushOutcome& outcome) {
  if (outcome.failed == 0) return;
  std::string text = outcome.failed == 1
                         ? std::string("Redis has not taken an emitted message")
                         : fmt::format("Redis has not taken {} emitted messages", outcome.failed);
  if (!outcome.first.text.empty()) text += ": " + outcome.first.text;
  throw RedisError(outcome.first.code, text);
}

}  // namespace

// ---- EmitterOperator

EmitterOperator EmitterOperator::to(Rooms rooms) const {
  EmitterOperator more(*this);
  core::add_rooms(more.rooms_, std::move(rooms));
  return more;
}

EmitterOperator EmitterOperator::except(Rooms rooms) const {
  EmitterOperator fewer(*this);
  core::add_rooms(fewer.except_, std::move(rooms));
  return fewer;
}

EmitterOperator EmitterOperator::volatile_() const {
  EmitterOperator copy(*this);
  copy.volatile_packet_ = true;
  return copy;
}

EmitterOperator EmitterOperator::compress(bool flag) const {
  EmitterOperator copy(*this);
  copy.compress_ = flag;
  return copy;
}

void EmitterOperator::send(detail::Encoder&& encoder) const {
  const core::EncodedPacket packet = core::finish(std::move(encoder), state_->options().max_attachments);
  const auto attachments = core::attachments_of(packet);
  classic::Opts opts{rooms_, except_, {}};
  opts.flags.volatile_ = volatile_packet_;
  opts.flags.compress = compress_;
  const auto message =
      classic::encode_broadcast(classic::emitter_uid, nsp_, {core::arguments_of(packet, nsp_), attachments},
                                opts, classic::Sender::emitter);
  if (!message) throw std::invalid_argument("an event cannot be written: " + message.error().message());
  state_->publisher().publish(classic::Channels(state_->options().key, nsp_).broadcast_to(opts.rooms),
                              *message);
}

// Joining, leaving and disconnecting carry no uid, as npm's emitter sends them.

void EmitterOperator::sockets_join(const Rooms& rooms) const {
  state_->request(nsp_, classic::encode_join({}, {rooms_, except_, {}}, rooms.names()));
}
void EmitterOperator::sockets_leave(const Rooms& rooms) const {
  state_->request(nsp_, classic::encode_leave({}, {rooms_, except_, {}}, rooms.names()));
}
void EmitterOperator::disconnect_sockets(bool close) const {
  state_->request(nsp_, classic::encode_disconnect({}, {rooms_, except_, {}}, close));
}

// ---- EmitterNamespace

void EmitterNamespace::send_server_side(const Value& packet) const {
  state()->request(nsp(), classic::encode_server_side_emit(classic::emitter_uid, {},
                                                           {packet.json(), packet.attachments()}));
}

// ---- Emitter

Emitter::Emitter(std::string_view url, EmitterOptions options)
    : EmitterNamespace(std::make_shared<core::EmitterState>(url, std::move(options)), "/") {}

Emitter::~Emitter() { state()->publisher().close(state()->options().close_timeout); }

EmitterNamespace Emitter::of(std::string_view name) const {
  std::string full(name);
  if (!full.starts_with('/')) full.insert(full.begin(), '/');
  if (full.find(',') != std::string::npos)
    throw std::invalid_argument("a namespace's name cannot contain a comma");
  return {state(), std::move(full)};
}

Task<> Emitter::flush() const {
  // The state is kept by the coroutine: the emitter need not outlive it.
  return [](std::shared_ptr<core::EmitterState> state) -> Task<> {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    using Outcome = std::shared_ptr<const adapter::FlushOutcome>;
    std::exception_ptr refused;
    const Outcome outcome = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(
        [&](auto completion) {
          // The guard keeps the caller's context running although it has nothing to do but wait for us.
          struct Waiting {
            decltype(completion) resume;
            asio::executor_work_guard<asio::any_io_executor> work;
          };
          auto waiting =
              std::make_shared<Waiting>(Waiting{std::move(completion), asio::make_work_guard(executor)});
          const auto resume = [waiting](Outcome with) {
            asio::post(waiting->work.get_executor(), [waiting, with = std::move(with)] {
              waiting->work.reset();
              std::move(waiting->resume)(with);
            });
          };
          try {
            state->publisher().flush([resume](const adapter::FlushOutcome& ended) {
              resume(std::make_shared<const adapter::FlushOutcome>(ended));
              return true;
            });
          } catch (...) {
            refused = std::current_exception();
            resume(nullptr);
          }
        },
        asio::use_awaitable);
    if (refused) std::rethrow_exception(refused);
    throw_failure(*outcome);
  }(state());
}

bool Emitter::flush_for(std::chrono::milliseconds limit) const {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable changed;
    bool gave_up = false;
    std::optional<adapter::FlushOutcome> outcome;
  };
  auto waiting = std::make_shared<Waiting>();
  state()->publisher().flush([waiting](const adapter::FlushOutcome& ended) {
    const std::lock_guard lock(waiting->mutex);
    waiting->outcome = ended;
    waiting->changed.notify_all();
    return !waiting->gave_up;
  });
  std::unique_lock lock(waiting->mutex);
  if (!waiting->changed.wait_for(lock, limit, [&] { return waiting->outcome.has_value(); })) {
    waiting->gave_up = true;
    return false;
  }
  throw_failure(*waiting->outcome);
  return true;
}

bool Emitter::ready() const noexcept { return state()->publisher().ready(); }

}  // namespace roomcast

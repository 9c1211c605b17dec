#include <cassert>
#include <charconv>
#include <new>

#include <hiredis/read.h>

#include <redis/reply_reader.hpp>

namespace roomcast::resp {
namespace {

// Statuses and errors are lines; a script's error text may be long. hiredis looks for a line's end from its
// beginning each time, so this also bounds that.
constexpr std::size_t max_line = 16 * 1024;
// `-9223372036854775808`, and a CR that waits for its LF.
constexpr std::size_t max_number = 21;

}  // namespace

struct ReplyReader::State {
  explicit State(std::size_t limit)
      : max(limit), left(limit), reader(redisReaderCreateWithFunctions(&functions)) {
    if (reader == nullptr) throw std::bad_alloc();
    reader->privdata = this;
  }
  ~State() { redisReaderFree(reader); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// A new element where `task` says, or null with `failure` set. hiredis is C: nothing may be thrown through
  /// it.
  static Reply* place(const redisReadTask* task, std::size_t bytes, Reply::Kind kind) noexcept {
    State& state = *static_cast<State*>(task->privdata);
    if (bytes > state.left) {
      state.failure = ReplyError::too_large;
      return nullptr;
    }
    state.left -= bytes;
    Reply* reply = &state.root;
    if (task->parent != nullptr) {
      // The array that is being filled is the last element of its own parent, so nobody holds a pointer into
      // what this may move.
      try {
        reply = &static_cast<Reply*>(task->parent->obj)->elements.emplace_back();
      } catch (const std::bad_alloc&) {
        state.failure = ReplyError::too_large;
        return nullptr;
      }
    }
    reply->kind = kind;
    return reply;
  }

  static void* make_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
    const Reply::Kind kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                             : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                                : Reply::Kind::bulk;
    State& state = *static_cast<State*>(task->privdata);
    if (kind != Reply::Kind::bulk && size > max_line) {
      state.failure = ReplyError::too_large;
      return nullptr;
    }
    Reply* reply = place(task, size, kind);
    if (reply == nullptr) return nullptr;
    try {
      reply->text.assign(text, size);
    } catch (const std::bad_alloc&) {
      state.failure = ReplyError::too_large;
      return nullptr;
    }
    return reply;
  }
  static void* make_array(const redisReadTask* task, int count) noexcept {
    return place(task, static_cast<std::size_t>(count) * sizeof(Reply), Reply::Kind::array);
  }
  static void* make_integer(const redisReadTask* task, long long value) noexcept {
    Reply* reply = place(task, 0, Reply::Kind::integer);
    if (reply != nullptr) reply->integer = value;
    return reply;
  }
  static void* make_nil(const redisReadTask* task) noexcept { return place(task, 0, Reply::Kind::nil); }
  static void forget(void*) noexcept {}  // everything hangs on `root`

  /// What hiredis holds and cannot finish: refused if it is announced to be, or already is, too large.
  bool acceptable() {
    if (reader->len <= reader->pos) return true;
    const redisReadTask& task = reader->rstack[reader->ridx];
    const std::string_view rest(reader->buf + reader->pos, reader->len - reader->pos);
    if (task.type == REDIS_REPLY_STATUS || task.type == REDIS_REPLY_ERROR) {
      if (rest.size() > max_line + 1) failure = ReplyError::too_large;
    } else if (task.type == REDIS_REPLY_STRING &&
               rest.substr(0, max_number + 1).find('\n') != std::string_view::npos) {
      std::size_t size = 0;
      std::from_chars(rest.data(), rest.data() + rest.size(), size);
      if (size > left) failure = ReplyError::too_large;
    } else if (rest.size() > max_number) {
      failure = ReplyError::protocol_violation;
    }
    return !failure;
  }

  static redisReplyObjectFunctions functions;

  const std::size_t max;
  std::size_t left;  // of `max`, for the reply that is being read
  redisReader* const reader;
  Reply root;
  std::optional<ReplyError> failure;
};

redisReplyObjectFunctions ReplyReader::State::functions = {
    &State::make_string, &State::make_array, &State::make_integer, &State::make_nil, &State::forget};

ReplyReader::ReplyReader(std::size_t max_reply_bytes) : state_(std::make_unique<State>(max_reply_bytes)) {}
ReplyReader::~ReplyReader() = default;
ReplyReader::ReplyReader(ReplyReader&&) noexcept = default;
ReplyReader& ReplyReader::operator=(ReplyReader&&) noexcept = default;

void ReplyReader::feed(std::string_view bytes) {
  if (state_->failure || bytes.empty()) return;
  if (redisReaderFeed(state_->reader, bytes.data(), bytes.size()) != REDIS_OK) throw std::bad_alloc();
}

boost::system::result<std::optional<Reply>> ReplyReader::next() {
  State& state = *state_;
  if (state.failure) return make_error_code(*state.failure);
  void* done = nullptr;
  if (redisReaderGetReply(state.reader, &done) != REDIS_OK) {
    // Memory that hiredis itself cannot get is reported as the peer's fault, like all else here.
    if (!state.failure) state.failure = ReplyError::protocol_violation;
  } else if (done != nullptr) {
    state.left = state.max;
    std::optional<Reply> reply(std::move(state.root));
    state.root = Reply();
    return reply;
  } else if (state.acceptable()) {
    return std::optional<Reply>();
  }
  state.root = Reply();
  return make_error_code(*state.failure);
}

}  // namespace roomcast::resp

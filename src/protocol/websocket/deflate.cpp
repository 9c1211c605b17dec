#include <algorithm>
#include <cstring>
#include <new>

#include <zlib.h>

#include <base/utf8.hpp>
#include <protocol/websocket/deflate.hpp>

namespace roomcast::websocket {
namespace {

constexpr std::size_t usual_size = 64 * 1024;               // of a scratch buffer that is kept
constexpr std::size_t most_at_once = std::size_t{1} << 31;  // zlib counts in 32 bits
// What a sender leaves out at the end of each message: RFC7692§7.2.1.
constexpr std::string_view tail{"\0\0\xFF\xFF", 4};

void set_input(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

void set_output(z_stream& stream, char* to, std::size_t size) {
  stream.next_out = reinterpret_cast<Bytef*>(to);
  stream.avail_out = static_cast<uInt>(size);
}

}  // namespace

char* Scratch::room(std::size_t size, std::size_t kept) {
  if (capacity_ < size) {
    auto larger = std::make_unique_for_overwrite<char[]>(size);
    if (kept != 0) std::memcpy(larger.get(), bytes_.get(), kept);
    bytes_ = std::move(larger);
    capacity_ = size;
  }
  return bytes_.get();
}

void Scratch::shrink() noexcept {
  if (capacity_ <= usual_size) return;
  bytes_.reset();
  capacity_ = 0;
}

// ---- out

Deflater::Deflater(int level) noexcept : level_(level) {}

Deflater::~Deflater() {
  if (stream_) deflateEnd(stream_.get());
}

std::optional<std::string_view> Deflater::deflate(std::string_view message) {
  if (!stream_) {
    auto stream = std::make_unique<z_stream>();
    if (deflateInit2(stream.get(), level_, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) !=
        Z_OK)
      throw std::bad_alloc();
    stream_ = std::move(stream);
  } else {
    deflateReset(stream_.get());
  }
  out_.shrink();
  if (message.size() > most_at_once) return std::nullopt;
  const std::size_t too_long = message.size() + tail.size();
  set_input(*stream_, message);
  set_output(*stream_, out_.room(std::max(too_long, usual_size / 4), 0), too_long);
  ::deflate(stream_.get(), Z_SYNC_FLUSH);
  if (stream_->avail_out == 0) return std::nullopt;
  return std::string_view{out_.data(), too_long - stream_->avail_out - tail.size()};
}

// ---- in

Inflater::Inflater() noexcept = default;

Inflater::~Inflater() {
  if (stream_) inflateEnd(stream_.get());
}

/// The inflating of one message.
class Inflater::Run {
 public:
  Run(z_stream& stream, Scratch& out, std::size_t limit)
      : stream_(stream), out_(out), limit_(std::min(limit, most_at_once)) {}

  std::string_view plain() const { return {out_.data(), size_}; }
  /// Whether the data ended between two blocks.
  bool complete() const { return ended_ || (stream_.data_type & 128) != 0; }
  bool ended() const { return ended_; }

  std::optional<Error> add(std::string_view bytes) {
    set_input(stream_, bytes);
    for (;;) {
      if (size_ == out_.capacity())
        out_.room(std::min(std::max(2 * size_, usual_size / 4), limit_ + 1), size_);
      const std::size_t free = std::min(out_.capacity(), limit_ + 1) - size_;
      set_output(stream_, out_.data() + size_, free);
      const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
      size_ += free - stream_.avail_out;
      if (size_ > limit_) return Error::message_too_large;
      ended_ = result == Z_STREAM_END;
      if (ended_) {
        // The last block of a DEFLATE stream; another one may follow it (RFC7692§7.2.3.4).
        inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return Error::invalid_deflate;
      }
      if (stream_.avail_in == 0 && (ended_ || stream_.avail_out != 0)) return std::nullopt;
    }
  }

 private:
  z_stream& stream_;
  Scratch& out_;
  const std::size_t limit_;
  std::size_t size_ = 0;
  bool ended_ = false;
};

std::optional<Error> Inflater::inflate(Event& message, std::size_t max_message_bytes) {
  if (!stream_) {
    auto stream = std::make_unique<z_stream>();
    if (inflateInit2(stream.get(), -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    stream_ = std::move(stream);
  } else {
    inflateReset(stream_.get());
  }
  out_.shrink();
  Run run(*stream_, out_, max_message_bytes);
  if (message.payload.size() > most_at_once) return Error::message_too_large;
  if (!message.payload.empty()) {  // nothing at all is nothing for the official server too
    if (const auto error = run.add(message.payload)) return error;
    // Data that ends a DEFLATE stream needs no tail, though it should have a byte in front of one.
    if (!run.ended()) {
      if (const auto error = run.add(tail)) return error;
    }
    if (!run.complete()) return Error::invalid_deflate;
  }
  message.payload = run.plain();
  message.compressed = false;
  if (message.kind == Event::Kind::text && !base::is_valid_utf8(message.payload)) return Error::invalid_utf8;
  return std::nullopt;
}

}  // namespace roomcast::websocket

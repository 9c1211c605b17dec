#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roomcast::app::bench {

/// What a load generator needs of RFC 6455: frames from a client to a server are masked, those from a server
/// are not.
enum class FrameType : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends one final frame of a client.
void append_frame(std::string& out, FrameType type, std::string_view payload, std::uint32_t key);

/// Takes the frames of a server out of a stream of bytes, wherever it is cut. Whole frames are read where
/// they lie; only an incomplete one is kept.
class FrameReader {
 public:
  /// Called with each message, and each control frame. @return whether to go on reading.
  struct Sink {
    virtual bool on_frame(FrameType type, std::string_view payload) = 0;

   protected:
    ~Sink() = default;
  };

  /// @return "", or what was wrong with the bytes; then nothing more can be read.
  std::string_view read(std::string_view bytes, Sink& sink);
  void reset();

 private:
  enum class Step : std::uint8_t { frame, incomplete, stopped, failed };

  /// Reads the frame at the start of `bytes` and removes it from there.
  Step take(std::string_view& bytes, Sink& sink);
  Step failed(std::string_view why);

  std::string incomplete_;
  std::string fragments_;  // of a message that has not ended
  FrameType fragments_type_ = FrameType::text;
  bool in_fragments_ = false;
  std::string_view error_;
};

}  // namespace roomcast::app::bench

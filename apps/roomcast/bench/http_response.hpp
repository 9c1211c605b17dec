#pragma once

#include <string>
#include <string_view>

namespace roomcast::app::bench {

/// Takes HTTP/1.1 responses with a Content-Length or in chunks out of a stream of bytes, wherever it is cut.
class ResponseReader {
 public:
  struct Sink {
    /// @return whether to go on reading.
    virtual bool on_response(int status, std::string_view body) = 0;

   protected:
    ~Sink() = default;
  };

  /// @return "", or what was wrong with the bytes; then nothing more can be read.
  std::string_view read(std::string_view bytes, Sink& sink);
  void reset();

 private:
  enum class Step { response, incomplete, stopped, failed };

  Step take(std::string_view& bytes, Sink& sink);
  Step take_chunks(std::string_view& bytes, std::string_view body, int status, Sink& sink);
  Step failed(std::string_view why);

  std::string incomplete_;
  std::string chunks_;
  std::string_view error_;
};

/// The status in the first line of an HTTP/1.1 response, or 0.
int http_status(std::string_view head);
/// The value of a header, given with a small-letter name; "" when there is none.
std::string_view http_header(std::string_view head, std::string_view name);

}  // namespace roomcast::app::bench

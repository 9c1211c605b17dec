#include <string>
#include <utility>
#include <vector>

#include <bench/http_response.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roomcast::app::bench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct Responses final : ResponseReader::Sink {
  bool on_response(int status, std::string_view body) override {
    all.emplace_back(status, body);
    return true;
  }
  std::vector<std::pair<int, std::string>> all;
};

const std::string stream =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"
    "HTTP/1.1 400 Bad Request\r\ncontent-length:0\r\n\r\n"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nin th\r\nB\r\nree\r\nchunks\r\n0\r\n\r\n"
    "HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\n\r\nok";

const auto what_it_says =
    ElementsAre(Pair(200, "hello"), Pair(400, ""), Pair(200, "in three\r\nchunks"), Pair(200, "ok"));

TEST(BenchResponseReader, reads_responses_of_known_length_and_in_chunks) {
  ResponseReader reader;
  Responses responses;
  EXPECT_EQ(reader.read(stream, responses), "");
  EXPECT_THAT(responses.all, what_it_says);
}

TEST(BenchResponseReader, reads_the_same_byte_by_byte) {
  ResponseReader reader;
  Responses responses;
  for (const char byte : stream) ASSERT_EQ(reader.read({&byte, 1}, responses), "");
  EXPECT_THAT(responses.all, what_it_says);
}

TEST(BenchResponseReader, names_what_it_cannot_read) {
  const std::vector<std::pair<std::string, std::string_view>> bad{
      {"SSH-2.0-server\r\n\r\n", "what is not HTTP/1.1"},
      {"HTTP/1.1 200 OK\r\n\r\n", "a response without Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", "a response without Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", "a body of more than 256 MiB"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "a malformed chunk"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", "a malformed chunk"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n", "a chunk of more than 256 MiB"},
      {std::string(70'000, 'x'), "a head that does not end"},
  };
  for (const auto& [bytes, why] : bad) {
    ResponseReader reader;
    Responses responses;
    EXPECT_EQ(reader.read(bytes, responses), why);
    EXPECT_THAT(responses.all, IsEmpty());
  }
}

TEST(BenchHttpHeader, is_found_by_its_whole_name_in_any_case) {
  const std::string_view head = "HTTP/1.1 200 OK\r\nX-Length: 1\r\nLength-X: 2\r\nLENGTH:  3\r\nEmpty:";
  EXPECT_EQ(http_header(head, "length"), "3");
  EXPECT_EQ(http_header(head, "empty"), "");
  EXPECT_EQ(http_header(head, "none"), "");
  EXPECT_EQ(http_status(head), 200);
  EXPECT_EQ(http_status("HTTP/1.1 2x0"), 0);
  EXPECT_EQ(http_status(""), 0);
}

}  // namespace
}  // namespace roomcast::app::bench

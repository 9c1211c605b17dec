#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <protocol/json/scanner.hpp>
#include <roomcast/ack_waiter.hpp>
#include <roomcast/event_handler.hpp>

#include "shapes.hpp"

namespace roomcast::detail {
namespace {

/// An event without a socket: the arguments are those of a JSON array.
class FakeEvent final : public Event {
 public:
  explicit FakeEvent(std::string_view json, std::vector<std::string_view> attachments = {})
      : attachments_(std::move(attachments)), payload_{json, attachments_, nullptr}, arguments_(json) {}

  PayloadRef& payload() override { return payload_; }
  std::optional<std::string_view> next() override {
    std::string_view element;
    return arguments_.next(element) ? std::optional(element) : std::nullopt;
  }
  Args rest() override {
    std::vector<Value> values;
    for (std::string_view element; arguments_.next(element);)
      read({element, &payload_}, values.emplace_back());
    return Args(std::move(values));
  }
  Ack ack() override { return {}; }

 private:
  std::vector<std::string_view> attachments_;
  PayloadRef payload_;
  json::ArrayCursor arguments_;
};

/// Calls `handler` with the arguments. @return whether they were taken.
bool call_with(const EventHandlerPtr& handler, std::string_view json,
               std::vector<std::string_view> attachments = {}) {
  FakeEvent event(json, std::move(attachments));
  const Called called = (*handler)(event);
  return called.taken;
}

TEST(EventHandler, takes_typed_arguments_in_order) {
  std::string seen;
  const auto handler = make_event_handler(
      [&](int a, std::string b, bool c) { seen = std::to_string(a) + b + (c ? "yes" : "no"); });
  EXPECT_TRUE(call_with(handler, R"([1,"two",true])"));
  EXPECT_EQ(seen, "1twoyes");
}

TEST(EventHandler, takes_arguments_by_reference_and_const_too) {
  int sum = 0;
  const auto handler = make_event_handler(
      [&](const int& a, const std::vector<int>& b, Point&& c) { sum = a + b.at(0) + c.x; });
  EXPECT_TRUE(call_with(handler, R"([1,[2],{"x":3,"y":0}])"));
  EXPECT_EQ(sum, 6);
}

TEST(EventHandler, is_not_called_when_an_argument_does_not_convert) {
  int calls = 0;
  const auto handler = make_event_handler([&](int, std::string) { ++calls; });
  EXPECT_FALSE(call_with(handler, R"(["1","two"])"));
  EXPECT_FALSE(call_with(handler, "[1,2]"));
  EXPECT_FALSE(call_with(handler, "[1]"));
  EXPECT_FALSE(call_with(handler, "[]"));
  EXPECT_EQ(calls, 0);
}

TEST(EventHandler, arguments_that_it_does_not_take_are_dropped) {
  int calls = 0;
  const auto none = make_event_handler([&] { ++calls; });
  const auto one = make_event_handler([&](int) { ++calls; });
  EXPECT_TRUE(call_with(none, R"([1,"two"])"));
  EXPECT_TRUE(call_with(one, R"([1,"two"])"));
  EXPECT_EQ(calls, 2);
}

TEST(EventHandler, an_optional_may_be_missing) {
  std::vector<std::optional<int>> seen;
  const auto handler = make_event_handler([&](std::optional<int> a) { seen.push_back(a); });
  EXPECT_TRUE(call_with(handler, "[]"));
  EXPECT_TRUE(call_with(handler, "[null]"));
  EXPECT_TRUE(call_with(handler, "[7]"));
  EXPECT_FALSE(call_with(handler, R"(["7"])"));
  EXPECT_EQ(seen, (std::vector<std::optional<int>>{std::nullopt, std::nullopt, 7}));
}

TEST(EventHandler, args_take_all_that_is_left) {
  std::vector<std::string> seen;
  const auto all = make_event_handler([&](Args args) {
    for (const Value& value : args) seen.emplace_back(value.json());
  });
  const auto rest = make_event_handler([&](int, const Args& args) {
    for (const Value& value : args) seen.emplace_back(value.json());
  });
  EXPECT_TRUE(call_with(all, R"([1,"two"])"));
  EXPECT_TRUE(call_with(all, "[]"));
  EXPECT_TRUE(call_with(rest, R"([1, 2.0 ,null])"));
  EXPECT_EQ(seen, (std::vector<std::string>{"1", R"("two")", "2.0", "null"}));
}

TEST(EventHandler, values_keep_their_attachments_after_the_packet_is_gone) {
  Value kept;
  const auto handler = make_event_handler([&](Value value) { kept = std::move(value); });
  {
    const std::string packet = R"([{"deep":{"_placeholder":true,"num":1}}])";
    EXPECT_TRUE(call_with(handler, packet, {"zero", "one"}));
  }
  EXPECT_EQ(kept["deep"].as<Bytes>(), Bytes("one"));
}

TEST(EventHandler, bytes_are_taken_from_their_attachment) {
  std::string seen;
  const auto handler = make_event_handler([&](Bytes bytes) { seen = bytes.view(); });
  EXPECT_TRUE(call_with(handler, R"([{"_placeholder":true,"num":0}])", {"abc"}));
  EXPECT_EQ(seen, "abc");
  EXPECT_FALSE(call_with(handler, R"(["abc"])"));
}

TEST(EventHandler, an_ack_that_was_not_asked_for_is_there_and_does_nothing) {
  bool wanted = true;
  const auto handler = make_event_handler([&](int, Ack ack) {
    wanted = ack.wanted();
    ack(1, "two", Bytes("3"));
  });
  EXPECT_TRUE(call_with(handler, "[1]"));
  EXPECT_FALSE(wanted);
}

TEST(EventHandler, may_keep_state_of_its_own) {
  std::vector<int> seen;
  const auto handler = make_event_handler([&, calls = 0]() mutable { seen.push_back(++calls); });
  call_with(handler, "[]");
  call_with(handler, "[]");
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(EventHandler, an_exception_is_the_callers_affair) {
  const auto handler = make_event_handler([] { throw std::runtime_error("no"); });
  FakeEvent event("[]");
  EXPECT_THROW((*handler)(event), std::runtime_error);
}

TEST(EventHandler, a_coroutine_keeps_its_lambda_and_its_arguments_until_it_has_finished) {
  boost::asio::io_context io;
  std::string seen;
  Called called;
  {
    const auto handler =
        make_event_handler([&seen, prefix = std::string("a prefix that is too long for a small string: ")](
                               std::string text, Value value) -> Task<> {
          co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
          seen = prefix + text + std::string(value.json());
        });
    const std::string packet = R"(["a text that is too long for a small string", {"x":1}])";
    FakeEvent event(packet);
    called = (*handler)(event);
  }
  ASSERT_TRUE(called.taken);
  ASSERT_TRUE(called.task);
  EXPECT_EQ(seen, "");
  boost::asio::co_spawn(io, std::move(*called.task), boost::asio::detached);
  io.run();
  EXPECT_EQ(
      seen,
      "a prefix that is too long for a small string: a text that is too long for a small string{\"x\":1}");
}

// ---- call_with_prefix

TEST(CallWithPrefix, gives_as_many_parameters_as_are_wanted) {
  std::string seen;
  call_with_prefix(std::make_shared<std::function<void()>>([&] { seen += "none;"; }), std::string("a"), 1);
  call_with_prefix(
      std::make_shared<std::function<void(std::string)>>([&](std::string a) { seen += a + ";"; }),
      std::string("a"), 1);
  const auto both = [&](const std::string& a, int b) { seen += a + std::to_string(b) + ";"; };
  call_with_prefix(std::make_shared<decltype(both)>(both), std::string("a"), 1);
  EXPECT_EQ(seen, "none;a;a1;");
}

TEST(CallWithPrefix, hands_back_the_task_of_a_coroutine) {
  auto f = std::make_shared<std::function<Task<>(int)>>([](int) -> Task<> { co_return; });
  const Called called = call_with_prefix(f, 1, std::string("unused"));
  EXPECT_TRUE(called.taken);
  EXPECT_TRUE(called.task);
}

// ---- answers

TEST(AckHandler, without_an_error_code_hears_only_of_answers_that_convert) {
  std::vector<int> seen;
  AckHandler handler = make_ack_handler([&](int n) { seen.push_back(n); });
  FakeEvent good("[1]"), bad(R"(["1"])"), none("[]");
  handler({}, &good);
  handler({}, &bad);
  handler({}, &none);
  handler(AckError::timed_out, nullptr);
  EXPECT_EQ(seen, std::vector<int>{1});
}

TEST(AckHandler, with_an_error_code_hears_of_everything) {
  std::vector<std::string> seen;
  AckHandler handler = make_ack_handler([&](boost::system::error_code error, int n) {
    seen.push_back(error ? error.message() : std::to_string(n));
  });
  FakeEvent good("[1]"), bad(R"(["1"])");
  handler({}, &good);
  handler({}, &bad);
  handler(AckError::timed_out, nullptr);
  handler(AckError::disconnected, nullptr);
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "the acknowledgement's arguments are not what was asked for",
                                            "operation has timed out", "socket has been disconnected"}));
}

TEST(AckHandler, may_take_nothing_or_everything) {
  int calls = 0;
  std::size_t arguments = 0;
  AckHandler none = make_ack_handler([&] { ++calls; });
  AckHandler all = make_ack_handler([&](Args args) { arguments = args.size(); });
  FakeEvent first("[1,2,3]"), second("[1,2,3]");
  none({}, &first);
  all({}, &second);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(arguments, 3u);
}

TEST(AckError, compares_with_error_codes_and_names_its_category) {
  const boost::system::error_code code = AckError::timed_out;
  EXPECT_EQ(code, AckError::timed_out);
  EXPECT_NE(code, AckError::disconnected);
  EXPECT_STREQ(code.category().name(), "roomcast.ack");
}

}  // namespace
}  // namespace roomcast::detail

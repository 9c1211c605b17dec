#include <boost/describe/class.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

struct Point {
  int x = 0, y = 0;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

using FromClient = Events<Event<"say", std::string>, Event<"move", Point, std::vector<int>>,
                          Event<"sum", int, int, Answer<int>>,
                          Event<"later", std::string, Answer<std::string>>, Event<"nothing">>;
using ToClient = Events<Event<"said", std::string, int>, Event<"moved", Point>, Event<"ready?", Answer<bool>>,
                        Event<"twice", double>>;
using TypedSocket = Typed<Socket, FromClient, ToClient>;
using TypedNamespace = Typed<Namespace, FromClient, ToClient>;

// What does not fit does not build; each beside what does.
template <class S, EventName Name, class... Given>
concept Emits = requires(const S& sender, const Given&... given) { sender.template emit<Name>(given...); };
template <EventName Name, class F>
concept Handled = requires(const TypedSocket& socket, F f) { socket.on<Name>(f); };
template <EventName Name, class... Given>
concept Asks = requires(const TypedSocket& socket, const Given&... given) { socket.ask<Name>(1s, given...); };
using TypedBroadcast = Typed<BroadcastOperator, FromClient, ToClient>;

static_assert(Emits<TypedSocket, "said", std::string, int>);
static_assert(Emits<TypedSocket, "said", const char*, short>);
static_assert(!Emits<TypedSocket, "sayd", std::string, int>, "no such event");
static_assert(!Emits<TypedSocket, "say", std::string>, "an event of the other direction");
static_assert(!Emits<TypedSocket, "said", std::string>, "an argument is missing");
static_assert(!Emits<TypedSocket, "said", std::string, int, int>, "an argument too many");
static_assert(!Emits<TypedSocket, "said", int, std::string>, "arguments the wrong way round");
static_assert(!Emits<TypedSocket, "said", std::string, double>, "a fraction would be lost");
static_assert(!Emits<TypedSocket, "said", std::string, bool>, "a bool is no number");
static_assert(!Emits<TypedSocket, "said", std::nullptr_t, int>, "null is no string");
static_assert(Emits<TypedSocket, "moved", Point>);
static_assert(!Emits<TypedSocket, "moved", int>);
static_assert(Emits<TypedBroadcast, "said", std::string, int>);
static_assert(!Emits<TypedBroadcast, "said", std::string>);
static_assert(Emits<TypedNamespace, "said", std::string, int>);
static_assert(!Emits<TypedNamespace, "said", int, int>);

static_assert(Handled<"say", void (*)(std::string)>);
static_assert(Handled<"say", Task<> (*)(std::string)>);
static_assert(!Handled<"says", void (*)(std::string)>, "no such event");
static_assert(!Handled<"said", void (*)(std::string, int)>, "an event of the other direction");
static_assert(!Handled<"say", void (*)(int)>, "an argument of another kind");
static_assert(!Handled<"say", void (*)(std::string, int)>, "an argument too many");
static_assert(!Handled<"say", int (*)(std::string)>, "an answer where there is none");
static_assert(Handled<"sum", int (*)(int, int)>);
static_assert(Handled<"sum", Task<int> (*)(int, int)>);
static_assert(!Handled<"sum", void (*)(int, int)>, "no answer where there should be one");
static_assert(!Handled<"sum", std::string (*)(int, int)>, "an answer of another kind");

static_assert(Asks<"ready?">);
static_assert(!Asks<"ready?", int>, "an argument too many");
static_assert(!Asks<"said", std::string, int>, "an event without an answer");

class TypedEvents : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, TypedEvents, thread_counts, threads_name);

TEST_P(TypedEvents, go_both_ways_as_they_are_declared) {
  Server io(options());
  TypedNamespace(io.of("/")).on_connection([](const TypedSocket& socket) {
    socket.on<"say">([socket](const std::string& text) {
      socket.emit<"said">(text, 1);
      socket.emit<"said">("literal", short{2});
    });
    socket.on<"move">([socket](Point to, const std::vector<int>& more) {
      socket.emit<"moved">(to);
      socket.emit<"twice">(static_cast<int>(more.size()) * 2);
    });
    socket.on<"nothing">([socket]() -> Task<> {
      socket.emit<"said">("nothing", 0);
      co_return;
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["say","hello"])");
  EXPECT_EQ(client.hear(2), (Strings{R"(2["said","hello",1])", R"(2["said","literal",2])"}));
  client.say(R"(2["move",{"x":1,"y":2},[1,2,3]])");
  EXPECT_EQ(client.hear(2), (Strings{R"(2["moved",{"x":1,"y":2}])", R"(2["twice",6])"}));
  client.say(R"(2["nothing"])");
  EXPECT_EQ(client.hear(), R"(2["said","nothing",0])");
}

TEST_P(TypedEvents, are_answered_by_what_the_handler_returns) {
  Server io(options());
  TypedNamespace(io.of("/")).on_connection([](TypedSocket socket) -> Task<> {
    socket.on<"sum">([](int a, int b) { return a + b; });
    socket.on<"later">([executor = socket->executor()](std::string text) -> Task<std::string> {
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
      co_return text + " later";
    });
    const bool ready = co_await socket.ask<"ready?">(1min);
    socket.emit<"said">(ready ? "ready" : "not ready", 0);
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(client.hear(), R"(20["ready?"])");
  client.say("30[true]");
  EXPECT_EQ(client.hear(), R"(2["said","ready",0])");
  client.say(R"(21["sum",2,3])");
  EXPECT_EQ(client.hear(), "31[5]");
  client.say(R"(2["sum",2,3])");  // wants no answer
  client.say(R"(22["later","hello"])");
  EXPECT_EQ(client.hear(), R"(32["hello later"])");
}

TEST_P(TypedEvents, reach_rooms_and_everybody) {
  Server io(options());
  TypedNamespace nsp(io.of("/"));
  nsp.on_connection([](const TypedSocket& socket) {
    socket->join("room");
    answer_sync(*socket);
    socket.on<"say">([socket](const std::string& text) {
      socket.broadcast().emit<"said">(text, 1);
      socket.to("room").except("nobody").volatile_().emit<"said">(text, 2);
    });
  });
  io.listen();
  SocketIoClient a(io.port()), b(io.port());
  a.connect();
  b.connect();
  sync(a);
  sync(b);
  a.say(R"(2["say","x"])");
  EXPECT_EQ(b.hear(2), (Strings{R"(2["said","x",1])", R"(2["said","x",2])"}));
  nsp.emit<"said">("all", 3);
  nsp.to("room").emit<"said">("room", 4);
  nsp.except(std::string("room")).emit<"said">("never", 5);
  for (SocketIoClient* client : {&a, &b})
    EXPECT_EQ(sync(*client), (Strings{R"(2["said","all",3])", R"(2["said","room",4])"}));
}

}  // namespace
}  // namespace roomcast

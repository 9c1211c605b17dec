// Compiled once as it is, and once with each of the wrong uses: see check_typed. More wrong uses are in
// typed_test.cpp, as constraints that are not met.
#include <roomcast/typed.hpp>

using namespace roomcast;

using FromClient = Events<Event<"say", std::string>, Event<"sum", int, int, Answer<int>>>;
using ToClient = Events<Event<"said", std::string, int>, Event<"ready?", Answer<bool>>>;
using TypedSocket = Typed<Socket, FromClient, ToClient>;

void use(const TypedSocket& socket, Typed<Namespace, FromClient, ToClient> nsp) {
  socket.on<"say">([](const std::string&) {});
  socket.on<"sum">([](int a, int b) { return a + b; });
  socket.emit<"said">("text", 1);
  socket.to("room").emit<"said">("text", 1);
  nsp.emit<"said">("text", 1);
  (void)socket.ask<"ready?">(std::chrono::seconds(1));

#if defined(WRONG_name)
  socket.emit<"sayd">("text", 1);
#elif defined(WRONG_argument)
  socket.emit<"said">(1, 1);
#elif defined(WRONG_handler)
  socket.on<"say">([](int) {});
#endif
}

// An Emitter that does what the lines on standard input say, for tests/e2e/emitter.test.mjs:
//   {"do":"emit","nsp":"/","rooms":[],"except":[],"args":["event",1]}
// and answers each with a line on standard output once Redis has taken it. It ends with the input.
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <roomcast/emitter.hpp>

using roomcast::Args;
using roomcast::Bytes;
using roomcast::Emitter;
using roomcast::EmitterNamespace;
using roomcast::EmitterOperator;
using roomcast::Value;

namespace {

using Strings = std::vector<std::string>;

void act(const Emitter& io, const Value& line) {
  const EmitterNamespace nsp = io.of(line["nsp"].as<std::string>());
  const EmitterOperator to = nsp.to(line["rooms"].as<Strings>()).except(line["except"].as<Strings>());
  const auto what = line["do"].as<std::string>();
  const auto values = line["args"].as<std::vector<Value>>();
  if (what == "join") return to.sockets_join(values.at(0).as<std::string>());
  if (what == "leave") return to.sockets_leave(values.at(0).as<std::string>());
  if (what == "disconnect") return to.disconnect_sockets();
  const auto event = values.at(0).as<std::string>();
  const Args rest(std::vector<Value>(values.begin() + 1, values.end()));
  if (what == "emit") return to.emit(event, rest);
  if (what == "emit bytes") return to.emit(event, rest, Bytes{0, 255, 1});
  if (what == "server side emit") return nsp.server_side_emit(event, rest);
  throw std::invalid_argument("nobody can do \"" + what + "\"");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: emitter_driver URL\n";
    return 2;
  }
  try {
    const Emitter io(argv[1]);
    for (std::string line; std::getline(std::cin, line);) {
      act(io, Value::parse(line));
      if (!io.flush_for(std::chrono::seconds(10))) throw std::runtime_error("Redis does not answer");
      std::cout << "done" << std::endl;
    }
  } catch (const std::exception& e) {
    std::cerr << "emitter_driver: " << e.what() << '\n';
    return 1;
  }
  return 0;
}

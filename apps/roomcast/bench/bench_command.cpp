#include "bench_command.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>

#include <unistd.h>

#include "crowd.hpp"
#include "descriptors.hpp"
#include "report.hpp"
#include "run.hpp"

namespace roomcast::app {
namespace {

using bench::Mode;
using bench::Transport;

const std::map<std::string, Mode> modes{
    {"fanout", Mode::fanout}, {"echo", Mode::echo}, {"private", Mode::private_messages},
    {"rooms", Mode::rooms},   {"idle", Mode::idle}, {"polling", Mode::polling}};

constexpr const char* help = R"(Modes:
  fanout   One client publishes and the server sends each message to all clients.
             roomcast bench fanout --clients 1000 --window 16
             roomcast bench fanout --clients 1000 --stalled 100 --rate 50
  echo     Every client sends messages and the server acknowledges each with its payload.
             roomcast bench echo --clients 100 --rate 20000
  private  Every client is in a room of its own and sends to the rooms of random others.
             roomcast bench private --clients 1000
  rooms    Rooms of a few members each; publishers send to their rooms at a steady rate of deliveries.
             roomcast bench rooms --clients 1000 --rooms 100 --publishers 100 --rate 20000
  idle     Connections that do nothing: what each costs the server. With --cycles: connections that come and go,
           and whether memory comes back.
             roomcast bench idle --clients 10000 --pid 4711
             roomcast bench idle --cycles 100000 --pid 4711
  polling  echo over HTTP long-polling.
             roomcast bench polling --clients 100

With a window each publisher, or client, has that many messages under way and sends the next when one has arrived.
With a rate messages are sent when they are due, whatever the server does; their time counts from when they were due.
With several --url the clients are spread over the servers, and messages cross: the servers have to be joined, for
example by Redis.

With --stalled that many clients more take part and never read, with small buffers, so that a server has to decide what
becomes of them. What they are not delivered is not lost, and that a server closes them is no failure. The result counts
how many it has closed by the end.

The server has to serve these events; roomcast's bench_server does:
  bcast (payload)      io.emit("bcast", payload)
  echo (payload, ack)  ack(payload)
  join (room, ack)     socket.join(room); ack()
  private (message)    io.to(message.to).emit("private", message)

Every message carries its sender and a number. One that arrives altered, or at the wrong client, is lost as well, and so
is one that a later one of the same sender has overtaken; when it comes after all it counts as duplicated.

The exit code is 0 when each message arrived once, where it should and as it was sent; 1 when one was lost, duplicated,
corrupt or misdelivered, when a connection was closed or none was to be had; 2 when options do not go together.)";

/// A check whose limits are in its error, and not in --help.
CLI::Validator quiet(CLI::Validator check) {
  check.description("");
  return check;
}

template <class Number>
CLI::Validator within(Number lowest, Number highest) {
  return quiet(CLI::Range(lowest, highest));
}

}  // namespace

BenchCommand::BenchCommand(CLI::App& app)
    : command_(
          app.add_subcommand("bench", "Load a Socket.IO server and check every message that comes back")) {
  command_->footer(help);
  command_->add_option("MODE", mode_, "What the clients do: fanout, echo, private, rooms, idle or polling")
      ->type_name("")
      ->required()
      ->check(quiet(CLI::IsMember(modes)));
  command_
      ->add_option(
          "--url", options_.urls,
          "A server, http://host[:port][/path/]; may be given several times (default: http://127.0.0.1:3000)")
      ->type_name("URL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  add_load_options();
  add_time_options();
  add_output_options();
}

void BenchCommand::add_load_options() {
  command_->add_option("--clients", options_.clients, "Connections (default: 100; rooms and idle: 1000)")
      ->type_name("N")
      ->check(within(1, 1'000'000));
  command_
      ->add_option("--stalled", options_.stalled,
                   "fanout, rooms: further clients that join like the others and then never read")
      ->type_name("N")
      ->check(within(0, 1'000'000))
      ->capture_default_str();
  command_->add_option("--bytes", options_.bytes, "Length of each message's payload")
      ->type_name("N")
      ->check(within(0, 100'000'000))
      ->capture_default_str();
  command_->add_option("--window", options_.window, "Messages under way per publisher or client (default: 1)")
      ->type_name("N")
      ->check(within(1, 1'000'000));
  command_
      ->add_option(
          "--rate", options_.rate,
          "Messages sent a second by all clients together, instead of a window; rooms: deliveries a second "
          "(default: 20000)")
      ->type_name("R")
      ->check(within(1.0, 1e9));
  command_
      ->add_option("--rooms", options_.rooms, "rooms: how many there are (default: a tenth of the clients)")
      ->type_name("N")
      ->check(within(1, 1'000'000));
  command_
      ->add_option("--publishers", options_.publishers, "rooms: clients that send (default: one per room)")
      ->type_name("N")
      ->check(within(1, 1'000'000));
  command_
      ->add_option("--cycles", options_.cycles,
                   "idle: connect and disconnect so many times instead of staying")
      ->type_name("N")
      ->check(within(1.0, 1e12));
  command_
      ->add_option("--transport", transport_,
                   "websocket, or polling for HTTP long-polling (default: websocket; mode polling: polling)")
      ->type_name("NAME")
      ->check(quiet(CLI::IsMember({"websocket", "polling"})));
  command_->add_option("--handshakes", options_.handshakes, "Connections that are being made at once")
      ->type_name("N")
      ->check(within(1, 10'000))
      ->capture_default_str();
  command_->add_option("--seed", options_.seed, "Of what is random: who gets the private messages")
      ->type_name("N")
      ->capture_default_str();
}

void BenchCommand::add_time_options() {
  const auto add = [this](const char* name, double& seconds, const char* about) {
    command_->add_option(name, seconds, about)
        ->type_name("SECONDS")
        ->check(within(0.0, 1e6))
        ->capture_default_str();
  };
  add("--seconds", options_.seconds, "How long to measure");
  add("--warmup", options_.warmup, "How long to send before that");
  add("--settle", options_.settle, "Pause between the last connection and the first message");
  add("--drain", options_.drain, "Silence at the end after which what has not arrived is lost");
}

void BenchCommand::add_output_options() {
  command_
      ->add_option("--pid", options_.pids,
                   "A server's process, whose CPU time and memory are reported with those of its children; "
                   "may be given "
                   "several times")
      ->type_name("PID")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  command_
      ->add_option(
          "--json", options_.json,
          "Write the result as JSON to this file; - is standard output, and the table goes to standard error")
      ->type_name("FILE");
  command_->add_flag("--progress", options_.progress,
                     "A line each second on standard error, also when that is no terminal");
}

int BenchCommand::run() {
  options_.mode = modes.at(mode_);
  if (!transport_.empty())
    options_.transport = transport_ == "polling" ? Transport::polling : Transport::websocket;
  options_.progress = options_.progress || ::isatty(STDERR_FILENO) == 1;
  try {
    bench::complete(options_);
    bench::raise_descriptor_limit(options_);
  } catch (const std::invalid_argument& e) {
    std::cerr << "roomcast bench: " << e.what() << " (see roomcast bench --help)\n";
    return 2;
  }
  try {
    const bench::Result result = bench::run(options_);
    return finish(bench::table_of(options_, result), bench::json_of(options_, result), result.is_good());
  } catch (const std::exception& e) {
    std::cerr << "roomcast bench: " << e.what() << '\n';
    return 1;
  }
}

int BenchCommand::finish(const std::string& table, const std::string& json, bool good) const {
  const bool json_to_stdout = options_.json == "-";
  (json_to_stdout ? std::cerr : std::cout) << table << std::flush;
  if (json_to_stdout) {
    std::cout << json << std::flush;
  } else if (!options_.json.empty()) {
    std::ofstream file(options_.json);
    file << json << std::flush;
    if (!file) {
      std::cerr << "roomcast bench: " << options_.json
                << " cannot be written; choose another file with --json\n";
      return 1;
    }
  }
  return good ? 0 : 1;
}

}  // namespace roomcast::app

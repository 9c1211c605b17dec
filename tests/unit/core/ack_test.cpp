#include <future>
#include <stdexcept>
#include <thread>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

class Acks : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Acks, thread_counts, threads_name);

// ---- answers to the client

TEST_P(Acks, an_ack_answers_with_the_events_number_and_its_own_arguments) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("sum", [](int a, int b, const Ack& ack) { ack(a + b, "done"); });
    socket.on("picture", [](const Ack& ack) { ack(Bytes("png")); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(218446744073709551615["sum",1,2])");
  EXPECT_EQ(client.hear(), R"(318446744073709551615[3,"done"])");
  client.say(R"(20["picture"])");
  EXPECT_EQ(client.hear(), R"(61-0[{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client.hear_binary(), "png");
}

TEST_P(Acks, only_the_first_answer_counts) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("twice", [](const Ack& ack) {
      const Ack copy = ack;
      ack(1);
      ack(2);
      copy(3);
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(25["twice"])");
  EXPECT_EQ(sync(client), Strings{"35[1]"});
}

// Each handler used to get an acknowledgement of its own, and the client as many answers.
TEST_P(Acks, several_handlers_of_one_event_share_its_one_answer) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("both", [](const Ack& ack) { ack("first"); });
    socket.on("both", [](const Ack& ack) { ack("second"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(25["both"])");
  EXPECT_EQ(sync(client), Strings{R"(35["first"])"});
}

TEST_P(Acks, an_ack_that_was_not_asked_for_is_not_wanted) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("tell", [socket](const Ack& ack) {
      ack("nobody hears this");
      socket.emit("wanted", ack.wanted());
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["tell"])");
  client.say(R"(20["tell"])");
  EXPECT_EQ(sync(client),
            (Strings{R"(2["wanted",false])", R"(30["nobody hears this"])", R"(2["wanted",true])"}));
}

TEST_P(Acks, an_answer_may_come_later_and_from_another_thread) {
  Server io(options());
  Inbox<Ack> asked;
  io.on_connection(
      [&](const Socket& socket) { socket.on("later", [&](Ack ack) { asked.put(std::move(ack)); }); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(21["later"])");
  client.say(R"(22["later"])");
  const Ack first = asked.take();
  const Ack second = asked.take();
  second("two");
  first("one");
  first("one again");
  EXPECT_EQ(client.hear(2), (Strings{R"(32["two"])", R"(31["one"])"}));
}

TEST_P(Acks, of_many_threads_that_answer_at_once_one_does) {
  Server io(options());
  Inbox<Ack> asked;
  io.on_connection([&](const Socket& socket) {
    answer_sync(socket);
    socket.on("who?", [&](Ack ack) { asked.put(std::move(ack)); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(21["who?"])");
  const Ack ack = asked.take();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([ack, i] { ack(i); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sync(client).size(), 1u);
}

TEST_P(Acks, answering_somebody_who_has_gone_does_nothing) {
  Server io(options());
  Inbox<Ack> asked;
  Inbox<bool> gone;
  io.on_connection([&](const Socket& socket) {
    socket.on("later", [&](Ack ack) { asked.put(std::move(ack)); });
    socket.on_disconnect([&] { gone.put(true); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(21["later"])");
  const Ack ack = asked.take();
  client.close();
  gone.take();
  ack("too late");
}

// ---- answers of the client

TEST_P(Acks, a_callback_gets_the_clients_answer) {
  Server io(options());
  Inbox<std::string> answers;
  io.on_connection([&](const Socket& socket) {
    socket.emit("name?", 1, [&](const std::string& name, int n) { answers.put(name + std::to_string(n)); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(client.hear(), R"(20["name?",1])");
  client.say(R"(30["anna",7])");
  EXPECT_EQ(answers.take(), "anna7");
}

TEST_P(Acks, numbers_count_up_through_all_sockets_of_a_namespace) {
  Server io(options());
  io.on_connection([](const Socket& socket) { socket.emit("q", [] {}); });
  io.of("/other").on_connection([](const Socket& socket) { socket.emit("q", [] {}); });
  io.listen();
  SocketIoClient first(io.port()), second(io.port());
  first.connect();
  EXPECT_EQ(first.hear(), R"(20["q"])");
  second.connect();
  EXPECT_EQ(second.hear(), R"(21["q"])");
  second.connect("/other");
  EXPECT_EQ(second.hear(), R"(2/other,0["q"])");
}

TEST_P(Acks, an_answer_counts_once_and_unknown_ones_not_at_all) {
  Server io(options());
  Inbox<int> answers;
  io.on_connection([&](const Socket& socket) {
    answer_sync(socket);
    socket.emit("q", [&](int n) { answers.put(n); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.hear();
  client.say("312345[1]");
  client.say("3[2]");
  client.say("30[3]");
  client.say("30[4]");
  EXPECT_EQ(sync(client), Strings{});
  EXPECT_EQ(answers.take(), 3);
  EXPECT_EQ(answers.size(), 0u);
}

TEST_P(Acks, an_answer_of_nobody_elses_client_counts) {
  Server io(options());
  Inbox<std::string> answers;
  io.on_connection([&](const Socket& socket) {
    answer_sync(socket);
    socket.on("ask", [&, socket] { socket.emit("q", [&](const std::string& text) { answers.put(text); }); });
  });
  io.listen();
  SocketIoClient asked(io.port()), other(io.port());
  asked.connect();
  other.connect();
  asked.say(R"(2["ask"])");
  EXPECT_EQ(asked.hear(), R"(20["q"])");
  other.say(R"(30["not mine"])");
  sync(other);
  asked.say(R"(30["mine"])");
  EXPECT_EQ(answers.take(), "mine");
}

TEST_P(Acks, an_error_first_callback_hears_of_a_timeout_in_socket_io_s_words) {
  Server io(options());
  Inbox<std::string> heard;
  io.on_connection([&](const Socket& socket) {
    answer_sync(socket);
    socket.timeout(5ms).emit("q", [&](boost::system::error_code error, int) {
      EXPECT_EQ(error, AckError::timed_out);
      heard.put(error.message());
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(heard.take(), "operation has timed out");
  client.hear();
  client.say("30[1]");  // too late
  EXPECT_EQ(sync(client), Strings{});
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Acks, a_fan_out_that_names_no_timeout_waits_as_long_as_the_options_say) {
  ServerOptions hasty = options();
  hasty.ack_timeout = 5ms;
  Server io(hasty);
  io.on_connection([](const Socket& socket) { answer_sync(socket); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  sync(client);
  Inbox<std::string> heard;
  const auto begin = std::chrono::steady_clock::now();
  io.emit("q", [&](boost::system::error_code error, const std::vector<Value>& answers) {
    EXPECT_EQ(error, AckError::timed_out);
    EXPECT_TRUE(answers.empty());
    heard.put(error.message());
  });
  EXPECT_EQ(heard.take(), "operation has timed out");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, ServerOptions{}.ack_timeout);
}

TEST_P(Acks, an_error_first_callback_hears_of_answers_in_time_and_of_bad_ones) {
  Server io(options());
  Inbox<std::string> heard;
  io.on_connection([&](const Socket& socket) {
    auto tell = [&](boost::system::error_code error, int n) {
      heard.put(error ? error.message() : std::to_string(n));
    };
    socket.timeout(1min).emit("q", tell);
    socket.timeout(1min).emit("q", tell);
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.hear(2);
  client.say("30[8]");
  client.say(R"(31["eight"])");
  EXPECT_EQ(heard.take(), "8");
  EXPECT_EQ(heard.take(), "the acknowledgement's arguments are not what was asked for");
}

TEST_P(Acks, who_waits_hears_that_the_client_has_gone) {
  Server io(options());
  Inbox<std::string> heard;
  io.on_connection([&](const Socket& socket) {
    socket.emit("q", [&](boost::system::error_code error) {
      EXPECT_EQ(error, AckError::disconnected);
      heard.put("callback");
    });
    socket.emit("q", [&](int) { heard.put("not this one"); });
    socket.on_disconnect([&] { heard.put("disconnect handler"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.hear(2);
  client.say("1");
  EXPECT_EQ(heard.take_sorted(2), (Strings{"callback", "disconnect handler"}));
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Acks, a_callback_that_throws_harms_nobody) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.emit("q", [] { throw std::runtime_error("no"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.hear();
  client.say("30[]");
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Acks, an_emit_with_a_callback_may_come_from_any_thread) {
  Server io(options());
  Inbox<Socket> sockets;
  Inbox<int> answers;
  io.on_connection([&](const Socket& socket) { sockets.put(socket); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  sockets.take().emit("q", "x", [&](int n) { answers.put(n); });
  EXPECT_EQ(client.hear(), R"(20["q","x"])");
  client.say("30[5]");
  EXPECT_EQ(answers.take(), 5);
}

// ---- co_await

TEST_P(Acks, a_coroutine_gets_the_answer_in_the_type_it_asks_for) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("start", [socket]() -> Task<> {
      const int number = co_await socket.emit_with_ack<int>("number?", 1, "two", Bytes("3"));
      const Args all = co_await socket.timeout(1min).emit_with_ack("all?");
      socket.emit("got", number, all);
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["start"])");
  EXPECT_EQ(client.hear(), R"(51-0["number?",1,"two",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client.hear_binary(), "3");
  client.say("30[42]");
  EXPECT_EQ(client.hear(), R"(21["all?"])");
  client.say(R"(31["a",{"b":1}])");
  EXPECT_EQ(client.hear(), R"(2["got",42,"a",{"b":1}])");
}

/// What a coroutine that waits for an answer is thrown.
Task<std::string> error_of(Task<int> waiting) {
  try {
    const int n = co_await std::move(waiting);
    co_return std::to_string(n);
  } catch (const boost::system::system_error& e) {
    co_return e.code().message();
  } catch (const std::exception& e) {
    co_return std::string("another exception: ") + e.what();
  }
}

TEST_P(Acks, a_coroutine_that_waits_in_vain_is_told_why) {
  Server io(options());
  Inbox<std::string> told;
  io.on_connection([&](const Socket& socket) {
    socket.on("start", [&, socket]() -> Task<> {
      told.put(co_await error_of(socket.timeout(5ms).emit_with_ack<int>("q")));
      told.put(co_await error_of(socket.emit_with_ack<int>("q")));
      told.put(co_await error_of(socket.emit_with_ack<int>("q")));
      told.put(co_await error_of(socket.emit_with_ack<int>("q")));  // it has gone by now
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["start"])");
  EXPECT_EQ(told.take(), "operation has timed out");
  EXPECT_EQ(client.hear(2), (Strings{R"(20["q"])", R"(21["q"])"}));
  client.say(R"(31["no number"])");
  EXPECT_EQ(told.take(), "the acknowledgement's arguments are not what was asked for");
  EXPECT_EQ(client.hear(), R"(22["q"])");
  client.say("1");
  EXPECT_EQ(told.take(), "socket has been disconnected");
  EXPECT_EQ(told.take(), "socket has been disconnected");
}

// It used to be lost together with the coroutine.
TEST_P(Acks, what_cannot_be_sent_throws_in_the_coroutine) {
  Server io(options());
  Inbox<std::string> told;
  io.on_connection([&](const Socket& socket) {
    socket.on("start", [&, socket]() -> Task<> {
      told.put(co_await error_of(socket.emit_with_ack<int>("disconnect")));
      told.put(co_await error_of(socket.emit_with_ack<int>("q", std::vector<Bytes>(11))));
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["start"])");
  EXPECT_EQ(told.take(), R"(another exception: "disconnect" is a reserved event name)");
  EXPECT_NE(told.take().find("11 attachments"), std::string::npos);
}

// It used to go on on the loop of the socket that had answered.
TEST_P(Acks, a_coroutine_goes_on_on_its_own_loop_whoever_answers) {
  Server io(options());
  Inbox<Socket> sockets;
  Inbox<bool> stayed;
  io.on_connection([&](const Socket& socket) {
    answer_sync(socket);
    sockets.put(socket);
  });
  io.listen();
  SocketIoClient asker(io.port()), answerer(io.port());
  asker.connect();
  const Socket asking = sockets.take();
  answerer.connect();
  const Socket answering = sockets.take();
  asking.on("start", [&, answering]() -> Task<> {
    const auto before = std::this_thread::get_id();
    co_await answering.emit_with_ack("q");
    stayed.put(std::this_thread::get_id() == before);
    co_await error_of(answering.timeout(1ms).emit_with_ack<int>("q"));
    stayed.put(std::this_thread::get_id() == before);
  });
  sync(asker);
  asker.say(R"(2["start"])");
  EXPECT_EQ(answerer.hear(), R"(20["q"])");
  answerer.say("30[]");
  EXPECT_TRUE(stayed.take());
  EXPECT_TRUE(stayed.take());
}

}  // namespace
}  // namespace roomcast

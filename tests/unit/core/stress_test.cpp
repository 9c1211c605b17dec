#include <atomic>
#include <random>
#include <thread>

#include "server_fixture.hpp"

// Everything at once, for the sanitizers: clients of four loops, and threads that are none of the server's.

namespace roomcast {
namespace {

const Strings room_names{"a", "b", "c", "d"};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(engine_); }
  const std::string& room() { return room_names[below(static_cast<unsigned>(room_names.size()))]; }

 private:
  std::mt19937 engine_;
};

/// Handles that any thread may pick from; many of them of clients that have gone.
class Pool {
 public:
  void put(const Socket& socket) {
    const std::lock_guard lock(mutex_);
    if (sockets_.size() < 32) {
      sockets_.push_back(socket);
    } else {
      sockets_[next_++ % sockets_.size()] = socket;
    }
  }
  Socket any(Random& random) const {
    const std::lock_guard lock(mutex_);
    return sockets_.empty() ? Socket() : sockets_[random.below(static_cast<unsigned>(sockets_.size()))];
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Socket> sockets_;
  std::size_t next_ = 0;
};

void serve(Server& io, Pool& pool) {
  io.use([](Socket socket) -> Task<> {
    co_await boost::asio::post(socket.executor(), boost::asio::use_awaitable);
    if (socket.handshake().auth.contains("refuse")) throw ConnectError("refused");
  });
  io.on_connection([&](const Socket& socket) {
    pool.put(socket);
    socket.on("join", [socket](const std::string& room) { socket.join(room); });
    socket.on("leave", [socket](const std::string& room) { socket.leave(room); });
    socket.on("say", [socket, &io](const std::string& room, const Value& what) {
      socket.to(room).emit("said", what);
      io.to(room).except("d").emit("said too", what);
    });
    socket.on("bytes", [socket](const Bytes& bytes, const Ack& ack) { ack(bytes, socket.rooms()); });
    socket.on("count", [&io](const std::string& room, Ack ack) -> Task<> {
      const auto found = co_await io.in(room).fetch_sockets();
      ack(found.size());
    });
    socket.on("ask", [socket]() -> Task<> {
      try {
        co_await socket.timeout(2ms).emit_with_ack("question");
      } catch (const boost::system::system_error&) {
      }
      socket.emit("asked");
    });
    socket.on("move", [&io](const std::string& from, const std::string& to) {
      io.to(from).sockets_join(to);
      io.to(to).emit("moved");
      io.to(to).sockets_leave(from);
    });
    socket.on("throw", [] { throw std::runtime_error("no"); });
    socket.on("leave me", [socket] { socket.disconnect(true); });
    socket.on_disconnecting([socket] {
      for (const std::string& room : socket.rooms()) socket.to(room).emit("left");
    });
  });
}

/// One client's life.
void live(Server& io, Random& random) {
  SocketIoClient client(io.port());
  if (random.below(8) == 0) {
    client.say(R"(0{"refuse":1})");
    client.hear();
    return;
  }
  client.connect();
  std::string bytes;
  for (unsigned n = 10 + random.below(30); n > 0; --n) {
    const std::string room = '"' + random.room() + '"';
    switch (random.below(9)) {
      case 0:
      case 1:
        bytes += support::client_text(R"(42["join",)" + room + "]");
        break;
      case 2:
        bytes += support::client_text(R"(42["leave",)" + room + "]");
        break;
      case 3:
        bytes += support::client_text(R"(42["say",)" + room + R"(,{"text":"hello"}])");
        break;
      case 4:
        bytes += support::client_text(R"(451-7["bytes",{"_placeholder":true,"num":0}])");
        bytes += support::client_binary("some bytes");
        break;
      case 5:
        bytes += support::client_text(R"(428["count",)" + room + "]");
        break;
      case 6:
        bytes += support::client_text(R"(42["ask"])");
        break;
      case 7:
        bytes += support::client_text(R"(42["move",)" + room + ",\"" + random.room() + "\"]");
        break;
      case 8:
        bytes += support::client_text(R"(42["throw"])");
        break;
    }
  }
  switch (random.below(4)) {
    case 0:
      client.say_frame(bytes);
      client.drop(true);
      break;
    case 1:
      client.say_frame(bytes);
      client.close();
      break;
    case 2:
      client.say_frame(bytes + support::client_text(R"(42["leave me"])"));
      client.hear_out();
      break;
    case 3:
      client.say_frame(bytes + support::client_text("41"));
      client.drop();
      break;
  }
}

/// Somebody may disconnect us at any time, but never leave us without an answer.
void live_often(Server& io, unsigned seed, int lives) {
  Random random(seed);
  for (int i = 0; i < lives; ++i) {
    try {
      live(io, random);
    } catch (const std::exception& e) {
      EXPECT_EQ(std::string_view(e.what()).find("in time"), std::string_view::npos) << e.what();
    }
  }
}

void foreign_thread(Server& io, const Pool& pool, unsigned seed, const std::atomic<bool>& stop) {
  Random random(seed);
  while (!stop) {
    const Socket socket = pool.any(random);
    if (!socket.valid()) {
      std::this_thread::yield();
      continue;
    }
    switch (random.below(9)) {
      case 0:
        socket.emit("hello", random.below(100));
        break;
      case 1:
        socket.join(random.room());
        break;
      case 2:
        socket.leave(random.room());
        break;
      case 3:
        socket.to(random.room()).emit("from outside", Bytes("bytes"));
        break;
      case 4:
        io.to(random.room()).sockets_join(random.room());
        break;
      case 5:
        socket.timeout(1ms).emit("question", [socket](boost::system::error_code, const Args&) {});
        break;
      case 6:
        socket.on("extra", [socket](int) {});
        break;
      case 7:
        if (random.below(20) == 0) socket.disconnect(true);
        break;
      case 8:
        if (random.below(50) == 0) io.in(random.room()).disconnect_sockets(true);
        break;
    }
    if (random.below(16) == 0) std::this_thread::yield();
  }
}

TEST(Stress, joins_leaves_emits_and_disconnects_from_everywhere_and_then_the_end) {
  Pool pool;
  std::atomic<bool> stop{false};
  {
    Server io(test_options(4));
    serve(io, pool);
    io.listen();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) threads.emplace_back([&, i] { live_often(io, i, 60); });
    for (unsigned i = 0; i < 2; ++i)
      threads.emplace_back([&, i] { foreign_thread(io, pool, 100 + i, stop); });
    for (unsigned i = 0; i < 4; ++i) threads[i].join();
    stop = true;
    for (unsigned i = 4; i < 6; ++i) threads[i].join();

    // The end comes while clients are there and in the middle of something.
    std::vector<std::unique_ptr<SocketIoClient>> last;
    for (int i = 0; i < 8; ++i) {
      last.push_back(std::make_unique<SocketIoClient>(io.port()));
      last.back()->connect();
      last.back()->say(R"(2["join","a"])");
      last.back()->say(R"(20["count","a"])");
      last.back()->say(R"(2["ask"])");
    }
    last.resize(4);
  }
  Random random(1);
  for (int i = 0; i < 50; ++i) {
    const Socket socket = pool.any(random);
    EXPECT_FALSE(socket.connected());
    EXPECT_EQ(socket.emit("too late"), SendStatus::dropped);
  }
}

}  // namespace
}  // namespace roomcast

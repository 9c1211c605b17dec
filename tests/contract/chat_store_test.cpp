// What the chat expects of any store.
#include <array>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory_store.hpp>
#include <unit/apps/chat_stores.hpp>

namespace roomcast::app::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct MemoryStores {
  MemorySessionStore sessions;
  MemoryMessageStore messages{small_limit};
};

struct FreshSqliteStores : private Folder, public SqliteStores {
  FreshSqliteStores() : SqliteStores(file("chat.db")) {}
};

template <class Stores>
class ChatStore : public testing::Test {
 public:
  void save(const std::string& session_id, const ChatSession& session) {
    wait_for(stores.sessions.save(session_id, session));
  }
  bool leave(const std::string& session_id, const ChatSession& session) {
    return wait_for(stores.sessions.leave(session_id, session));
  }
  std::optional<ChatSession> find(const std::string& session_id) {
    return wait_for(stores.sessions.find(session_id));
  }
  std::vector<ChatSession> all() { return wait_for(stores.sessions.all()); }
  void send(const std::string& content, const std::string& from, const std::string& to) {
    wait_for(stores.messages.save({content, from, to}));
  }
  std::vector<ChatMessage> of_user(const std::string& user_id) {
    return wait_for(stores.messages.of_user(user_id));
  }

  Stores stores;
};

using AllStores = testing::Types<MemoryStores, FreshSqliteStores>;
TYPED_TEST_SUITE(ChatStore, AllStores);

TYPED_TEST(ChatStore, a_session_is_found_as_it_was_saved) {
  this->save("s1", {"u1", "alice", true});
  EXPECT_EQ(this->find("s1"), (ChatSession{"u1", "alice", true}));
}

TYPED_TEST(ChatStore, an_unknown_session_is_not_found) {  // S0-D5
  this->save("s1", {"u1", "alice", true});
  for (const char* id : {"s2", "u1", "", "S1", "s1 ", "s%"}) EXPECT_EQ(this->find(id), std::nullopt) << id;
}

TYPED_TEST(ChatStore, no_sessions_are_an_empty_list) { EXPECT_THAT(this->all(), IsEmpty()); }  // S0-D7

TYPED_TEST(ChatStore, the_last_save_of_a_session_counts) {
  this->save("s1", {"u1", "alice", true});
  this->save("s1", {"u1", "alice", false});
  EXPECT_EQ(this->find("s1"), (ChatSession{"u1", "alice", false}));
  EXPECT_THAT(this->all(), ElementsAre(ChatSession{"u1", "alice", false}));
}

TYPED_TEST(ChatStore, of_several_who_find_a_user_gone_one_is_told_so) {  // S0-C9
  const ChatSession alice{"u1", "alice", true};
  this->save("s1", alice);
  EXPECT_TRUE(this->leave("s1", alice));
  EXPECT_EQ(this->find("s1"), (ChatSession{"u1", "alice", false}));
  EXPECT_FALSE(this->leave("s1", alice));
  this->save("s1", alice);
  EXPECT_TRUE(this->leave("s1", alice));
  EXPECT_TRUE(this->leave("forgotten", {"u2", "bob", true}));
  EXPECT_EQ(this->find("forgotten"), (ChatSession{"u2", "bob", false}));
}

TYPED_TEST(ChatStore, sessions_are_listed_in_the_order_of_their_first_save) {
  for (const char* id : {"c", "a", "b"}) this->save(id, {std::string("user ") + id, id, true});
  this->save("c", {"user c", "c", false});
  EXPECT_THAT(this->all(), ElementsAre(ChatSession{"user c", "c", false}, ChatSession{"user a", "a", true},
                                       ChatSession{"user b", "b", true}));
}

TYPED_TEST(ChatStore, equal_names_are_different_users) {  // S0-B6
  this->save("s1", {"u1", "alice", true});
  this->save("s2", {"u2", "alice", true});
  EXPECT_EQ(this->find("s1")->user_id, "u1");
  EXPECT_EQ(this->find("s2")->user_id, "u2");
}

TYPED_TEST(ChatStore, a_message_is_in_the_history_of_both) {
  this->send("hello", "alice", "bob");
  const ChatMessage message{"hello", "alice", "bob"};
  EXPECT_THAT(this->of_user("alice"), ElementsAre(message));
  EXPECT_THAT(this->of_user("bob"), ElementsAre(message));
  EXPECT_THAT(this->of_user("carol"), IsEmpty());
}

TYPED_TEST(ChatStore, messages_are_in_the_order_of_sending) {  // S0-E4
  this->send("1", "alice", "bob");
  this->send("2", "bob", "alice");
  this->send("3", "carol", "alice");
  this->send("4", "alice", "bob");
  EXPECT_THAT(contents(this->of_user("alice")), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(contents(this->of_user("bob")), ElementsAre("1", "2", "4"));
  EXPECT_THAT(contents(this->of_user("carol")), ElementsAre("3"));
}

TYPED_TEST(ChatStore, a_message_to_oneself_is_stored_once) {  // S0-E3
  this->send("note", "alice", "alice");
  EXPECT_THAT(contents(this->of_user("alice")), ElementsAre("note"));
}

TYPED_TEST(ChatStore, the_newest_messages_of_each_user_are_kept) {  // S0-E6
  for (int i = 1; i <= 7; ++i) this->send(std::to_string(i), "alice", i % 2 == 0 ? "bob" : "carol");
  EXPECT_THAT(contents(this->of_user("alice")), ElementsAre("3", "4", "5", "6", "7"));
  // What has left one history is still in the other.
  EXPECT_THAT(contents(this->of_user("carol")), ElementsAre("1", "3", "5", "7"));
  EXPECT_THAT(contents(this->of_user("bob")), ElementsAre("2", "4", "6"));
}

TYPED_TEST(ChatStore, messages_to_oneself_count_once_towards_the_limit) {
  for (int i = 1; i <= 7; ++i) this->send(std::to_string(i), "alice", "alice");
  EXPECT_THAT(contents(this->of_user("alice")), ElementsAre("3", "4", "5", "6", "7"));
}

TYPED_TEST(ChatStore, text_comes_back_byte_by_byte) {
  using namespace std::string_literals;
  const std::array texts{"é 😀 漢字"s,    "'; DROP TABLE messages; --"s, "before\0behind"s, ""s,
                         "%_\\\"\n\r\t"s, "\xEF\xBF\xBD\xED\xA0\x80"s};
  for (const std::string& text : texts) {
    this->send(text, "alice", "user " + text);
    EXPECT_THAT(this->of_user("user " + text), ElementsAre(ChatMessage{text, "alice", "user " + text}));
    this->save("session " + text, {"user " + text, text, true});
    EXPECT_EQ(this->find("session " + text), (ChatSession{"user " + text, text, true}));
  }
}

TYPED_TEST(ChatStore, content_of_64_KiB_is_kept) {  // S0-C12
  std::string content(64 * 1024, '.');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('!' + i % 90);
  this->send(content, "alice", "bob");
  EXPECT_THAT(this->of_user("bob"), ElementsAre(ChatMessage{content, "alice", "bob"}));
}

TYPED_TEST(ChatStore, a_caller_goes_on_where_it_was) {
  boost::asio::io_context io(1);
  auto& both = this->stores;
  const auto home = std::this_thread::get_id();
  int resumed = 0;
  auto task = [&]() -> Task<> {
    const ChatMessage message{"x", "a", "b"};
    const ChatSession session{"u", "n", true};
    co_await both.messages.save(message);
    resumed += std::this_thread::get_id() == home;
    co_await both.sessions.save("s", session);
    resumed += std::this_thread::get_id() == home;
    co_await both.messages.of_user("a");
    resumed += std::this_thread::get_id() == home;
  };
  boost::asio::co_spawn(io, task, boost::asio::detached);
  io.run();
  EXPECT_EQ(resumed, 3);
}

// Four loops, each with many coroutines that wait at the same time: all is stored, and each sender's messages
// are in order.
TYPED_TEST(ChatStore, many_callers_on_several_loops_are_served) {
  constexpr int loops = 4, senders = 25, messages = 4;
  auto& both = this->stores;
  auto send_all = [&both](std::string name) -> Task<> {
    const ChatSession session{name, name, true};
    co_await both.sessions.save(name, session);
    for (int i = 0; i < messages; ++i) {
      ChatMessage message{std::to_string(i), name, "to " + name};
      co_await both.messages.save(std::move(message));
    }
  };
  std::vector<std::thread> threads;
  for (int loop = 0; loop < loops; ++loop) {
    threads.emplace_back([&send_all, loop] {
      boost::asio::io_context io(1);
      for (int sender = 0; sender < senders; ++sender)
        boost::asio::co_spawn(io, send_all(std::to_string(loop * senders + sender)), boost::asio::detached);
      io.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(this->all().size(), std::size_t{loops * senders});
  for (int sender = 0; sender < loops * senders; ++sender) {
    EXPECT_THAT(contents(this->of_user("to " + std::to_string(sender))), ElementsAre("0", "1", "2", "3"));
  }
}

}  // namespace
}  // namespace roomcast::app::test

#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unit/apps/chat_stores.hpp>

namespace roomcast::app::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SqliteStore : public testing::Test {
 public:
  void send(SqliteStores& stores, const std::string& content, const std::string& from,
            const std::string& to) {
    wait_for(stores.messages.save({content, from, to}));
  }
  std::int64_t count(SqliteStores& stores, const char* table) {
    std::int64_t rows = 0;
    wait_for(stores.thread.run([&](sqlite::Database& database) {
      sqlite::Rows found = database.query(std::string("SELECT count(*) FROM ") + table);
      if (found.next()) rows = found.integer(0);
    }));
    return rows;
  }

  Folder folder;
  const std::string file = folder.file("chat.db");
};

TEST_F(SqliteStore, all_is_there_after_reopening) {
  {
    SqliteStores before(file);
    wait_for(before.sessions.save("s2", {"u2", "bob", false}));
    wait_for(before.sessions.save("s1", {"u1", "alice", false}));
    send(before, "1", "u1", "u2");
    send(before, "2", "u2", "u1");
  }
  SqliteStores after(file);
  EXPECT_THAT(wait_for(after.sessions.all()),
              ElementsAre(ChatSession{"u2", "bob", false}, ChatSession{"u1", "alice", false}));
  wait_for(after.sessions.save("s3", {"u3", "carol", true}));
  send(after, "3", "u1", "u2");
  EXPECT_EQ(wait_for(after.sessions.all()).back().user_id, "u3");
  EXPECT_THAT(contents(wait_for(after.messages.of_user("u1"))), ElementsAre("1", "2", "3"));
}

TEST_F(SqliteStore, nobody_is_connected_after_reopening) {
  {
    SqliteStores before(file);
    wait_for(before.sessions.save("s1", {"u1", "alice", true}));
  }
  SqliteStores after(file);
  EXPECT_EQ(wait_for(after.sessions.find("s1")), (ChatSession{"u1", "alice", false}));
}

TEST_F(SqliteStore, what_was_saved_survives_the_death_of_the_process) {
  int said[2];
  ASSERT_EQ(::pipe(said), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto* stores = new SqliteStores(file, 10'000);
    wait_for(stores->sessions.save("s1", {"u1", "alice", true}));
    for (int i = 0;; ++i) {
      wait_for(stores->messages.save({std::to_string(i), "u1", "u2"}));
      if (::write(said[1], ".", 1) != 1) ::_exit(1);
    }
  }
  constexpr int enough = 20;
  int saved = 0;
  for (char dot; saved < enough && ::read(said[0], &dot, 1) == 1;) ++saved;
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(saved, enough);
  ::close(said[1]);
  for (char dot; ::read(said[0], &dot, 1) == 1;) ++saved;
  ::close(said[0]);

  SqliteStores after(file, 10'000);
  EXPECT_EQ(wait_for(after.sessions.find("s1")), (ChatSession{"u1", "alice", false}));
  const auto found = contents(wait_for(after.messages.of_user("u2")));
  ASSERT_GE(found.size(), static_cast<std::size_t>(saved));
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], std::to_string(i));
}

TEST_F(SqliteStore, what_was_asked_for_is_finished_before_it_closes) {
  boost::asio::io_context io(1);
  int saved = 0;
  {
    SqliteStores stores(file, 1000);
    auto save = [&](int i) -> Task<> {
      ChatMessage message{std::to_string(i), "u1", "u2"};
      co_await stores.messages.save(std::move(message));
      ++saved;
    };
    for (int i = 0; i < 500; ++i) boost::asio::co_spawn(io, save(i), boost::asio::detached);
    io.poll();  // all have asked; few have been answered
    stores.thread.close();
    io.run();
    EXPECT_EQ(saved, 500);
  }
  SqliteStores after(file, 1000);
  EXPECT_EQ(wait_for(after.messages.of_user("u2")).size(), 500U);
}

TEST_F(SqliteStore, a_closed_store_refuses) {
  SqliteStores stores(file);
  stores.thread.close();
  EXPECT_EQ(error_of(stores.messages.save({"x", "u1", "u2"})), "the store is closed");
  wait_for(stores.sessions.save("s1", {"u1", "alice", true}));  // promises nothing, so does not throw
  EXPECT_EQ(stores.thread.failures(), 2U);
}

TEST_F(SqliteStore, sessions_and_messages_are_forgotten_after_a_day) {  // S0-D3, S0-E2
  using namespace std::chrono_literals;
  SqliteStores stores(file);
  wait_for(stores.sessions.save("s1", {"u1", "alice", true}));
  wait_for(stores.sessions.save("s2", {"u2", "bob", true}));
  send(stores, "old", "u1", "u2");
  stores.now = stores.now.load() + 23h;
  wait_for(stores.sessions.save("s1", {"u1", "alice", true}));
  send(stores, "new", "u1", "u1");
  stores.now = stores.now.load() + 2h;
  EXPECT_TRUE(wait_for(stores.sessions.find("s1")));  // renewed
  EXPECT_FALSE(wait_for(stores.sessions.find("s2")));
  EXPECT_THAT(wait_for(stores.sessions.all()), ElementsAre(ChatSession{"u1", "alice", true}));
  EXPECT_THAT(contents(wait_for(stores.messages.of_user("u1"))), ElementsAre("old", "new"));
  EXPECT_THAT(wait_for(stores.messages.of_user("u2")), IsEmpty());
  // What expired does not come to life again.
  send(stores, "again", "u3", "u2");
  EXPECT_THAT(contents(wait_for(stores.messages.of_user("u2"))), ElementsAre("again"));
}

TEST_F(SqliteStore, what_nobody_can_see_any_more_leaves_the_file) {
  using namespace std::chrono_literals;
  SqliteStores stores(file);
  for (int i = 0; i < 20; ++i) send(stores, std::to_string(i), "u1", "u2");
  EXPECT_EQ(count(stores, "messages"), std::int64_t{small_limit});
  EXPECT_EQ(count(stores, "copies"), 2 * std::int64_t{small_limit});
  for (int i = 0; i < 20; ++i) send(stores, "note", "u3", "u3");
  EXPECT_EQ(count(stores, "messages"), 2 * std::int64_t{small_limit});
  wait_for(stores.sessions.save("s1", {"u1", "alice", true}));
  stores.now = stores.now.load() + 25h;
  wait_for(stores.sessions.save("s9", {"u9", "zoe", true}));
  send(stores, "only", "u9", "u9");
  for (const char* table : {"sessions", "messages", "copies", "histories"})
    EXPECT_EQ(count(stores, table), 1) << table;
}

TEST_F(SqliteStore, a_smaller_limit_holds_at_once) {
  {
    SqliteStores before(file, 10);
    for (int i = 0; i < 10; ++i) send(before, std::to_string(i), "u1", "u2");
  }
  SqliteStores after(file, 3);
  EXPECT_THAT(contents(wait_for(after.messages.of_user("u1"))), ElementsAre("7", "8", "9"));
  send(after, "10", "u1", "u2");
  EXPECT_EQ(count(after, "messages"), 3);
}

TEST_F(SqliteStore, a_full_disk_fails_what_is_written_and_nothing_else) {
  SqliteStores stores(file, 1000);
  wait_for(stores.sessions.save("s1", {"u1", "alice", true}));
  send(stores, "kept", "u1", "u2");
  auto allow = [&](const std::string& pages) {
    wait_for(stores.thread.run(
        [&](sqlite::Database& database) { database.script(("PRAGMA max_page_count = " + pages).c_str()); }));
  };
  allow("1");  // what it has is the least that can be asked for
  EXPECT_THAT(error_of(stores.messages.save({std::string(60'000, 'x'), "u1", "u2"})), HasSubstr("full"));
  EXPECT_EQ(stores.thread.failures(), 1U);
  EXPECT_TRUE(wait_for(stores.sessions.find("s1")));
  EXPECT_THAT(contents(wait_for(stores.messages.of_user("u2"))), ElementsAre("kept"));
  allow("1000000");
  send(stores, "again", "u1", "u2");
  EXPECT_THAT(contents(wait_for(stores.messages.of_user("u2"))), ElementsAre("kept", "again"));
}

// ---- opening

class OpeningAStore : public SqliteStore {
 public:
  std::string refusal(const std::string& name) {
    try {
      open_chat_database(name);
      return {};
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  }
  void write(const std::string& text) { std::ofstream(file) << text; }
};

TEST_F(OpeningAStore, a_missing_folder_is_named_as_the_reason) {
  EXPECT_EQ(refusal(folder.file("nowhere/chat.db")), "No such file or directory");
}

TEST_F(OpeningAStore, a_folder_is_refused) { EXPECT_EQ(refusal(folder.file("")), "Is a directory"); }

TEST_F(OpeningAStore, a_device_is_refused) { EXPECT_EQ(refusal("/dev/null"), "it is not a regular file"); }

TEST_F(OpeningAStore, a_file_that_is_no_database_is_refused_and_left_alone) {
  const std::string text(5000, 'x');
  write(text);
  EXPECT_EQ(refusal(file), "file is not a database");
  std::ifstream now(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(now), {}), text);
}

TEST_F(OpeningAStore, an_empty_file_becomes_a_database) {
  write("");
  EXPECT_EQ(refusal(file), "");
}

TEST_F(OpeningAStore, the_database_of_another_program_is_refused) {
  write("");
  sqlite::Database(file).script("CREATE TABLE theirs (a)");
  EXPECT_EQ(refusal(file), "it is the database of another program");
}

TEST_F(OpeningAStore, the_database_of_a_newer_version_is_refused) {
  open_chat_database(file)->script("PRAGMA user_version = 99");
  EXPECT_EQ(refusal(file), "it was written by a newer version of roomcast");
}

TEST_F(OpeningAStore, a_file_in_use_is_refused_after_a_while) {
  const auto first = open_chat_database(file);
  EXPECT_EQ(refusal(file), "another process uses it");
}

TEST_F(OpeningAStore, a_new_file_is_for_its_owner_only) {
  const auto database = open_chat_database(file);
  database->script("UPDATE sessions SET connected = 0");
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(file).parent_path()))
    EXPECT_EQ(entry.status().permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << entry.path();
}

TEST_F(OpeningAStore, every_commit_goes_to_the_disk) {
  const auto database = open_chat_database(file);
  sqlite::Rows synchronous = database->query("PRAGMA synchronous");
  ASSERT_TRUE(synchronous.next());
  EXPECT_EQ(synchronous.integer(0), 2);  // FULL
  sqlite::Rows journal = database->query("PRAGMA journal_mode");
  ASSERT_TRUE(journal.next());
  EXPECT_EQ(journal.text(0), "wal");
}

}  // namespace
}  // namespace roomcast::app::test

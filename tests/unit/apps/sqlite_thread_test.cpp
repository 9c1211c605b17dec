#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unit/apps/chat_stores.hpp>

namespace roomcast::app::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StoreThread : public testing::Test {
 public:
  // Keeps the thread busy until the gate is opened, so that what is asked meanwhile is one batch.
  struct Gate {
    std::promise<void> entered, opened;
  };
  SqliteThread::Work through(Gate& gate) {
    return [&gate, opened = gate.opened.get_future().share()](sqlite::Database&) {
      gate.entered.set_value();
      opened.wait();
    };
  }
  static SqliteThread::Work put(const char* text) {
    return [text](sqlite::Database& database) { database.run("INSERT INTO notes VALUES (?)", text); };
  }
  std::vector<std::string> notes(SqliteThread& thread) {
    std::vector<std::string> all;
    wait_for(thread.run([&](sqlite::Database& database) {
      sqlite::Rows rows = database.query("SELECT text FROM notes ORDER BY rowid");
      while (rows.next()) all.push_back(rows.text(0));
    }));
    return all;
  }
  std::unique_ptr<sqlite::Database> database() {
    auto opened = open_chat_database(folder.file("chat.db"));
    opened->script("CREATE TABLE notes (text TEXT)");
    return opened;
  }
  // Asks for everything while the thread is busy. @return what became of each: nothing if it worked.
  std::vector<std::string> in_one_batch(SqliteThread& thread, std::vector<SqliteThread::Work> all,
                                        std::size_t bytes = 0) {
    Gate gate;
    boost::asio::io_context io(1);
    std::vector<std::string> errors(all.size(), "was not answered");
    auto ask = [&](std::size_t i) -> Task<> {
      try {
        co_await thread.run(std::move(all[i]), bytes);
        errors[i].clear();
      } catch (const std::exception& e) {
        errors[i] = e.what();
      }
    };
    boost::asio::co_spawn(io, thread.run(through(gate)), boost::asio::detached);
    io.poll();
    gate.entered.get_future().wait();
    for (std::size_t i = 0; i < all.size(); ++i) boost::asio::co_spawn(io, ask(i), boost::asio::detached);
    io.poll();
    gate.opened.set_value();
    io.run();
    return errors;
  }

  Folder folder;
};

TEST_F(StoreThread, a_request_that_fails_is_undone_and_fails_alone) {
  SqliteThread thread(database());
  const auto errors = in_one_batch(
      thread, {put("1"),
               [](sqlite::Database& db) {
                 db.run("INSERT INTO notes VALUES ('undone')");
                 throw std::runtime_error("no");
               },
               [](sqlite::Database& db) { db.run("INSERT INTO nowhere VALUES (1)"); }, put("2")});
  EXPECT_THAT(errors, ElementsAre("", "no", HasSubstr("nowhere"), ""));
  EXPECT_THAT(notes(thread), ElementsAre("1", "2"));
  EXPECT_EQ(thread.failures(), 2U);
}

TEST_F(StoreThread, a_request_that_ends_the_transaction_takes_nobody_with_it) {
  SqliteThread thread(database());
  const auto errors = in_one_batch(thread, {put("1"),
                                            [](sqlite::Database& db) {
                                              db.script("ROLLBACK");
                                              throw std::runtime_error("the disk is gone");
                                            },
                                            put("2")});
  EXPECT_THAT(errors, ElementsAre("", "the disk is gone", ""));
  EXPECT_THAT(notes(thread), ElementsAre("1", "2"));
}

TEST_F(StoreThread, nobody_hears_of_a_batch_that_cannot_be_committed) {
  auto poison = [](sqlite::Database& db) {  // a debt that is looked at when the transaction ends
    db.script(
        "CREATE TABLE owed (id INTEGER PRIMARY KEY, to_whom REFERENCES owed (id) DEFERRABLE INITIALLY "
        "DEFERRED)");
    db.script("INSERT INTO owed VALUES (1, 2)");
  };
  auto with_keys = database();
  with_keys->script("PRAGMA foreign_keys = ON");
  SqliteThread thread(std::move(with_keys));
  EXPECT_THAT(in_one_batch(thread, {put("1"), poison, put("2")}),
              ElementsAre("", HasSubstr("FOREIGN KEY"), ""));
  EXPECT_THAT(notes(thread), ElementsAre("1", "2"));
}

TEST_F(StoreThread, too_many_requests_are_refused_by_an_error_that_says_so) {
  SqliteThread thread(database(), {.requests = 2});
  const auto errors = in_one_batch(thread, {put("1"), put("2"), put("3")});
  EXPECT_THAT(errors, ElementsAre("", "", HasSubstr("overloaded")));
  EXPECT_THAT(notes(thread), ElementsAre("1", "2"));
  EXPECT_EQ(thread.failures(), 1U);
}

TEST_F(StoreThread, too_many_bytes_are_refused_by_an_error_that_says_so) {
  SqliteThread thread(database(), {.bytes = 100});
  EXPECT_THAT(in_one_batch(thread, {put("1"), put("2"), put("3")}, 50),
              ElementsAre("", "", HasSubstr("overloaded")));
}

}  // namespace
}  // namespace roomcast::app::test

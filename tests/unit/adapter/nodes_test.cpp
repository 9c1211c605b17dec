#include <gtest/gtest.h>

#include <adapter/nodes.hpp>

namespace roomcast::adapter {
namespace {

using namespace std::chrono_literals;
using Heard = Nodes::Heard;
using Kind = Nodes::Kind;
using Names = std::vector<std::string>;

const loop::TimePoint start{1h};

Nodes node(const std::string& id, const std::string& key = "socket.io") {
  return {{id, "host:" + id, key}, 10s};
}

TEST(Nodes, know_each_other_by_heartbeats_and_their_uids_by_namespace) {
  Nodes a = node("a");
  Nodes b = node("b");
  b.add("/", "uid-b");
  b.add("/admin", "uid-b2");
  EXPECT_EQ(a.on_message(b.heartbeat(Kind::hello), start), Heard::newcomer);
  EXPECT_EQ(a.count(), 1u);
  ASSERT_EQ(a.members("/").size(), 1u);
  EXPECT_EQ(a.members("/")[0].uid, "uid-b");
  EXPECT_EQ(a.members("/")[0].name, "host:b");
  EXPECT_TRUE(a.knows_uid("/admin", "uid-b2"));
  EXPECT_FALSE(a.knows_uid("/admin", "uid-b"));
  EXPECT_TRUE(a.members("/other").empty());
}

TEST(Nodes, answer_a_newcomer_and_a_hello_only) {
  Nodes a = node("a");
  Nodes b = node("b");
  EXPECT_EQ(a.on_message(b.heartbeat(Kind::alive), start), Heard::newcomer);
  EXPECT_EQ(a.on_message(b.heartbeat(Kind::alive), start + 1s), Heard::nothing);
  EXPECT_EQ(a.on_message(b.heartbeat(Kind::hello), start + 2s), Heard::newcomer);  // it has started anew
}

TEST(Nodes, do_not_hear_themselves_nor_other_clusters) {
  Nodes a = node("a");
  EXPECT_EQ(a.on_message(a.heartbeat(Kind::hello), start), Heard::nothing);
  EXPECT_EQ(a.on_message(node("b", "chat").heartbeat(Kind::hello), start), Heard::nothing);
  EXPECT_EQ(a.count(), 0u);
}

TEST(Nodes, forget_a_namespace_that_a_server_has_given_up) {
  Nodes a = node("a");
  Nodes b = node("b");
  b.add("/", "1");
  b.add("/team", "2");
  a.on_message(b.heartbeat(Kind::hello), start);
  b.remove("/team");
  b.remove("/never");
  a.on_message(b.heartbeat(Kind::alive), start + 1s);
  EXPECT_TRUE(a.knows_uid("/", "1"));
  EXPECT_FALSE(a.knows_uid("/team", "2"));
}

TEST(Nodes, lose_who_is_silent_for_the_timeout_once) {
  Nodes a = node("a");
  a.on_message(node("b").heartbeat(Kind::alive), start);
  a.on_message(node("c").heartbeat(Kind::alive), start + 5s);
  EXPECT_EQ(a.expire(start + 9'999ms), Names{});
  EXPECT_EQ(a.expire(start + 10s), Names{"host:b"});
  EXPECT_EQ(a.expire(start + 10s), Names{});
  EXPECT_EQ(a.count(), 1u);
  EXPECT_EQ(a.expire(start + 15s), Names{"host:c"});
}

TEST(Nodes, do_not_miss_who_said_goodbye) {
  Nodes a = node("a");
  a.on_message(node("b").heartbeat(Kind::alive), start);
  EXPECT_EQ(a.on_message(node("b").heartbeat(Kind::bye), start), Heard::nothing);
  EXPECT_EQ(a.on_message(node("c").heartbeat(Kind::bye), start), Heard::nothing);  // never heard of
  EXPECT_EQ(a.count(), 0u);
  EXPECT_EQ(a.expire(start + 1h), Names{});
}

TEST(Nodes, ignore_what_no_heartbeat_looks_like) {
  Nodes a = node("a");
  for (const char* nonsense :
       {"", "{", "[]", "null", "1", "{}", R"({"type":"alive"})", R"({"id":"b"})", R"({"type":1,"id":"b"})",
        R"({"type":"alive","id":{}})", "\xff", "{\"type\":\"alive\",\"id\":\"\xff\"}"})
    EXPECT_EQ(a.on_message(nonsense, start), Heard::not_ours) << nonsense;
  // Members of another kind than ours are as good as absent.
  EXPECT_EQ(a.on_message(R"({"type":"alive","key":"socket.io","id":"b","name":7,"uids":[1]})", start),
            Heard::newcomer);
  EXPECT_EQ(
      a.on_message(R"({"type":"alive","key":"socket.io","id":"c","uids":{"/":7,"/x":"u"},"new":{}})", start),
      Heard::newcomer);
  EXPECT_TRUE(a.knows_uid("/x", "u"));
  EXPECT_TRUE(a.members("/").empty());
}

// Byte by byte: every beginning of a heartbeat, and every byte of one changed.
TEST(Nodes, survive_any_cut_or_changed_heartbeat) {
  Nodes b = node("b");
  b.add("/", "uid");
  const std::string whole = b.heartbeat(Kind::alive);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Nodes a = node("a");
    EXPECT_EQ(a.on_message(std::string_view(whole).substr(0, i), start), Heard::not_ours);
    for (const char wrong : {'\0', '"', '{', '\xff'}) {
      std::string changed = whole;
      changed[i] = wrong;
      a.on_message(changed, start);
    }
    EXPECT_LE(a.count(), 4u);
  }
}

TEST(Nodes, are_bounded_in_number) {
  Nodes a = node("a");
  for (int i = 0; i < 10'010; ++i) a.on_message(node("n" + std::to_string(i)).heartbeat(Kind::alive), start);
  EXPECT_EQ(a.count(), 10'000u);
}

}  // namespace
}  // namespace roomcast::adapter

#include <utility>

#include <adapter/nodes.hpp>
#include <base/frame.hpp>
#include <base/utf8.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/json/writer.hpp>

namespace roomcast::adapter {
namespace {

constexpr std::size_t max_namespaces = 10'000;

std::string_view word(Nodes::Kind kind) {
  switch (kind) {
    case Nodes::Kind::hello:
      return "hello";
    case Nodes::Kind::bye:
      return "bye";
    default:
      return "alive";
  }
}

// The member's text if it is a string.
bool take(std::string_view raw_key, std::string_view value, std::string_view key, std::string& out) {
  if (!json::equals(raw_key, key) || json::kind_of(value) != json::Kind::string) return false;
  out = json::unescape(value);
  return true;
}

}  // namespace

std::string Nodes::heartbeat(Kind kind) const {
  base::FrameBuilder out;
  auto member = [&out](std::string_view name, std::string_view value) {
    out.append(out.size() == 0 ? '{' : ',');
    json::write_string(out, name);
    out.append(':');
    json::write_string(out, value);
  };
  member("type", word(kind));
  member("key", self_.key);
  member("id", self_.id);
  member("name", self_.name);
  out.append(",\"uids\":{");
  bool first = true;
  for (const auto& [nsp, uid] : uids_) {
    if (!std::exchange(first, false)) out.append(',');
    json::write_string(out, nsp);
    out.append(':');
    json::write_string(out, uid);
  }
  out.append("}}");
  return std::string(out.view());
}

Nodes::Heard Nodes::on_message(std::string_view payload, loop::TimePoint now) {
  if (!base::is_valid_utf8(payload) || !json::validate(payload)) return Heard::not_ours;
  std::string type;
  std::string key;
  std::string id;
  Node node{{}, {}, now};
  json::ObjectCursor members(payload);
  for (std::string_view raw_key, value; members.next(raw_key, value);) {
    if (take(raw_key, value, "type", type) || take(raw_key, value, "key", key) ||
        take(raw_key, value, "id", id) || take(raw_key, value, "name", node.name))
      continue;
    if (!json::equals(raw_key, "uids") || json::kind_of(value) != json::Kind::object) continue;
    json::ObjectCursor uids(value);
    for (std::string_view nsp, uid; uids.next(nsp, uid) && node.uids.size() < max_namespaces;)
      if (json::kind_of(uid) == json::Kind::string)
        node.uids.insert_or_assign(json::unescape(nsp), json::unescape(uid));
  }
  if (id.empty() || type.empty()) return Heard::not_ours;
  if (key != self_.key || id == self_.id) return Heard::nothing;
  const auto known = others_.find(id);
  if (type == word(Kind::bye)) {
    if (known != others_.end()) others_.erase(known);
    return Heard::nothing;
  }
  if (known == others_.end() && others_.size() >= max_nodes) return Heard::nothing;
  const bool is_new = known == others_.end() || type == word(Kind::hello);
  others_.insert_or_assign(std::move(id), std::move(node));
  return is_new ? Heard::newcomer : Heard::nothing;
}

std::vector<std::string> Nodes::expire(loop::TimePoint now) {
  std::vector<std::string> lost;
  std::erase_if(others_, [&](const auto& entry) {
    if (entry.second.heard + timeout_ > now) return false;
    lost.push_back(entry.second.name);
    return true;
  });
  return lost;
}

std::vector<Nodes::Member> Nodes::members(std::string_view nsp) const {
  std::vector<Member> found;
  for (const auto& [id, node] : others_)
    if (const auto uid = node.uids.find(nsp); uid != node.uids.end())
      found.push_back({uid->second, node.name});
  return found;
}

bool Nodes::knows_uid(std::string_view nsp, std::string_view uid) const {
  for (const auto& [id, node] : others_)
    if (const auto known = node.uids.find(nsp); known != node.uids.end() && known->second == uid) return true;
  return false;
}

}  // namespace roomcast::adapter

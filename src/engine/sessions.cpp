#include <array>

#include <base/base64.hpp>
#include <base/crypto.hpp>
#include <engine/sessions.hpp>

namespace roomcast::engine {
namespace {

constexpr std::string_view base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string make_sid(std::uint32_t process_tag, unsigned loop) {
  std::array<unsigned char, 15> bytes;
  base::random_bytes(bytes);
  const std::uint32_t routing = (process_tag & 0x3FFFF) << 6 | (loop & 0x3F);
  bytes[0] = static_cast<unsigned char>(routing >> 16);
  bytes[1] = static_cast<unsigned char>(routing >> 8);
  bytes[2] = static_cast<unsigned char>(routing);
  return base::base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

int loop_of(std::string_view sid) noexcept {
  if (sid.size() != 20) return -1;
  const std::size_t at = base64url.find(sid[3]);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

Sessions::~Sessions() {
  while (!by_sid_.empty()) {
    const std::unique_ptr<Session> dead(*by_sid_.begin());
    by_sid_.erase(by_sid_.begin());
  }
}

Session& Sessions::create(std::uint32_t process_tag, unsigned protocol) {
  loop_.assert_home();
  Sid sid;
  make_sid(process_tag, loop_.id()).copy(sid.data(), sid.size());
  auto session = std::make_unique<Session>(*this, sid, protocol);
  by_sid_.insert(session.get());
  count_.set(by_sid_.size());
  return *session.release();
}

Session* Sessions::find(std::string_view sid) noexcept {
  const auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : *found;
}

void Sessions::erase(Session& session, bool websocket) {
  const auto found = by_sid_.find(session.sid());
  if (found == by_sid_.end()) return;
  std::unique_ptr<Session> dead(*found);
  by_sid_.erase(found);
  count_.set(by_sid_.size());
  if (websocket) websockets_.sub(1);
  if (!places_.empty()) places_.erase(&session);
  loop_.bury(std::move(dead));
}

void Sessions::shut_down() {
  while (!by_sid_.empty()) (*by_sid_.begin())->shut_down();
}

}  // namespace roomcast::engine

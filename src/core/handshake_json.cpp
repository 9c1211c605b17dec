#include <boost/json/value.hpp>

#include <base/frame.hpp>
#include <core/handshake_json.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/writer.hpp>

namespace roomcast::core {
namespace {

boost::json::object object_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  boost::json::object made;
  for (const auto& [name, value] : pairs) made[name] = value;
  return made;
}

}  // namespace

std::string handshake_json(const Handshake& handshake) {
  boost::json::object made;
  made["headers"] = object_of(handshake.headers());
  made["time"] = handshake.time();
  made["address"] = handshake.address();
  made["xdomain"] = handshake.xdomain();
  made["secure"] = handshake.secure();
  made["issued"] =
      std::chrono::duration_cast<std::chrono::milliseconds>(handshake.issued().time_since_epoch()).count();
  made["url"] = handshake.url();
  made["query"] = object_of(handshake.queries());
  made["auth"] = handshake.auth;
  base::FrameBuilder out;
  json::write(out, made);
  return std::string(out.view());
}

std::shared_ptr<const Handshake> handshake_from_json(std::string_view json) {
  std::string url, headers, address;
  std::chrono::system_clock::time_point issued{};
  bool secure = false;
  boost::json::object auth;
  const auto parsed = json::parse(json);
  if (parsed && parsed->is_object()) {
    for (const auto& [name, value] : parsed->get_object()) {
      if (name == "headers" && value.is_object()) {
        for (const auto& [header, text] : value.get_object())
          if (text.is_string() && text.get_string().find_first_of("\r\n") == std::string_view::npos &&
              header.find_first_of("\r\n:") == std::string_view::npos)
            headers.append(header).append(": ").append(std::string_view(text.get_string())).append("\r\n");
      } else if (name == "address" && value.is_string()) {
        address = value.get_string();
      } else if (name == "url" && value.is_string()) {
        url = value.get_string();
      } else if (name == "secure" && value.is_bool()) {
        secure = value.get_bool();
      } else if (name == "issued" && value.is_int64()) {
        issued = std::chrono::system_clock::time_point(std::chrono::milliseconds(value.get_int64()));
      } else if (name == "auth" && value.is_object()) {
        auth = value.get_object();
      }
    }
  }
  return std::make_shared<const Handshake>(
      std::make_shared<const detail::HandshakeRequest>(url, headers, address, issued, secure),
      std::move(auth));
}

}  // namespace roomcast::core

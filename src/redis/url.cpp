#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include <sys/un.h>

#include <redis/url.hpp>

namespace roomcast::resp {
namespace {

// Nothing of the text is ever quoted: a misplaced slash would make a password look like a host.
[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument("redis URL: " + what); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text, const char* part) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      refuse(std::string("the ") + part + " has a % that is not followed by two hex digits");
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

std::string encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(digits[static_cast<unsigned char>(c) >> 4]);
      encoded.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
  }
  return encoded;
}

template <class Number>
std::optional<Number> number(std::string_view text, Number max) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

unsigned database(std::string_view text) {
  const auto db = number<unsigned>(text, 1'000'000);
  if (!db) refuse("the database must be a number");
  return *db;
}

void read_user(Url& url, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size())
    refuse("a user needs a password: user:password@");
  url.user = decode(text.substr(0, colon), "user");
  url.password = decode(text.substr(colon + 1), "password");
}

void read_host(Url& url, std::string_view text) {
  std::string_view host = text, port;
  bool has_port = false;
  if (text.starts_with('[')) {  // an IPv6 address
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse("the host begins with [ and has no ]");
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') refuse("the host has something behind ] that is no port");
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (host.empty()) refuse("the host is missing");
  for (const char c : host)
    if (c <= ' ' || c == 0x7F) refuse("the host has a blank or a control character");
  url.host = host;
  if (has_port) {
    const auto value = number<std::uint16_t>(port, 65535);
    if (!value || *value == 0) refuse("the port must be a number between 1 and 65535");
    url.port = *value;
  }
}

void read_query(Url& url, std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view item = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view name = item.substr(0, equals);
    const std::string value = decode(item.substr(std::min(equals + 1, item.size())), "query");
    const bool tls = url.transport == Url::Transport::tls;
    if (name == "db") {
      url.db = database(value);
    } else if (tls && name == "ssl_ca_certs") {
      if (value.empty()) refuse("ssl_ca_certs names no file");
      url.tls_ca_file = value;
    } else if (tls && name == "ssl_cert_reqs") {
      if (value != "none" && value != "required") refuse("ssl_cert_reqs must be none or required");
      url.tls_verify = value == "required";
    } else {
      refuse(tls ? "the query may hold db, ssl_ca_certs and ssl_cert_reqs"
                 : "the query may hold db and nothing else");
    }
  }
}

}  // namespace

Url Url::parse(std::string_view text) {
  Url url;
  const std::size_t scheme = text.find("://");
  const std::string_view name = text.substr(0, scheme == std::string_view::npos ? 0 : scheme);
  if (name == "redis") {
    url.transport = Transport::tcp;
  } else if (name == "rediss") {
    url.transport = Transport::tls;
  } else if (name == "unix") {
    url.transport = Transport::unix_socket;
  } else {
    refuse("it must begin with redis://, rediss:// or unix://");
  }
  std::string_view rest = text.substr(scheme + 3);
  std::string_view query;
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    read_user(url, authority.substr(0, at));
    authority = authority.substr(at + 1);
  }
  if (url.transport == Transport::unix_socket) {
    if (!authority.empty() || path.size() < 2)
      refuse("the path of the Unix socket must be absolute: unix:///path");
    url.path = decode(path, "path");
    if (url.path.size() >= sizeof(sockaddr_un::sun_path) || url.path.find('\0') != std::string::npos)
      refuse("the path of the Unix socket is longer than the system allows, or has a zero in it");
  } else {
    read_host(url, authority);
    if (path.size() > 1) url.db = database(path.substr(1));
  }
  read_query(url, query);
  return url;
}

std::string Url::redacted() const {
  std::string text = transport == Transport::tcp   ? "redis://"
                     : transport == Transport::tls ? "rediss://"
                                                   : "unix://";
  if (!password.empty()) text += encode(user) + ":***@";
  if (transport == Transport::unix_socket) {
    text += encode(path);
    if (db != 0) text += "?db=" + std::to_string(db);
    return text;
  }
  const bool v6 = host.find(':') != std::string::npos;
  text += v6 ? "[" + host + "]" : host;
  text += ":" + std::to_string(port);
  if (db != 0) text += "/" + std::to_string(db);
  return text;
}

}  // namespace roomcast::resp

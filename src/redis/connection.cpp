#include <algorithm>
#include <array>
#include <cassert>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <redis/connection.hpp>
#include <redis/format.hpp>
#include <redis/reply_reader.hpp>

namespace roomcast::resp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

constexpr std::size_t read_size = 64 * 1024;
// hiredis moves the unread rest of its buffer forward once per KiB that it reads, so it is given little at a
// time.
constexpr std::size_t feed_size = 16 * 1024;
// A buffer that a burst has made large is not kept.
constexpr std::size_t kept_capacity = 1024 * 1024;

// A peer that has vanished is found after 15 + 3 * 5 s of silence, or 10 s after what we sent was not
// acknowledged.
constexpr int keep_alive_idle = 15, keep_alive_interval = 5, keep_alive_count = 3;
constexpr int user_timeout_ms = 10'000;

void set_tcp_options(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keep_alive_idle, sizeof keep_alive_idle);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &keep_alive_interval, sizeof keep_alive_interval);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &keep_alive_count, sizeof keep_alive_count);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
}

}  // namespace

struct Connection::Tls {
  asio::ssl::context context{asio::ssl::context::tls_client};
};

std::shared_ptr<Connection::Tls> Connection::make_tls(const Url& url) {
  if (url.transport != Url::Transport::tls) return nullptr;
  auto tls = std::make_shared<Tls>();
  SSL_CTX_set_min_proto_version(tls->context.native_handle(), TLS1_2_VERSION);
  error_code error;
  if (url.tls_ca_file.empty()) {
    tls->context.set_default_verify_paths(error);
  } else {
    tls->context.load_verify_file(url.tls_ca_file, error);
  }
  if (error)
    throw std::invalid_argument("redis URL: the certificates in ssl_ca_certs cannot be read: " +
                                error.message());
  tls->context.set_verify_mode(url.tls_verify ? asio::ssl::verify_peer : asio::ssl::verify_none);
  return tls;
}

/// What Asio's operations keep alive until they have ended; its handler is gone once the connection is
/// closed.
class Connection::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(loop::Loop& loop, const Options& options, std::shared_ptr<Tls> tls, unsigned turn, Handler& handler)
      : loop_(loop),
        options_(&options),
        handler_(&handler),
        tls_settings_(std::move(tls)),
        turn_(turn),
        socket_(loop.io()),
        resolver_(loop.io()),
        reader_(options.max_reply_bytes),
        last_read_(loop.now()) {}

  void dial() {
    const Url& url = options_->url;
    if (url.transport == Url::Transport::unix_socket) {
      endpoints_.emplace_back(asio::local::stream_protocol::endpoint(url.path));
      connect();
      return;
    }
    error_code not_an_address;
    const auto address = asio::ip::make_address(url.host, not_an_address);
    if (!not_an_address) {
      endpoints_.emplace_back(asio::ip::tcp::endpoint(address, url.port));
      connect();
      return;
    }
    resolver_.async_resolve(url.host, std::to_string(url.port), asio::ip::tcp::resolver::numeric_service,
                            [self = shared_from_this()](error_code error, const auto& results) {
                              if (self->handler_ == nullptr) return;
                              if (error) return self->lose("the host cannot be resolved: " + error.message());
                              for (const auto& one : results) self->endpoints_.emplace_back(one.endpoint());
                              self->connect();
                            });
  }

  bool open() const noexcept { return open_ && handler_ != nullptr; }
  bool writing() const noexcept { return writing_; }
  loop::TimePoint last_read() const noexcept { return last_read_; }

  void write(std::string& bytes) {
    assert(open() && !writing_ && !bytes.empty());
    written_.swap(bytes);
    start_write();
  }

  void close() {
    handler_ = nullptr;
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void connect() {
    if (tried_ == endpoints_.size())
      return lose(last_error_.empty() ? "the host has no address" : last_error_);
    const asio::generic::stream_protocol::endpoint& endpoint =
        endpoints_[(turn_ + tried_++) % endpoints_.size()];
    error_code error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (error) {  // we may be inside the owner's call that dials
      asio::post(loop_.io(), [self = shared_from_this(), why = "no socket: " + error.message()] {
        if (self->handler_ != nullptr) self->lose(why);
      });
      return;
    }
    if (options_->url.transport != Url::Transport::unix_socket) set_tcp_options(socket_.native_handle());
    socket_.async_connect(endpoint, [self = shared_from_this()](error_code failure) {
      if (self->handler_ == nullptr) return;
      if (!failure) return self->connected();
      self->last_error_ = failure.message();
      self->connect();
    });
  }

  void connected() {
    if (!tls_settings_) return shake_hands();
    tls_.emplace(socket_, tls_settings_->context);
    const std::string& host = options_->url.host;
    if (options_->url.tls_verify) tls_->set_verify_callback(asio::ssl::host_name_verification(host));
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address)
      SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());  // RFC6066§3: names only
    tls_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
      if (self->handler_ == nullptr) return;
      if (error) return self->lose("TLS: " + error.message());
      self->shake_hands();
    });
  }

  // One write. What Redis thinks of each is read in `greeted`.
  void shake_hands() {
    using Words = std::array<std::string_view, 2>;
    const Url& url = options_->url;
    if (!url.password.empty()) {
      if (url.user.empty()) {
        append_command(written_, Words{"AUTH", url.password});
      } else {
        append_command(written_, std::array<std::string_view, 3>{"AUTH", url.user, url.password});
      }
      greetings_.push_back("AUTH");
    }
    if (!options_->client_name.empty()) {
      append_command(written_, std::array<std::string_view, 3>{"CLIENT", "SETNAME", options_->client_name});
      greetings_.push_back("CLIENT SETNAME");
    }
    if (url.db != 0) {
      append_command(written_, Words{"SELECT", std::to_string(url.db)});
      greetings_.push_back("SELECT");
    }
    // The last one tells that Redis serves commands: one that is still loading its data answers the others
    // well.
    append_command(written_, std::array<std::string_view, 1>{"PING"});
    greetings_.push_back("PING");
    start_write();
    read();
  }

  void greeted(const Reply& reply) {
    const std::string_view command = greetings_[greeted_++];
    if (reply.is_error()) {
      const std::string_view text = reply.text;
      last_error_ = text;
      // The name is for people's eyes: a proxy or a list of permissions may not let us set it, or ping.
      const bool forgiven =
          (command == "CLIENT SETNAME" && (text.starts_with("ERR") || text.starts_with("NOPERM"))) ||
          (command == "PING" && text.starts_with("NOPERM"));
      if (!forgiven) return lose(std::string(command) + " was refused: " + reply.text);
    }
    if (greeted_ < greetings_.size()) return;
    open_ = true;
    last_error_.clear();
    handler_->on_open();  // perhaps before we hear that the handshake was written: `on_written` will tell
  }

  void start_write() {
    writing_ = true;
    const auto done = [self = shared_from_this()](error_code error, std::size_t) {
      if (self->handler_ == nullptr) return;
      self->writing_ = false;
      if (error) return self->lose(self->describe(error));
      if (self->written_.capacity() > kept_capacity) {
        self->written_ = std::string();
      } else {
        self->written_.clear();
      }
      if (self->open_) self->handler_->on_written();
    };
    if (tls_) {
      asio::async_write(*tls_, asio::buffer(written_), done);
    } else {
      asio::async_write(socket_, asio::buffer(written_), done);
    }
  }

  void read() {
    const auto done = [self = shared_from_this()](error_code error, std::size_t size) {
      self->received(error, size);
    };
    if (tls_) {
      tls_->async_read_some(asio::buffer(*buffer_), done);
    } else {
      socket_.async_read_some(asio::buffer(*buffer_), done);
    }
  }

  void received(error_code error, std::size_t size) {
    if (handler_ == nullptr) return;
    if (error) return lose(describe(error));
    last_read_ = loop_.now();
    try {
      take({buffer_->data(), size});
    } catch (const std::exception& e) {  // out of memory, most likely. Not to read on would be to be deaf
      if (handler_ != nullptr) lose(e.what());
    }
    if (handler_ != nullptr) read();
  }

  void take(std::string_view rest) {
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, feed_size);
      rest.remove_prefix(piece.size());
      reader_.feed(piece);
      for (;;) {
        boost::system::result<std::optional<Reply>> reply = reader_.next();
        if (reply.has_error()) return lose(reply.error().message());
        if (!*reply) break;
        if (greeted_ < greetings_.size()) {
          greeted(**reply);
        } else {
          handler_->on_reply(std::move(**reply));
        }
        if (handler_ == nullptr) return;  // closed by what it was told
      }
    }
  }

  std::string describe(error_code error) const {
    std::string text = error == asio::error::eof || error == asio::ssl::error::stream_truncated
                           ? "closed by Redis"
                           : error.message();
    if (!last_error_.empty()) text += ", after: " + last_error_;
    return text;
  }

  void lose(const std::string& why) {
    Handler* handler = handler_;
    close();
    handler->on_lost(why);
  }

  loop::Loop& loop_;
  const Options* options_;
  Handler* handler_;
  const std::shared_ptr<Tls> tls_settings_;
  const unsigned turn_;
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  asio::ip::tcp::resolver resolver_;
  std::vector<asio::generic::stream_protocol::endpoint> endpoints_;
  std::size_t tried_ = 0;
  std::string last_error_;
  std::vector<std::string_view> greetings_;
  std::size_t greeted_ = 0;
  bool open_ = false;
  bool writing_ = false;
  std::string written_;
  ReplyReader reader_;
  loop::TimePoint last_read_;
  const std::unique_ptr<std::array<char, read_size>> buffer_ =
      std::make_unique<std::array<char, read_size>>();
};

Connection::Connection(loop::Loop& loop, const Options& options, std::shared_ptr<Tls> tls, unsigned turn,
                       Handler& handler)
    : impl_(std::make_shared<Impl>(loop, options, std::move(tls), turn, handler)) {
  loop.assert_home();
  impl_->dial();
}
Connection::~Connection() { impl_->close(); }

bool Connection::open() const noexcept { return impl_->open(); }
bool Connection::writing() const noexcept { return impl_->writing(); }
loop::TimePoint Connection::last_read() const noexcept { return impl_->last_read(); }
void Connection::write(std::string& bytes) { impl_->write(bytes); }
void Connection::close() { impl_->close(); }

}  // namespace roomcast::resp

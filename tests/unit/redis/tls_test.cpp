#include <cstdio>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "redis_fixture.hpp"

namespace roomcast::resp {
namespace {

void require(bool truth) {
  if (!truth) throw std::runtime_error("OpenSSL would not make a certificate");
}

/// A self-signed certificate for 127.0.0.1 and localhost, in two files.
class Certificate {
 public:
  explicit Certificate(const std::filesystem::path& folder)
      : file_((folder / "cert.pem").string()), key_file_((folder / "key.pem").string()) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
    require(key && x509);
    X509_set_version(x509.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME* name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("redis"), -1,
                               -1, 0);
    X509_set_issuer_name(x509.get(), name);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509.get(), x509.get(), nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
        X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"),
        X509_EXTENSION_free);
    require(names && X509_add_ext(x509.get(), names.get(), -1) == 1);
    require(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);
    write(file_, [&](std::FILE* out) { return PEM_write_X509(out, x509.get()); });
    write(key_file_, [&](std::FILE* out) {
      return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  const std::string& file() const noexcept { return file_; }
  const std::string& key_file() const noexcept { return key_file_; }

 private:
  template <class Write>
  static void write(const std::string& path, Write write_to) {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> out(std::fopen(path.c_str(), "w"), std::fclose);
    require(out && write_to(out.get()) == 1);
  }
  std::string file_, key_file_;
};

class TlsTest : public RedisTest {
 protected:
  TlsTest() {
    for (int tries = 1; !server_; ++tries) {
      tls_port_ = RedisServer::free_port();
      try {
        server_ = std::make_unique<RedisServer>(std::vector<std::string>{
            "--tls-port", std::to_string(tls_port_), "--tls-cert-file", certificate_.file(), "--tls-key-file",
            certificate_.key_file(), "--tls-ca-cert-file", certificate_.file(), "--tls-auth-clients", "no"});
      } catch (const std::runtime_error&) {
        if (tries == 5) throw;
      }
    }
  }
  std::string url(const std::string& host, const std::string& query) const {
    return "rediss://" + host + ":" + std::to_string(tls_port_) + "?" + query;
  }

  support::TempFolder folder_;
  Certificate certificate_{folder_.path()};
  std::uint16_t tls_port_ = 0;
  std::unique_ptr<RedisServer> server_;
};

TEST_F(TlsTest, a_server_that_its_authority_vouches_for_is_spoken_to) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    start_commands(options_for(url(host, "ssl_ca_certs=" + certificate_.file())));
    EXPECT_EQ(ask({"SET", "large", std::string(1'000'000, 'x')}), "+OK");
    EXPECT_EQ(ask({"GET", "large"}).size(), 1'000'001u);
    home_.run([this] { commands_.reset(); });
  }
}

TEST_F(TlsTest, a_subscriber_hears_and_comes_back) {
  make_subscriber(options_for(url("127.0.0.1", "ssl_ca_certs=" + certificate_.file())));
  home_.run([this] {
    subscriber_->subscribe("a", note_message());
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  server_->command({"PUBLISH", "a", "1"});
  events_.wait_for("a 1");
  server_->command({"CLIENT", "KILL", "TYPE", "pubsub"});
  events_.wait_for("subscriber ready");
  server_->command({"PUBLISH", "a", "2"});
  events_.wait_for("a 2");
}

TEST_F(TlsTest, a_server_that_nobody_vouches_for_is_not_spoken_to_unless_told_so) {
  start_commands(options_for(url("127.0.0.1", "db=0")));
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
  home_.run([this] { commands_.reset(); });
  start_commands(options_for(url("127.0.0.1", "ssl_cert_reqs=none")));
  EXPECT_EQ(ask({"PING"}), "+PONG");
}

TEST_F(TlsTest, a_certificate_for_another_name_is_not_accepted) {
  start_commands(options_for(url("127.0.0.2", "ssl_ca_certs=" + certificate_.file())));
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
}

TEST_F(TlsTest, a_file_of_authorities_that_cannot_be_read_is_refused_at_once) {
  EXPECT_THROW(make_commands(options_for(url("127.0.0.1", "ssl_ca_certs=/no/such/file"))),
               std::invalid_argument);
}

TEST_F(TlsTest, plain_redis_on_the_port_is_a_failure_like_any_other) {
  Options options = options_for("rediss://127.0.0.1:" + std::to_string(server_->port()));
  options.attempt_timeout =
      std::chrono::milliseconds(200);  // Redis waits for the rest of what it takes for a command
  start_commands(options);
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
}

}  // namespace
}  // namespace roomcast::resp

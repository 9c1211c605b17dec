// Certificates and keys from files: what is wrong with them is said, and new ones can be taken up.
#include <fstream>
#include <stdexcept>

#include "tls_fixture.hpp"

namespace roomcast::net {
namespace {

using support::turn;

std::string fault(const TlsOptions& options) {
  try {
    TlsSettings settings(options);
    return "";
  } catch (const std::invalid_argument& e) {
    std::string text = e.what();
    const std::string folder = test_authority().folder().string() + "/";
    for (std::size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
    return text;
  }
}

std::string file_with(const std::string& name, std::string_view text) {
  const std::string path = test_authority().folder() / name;
  std::ofstream(path) << text;
  return path;
}

TEST(TlsSettings, a_file_that_cannot_be_used_is_named_with_the_reason) {
  const TlsOptions good = test_options();
  EXPECT_EQ(fault(good), "");
  TlsOptions bad = good;
  bad.certificate_file = test_authority().folder() / "none.pem";
  EXPECT_EQ(fault(bad), "tls.certificate_file: none.pem: No such file or directory");
  bad.certificate_file = file_with("text.pem", "not a certificate\n");
  EXPECT_EQ(fault(bad), "tls.certificate_file: text.pem: no start line");
  bad = good;
  bad.key_file = good.certificate_file;
  EXPECT_EQ(fault(bad), "tls.key_file: server.pem: no private key in PEM (unsupported)");
  bad.key_file = test_authority().issue("other", "other").key;
  EXPECT_EQ(fault(bad), "tls.key_file: other.key: key values mismatch");
  bad = good;
  bad.client_certificates = ClientCertificates::required;
  bad.client_ca_file = test_authority().folder() / "none.pem";
  EXPECT_EQ(fault(bad), "tls.client_ca_file: none.pem: No such file or directory");
}

// OpenSSL would ask for the password on the terminal.
TEST(TlsSettings, a_key_with_a_password_is_refused) {
  TlsOptions bad = test_options();
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  bad.key_file = test_authority().folder() / "locked.key";
  std::FILE* out = std::fopen(bad.key_file.c_str(), "w");
  const std::string password = "secret";
  PEM_write_PKCS8PrivateKey(out, key.get(), EVP_aes_256_cbc(), password.data(),
                            static_cast<int>(password.size()), nullptr, nullptr);
  std::fclose(out);
  EXPECT_EQ(fault(bad), "tls.key_file: locked.key: it has a password");
}

TEST(TlsSettings, members_that_lack_another_are_refused) {
  EXPECT_EQ(fault({}), "tls.certificate_file is needed: the server's certificate");
  TlsOptions half = test_options();
  half.key_file = "";
  EXPECT_EQ(fault(half), "tls.key_file is needed: the private key of tls.certificate_file");
  half = test_options();
  half.client_certificates = ClientCertificates::wanted;
  EXPECT_EQ(fault(half), "tls.client_ca_file is needed: whose certificates tls.client_certificates are");
  half.client_certificates = ClientCertificates::none;
  half.client_ca_file = test_authority().file();
  EXPECT_EQ(fault(half), "tls.client_ca_file is for tls.client_certificates, which are not asked for");
}

TEST(TlsSettings, the_certificate_is_described) {
  const TlsSettings::Certificate shown = TlsSettings(test_options()).certificate();
  EXPECT_EQ(shown.subject, "CN=localhost,O=Example");
  ASSERT_EQ(shown.expires.size(), 10U);
  EXPECT_EQ(shown.expires.substr(0, 2), "20");
}

class TlsReload : public TlsOverMemory {
 protected:
  TlsOptions own() {
    const auto files = test_authority().issue("reloaded", "first");
    return {.certificate_file = files.certificate, .key_file = files.key};
  }
};

TEST_F(TlsReload, new_clients_see_the_new_certificate_and_old_ones_go_on) {
  settings_.emplace(own());
  connect();
  exchange();
  EXPECT_EQ(client_->server_name(), "first");
  test_authority().issue("reloaded", "second", 3);
  settings_->reload();
  says("still here");
  EXPECT_EQ(above_.received, "still here");
  turn(loop_, [&] { Connection::retire(std::move(above_.connection)); });
  connect();
  exchange();
  EXPECT_EQ(client_->server_name(), "second");
  EXPECT_EQ(settings_->certificate().subject, "CN=second,O=Example");
}

TEST_F(TlsReload, bad_files_change_nothing) {
  settings_.emplace(own());
  file_with("reloaded.pem", "nonsense");
  EXPECT_THROW(settings_->reload(), std::invalid_argument);
  EXPECT_EQ(settings_->certificate().subject, "CN=first,O=Example");
  connect();
  exchange();
  EXPECT_EQ(client_->server_name(), "first");
}

}  // namespace
}  // namespace roomcast::net

#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace roomcast::support {

/// An authority with the certificates that it has signed, as PEM files in a folder that goes with it.
class Authority {
 public:
  explicit Authority(const std::string& name) : folder_(make_folder()), key_(make_key()) {
    certificate_ = sign(name, *key_, 1);
    write("ca", *certificate_, *key_);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  struct Files {
    std::string certificate;
    std::string key;
  };
  /// Makes `NAME.pem` and `NAME.key` for the common name, or replaces them.
  Files issue(const std::string& file, const std::string& common_name, long serial = 2) {
    const Key key = make_key();
    return write(file, *sign(common_name, *key, serial), *key);
  }
  /// The certificate of the authority.
  std::string file() const { return folder_ / "ca.pem"; }
  std::filesystem::path folder() const { return folder_; }

 private:
  template <auto F>
  struct Free {
    void operator()(auto* object) const noexcept { F(object); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
  using Certificate = std::unique_ptr<X509, Free<&X509_free>>;

  static std::filesystem::path make_folder() {
    std::string path = std::filesystem::temp_directory_path() / "roomcast-certificates-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return path;
  }
  static Key make_key() { return Key(EVP_EC_gen("P-256")); }

  Certificate sign(const std::string& common_name, EVP_PKEY& key, long serial) const {
    Certificate made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 24 * 3600);
    X509_set_pubkey(made.get(), &key);
    X509_NAME* subject = X509_get_subject_name(made.get());
    const auto add = [subject](const char* what, const std::string& value) {
      X509_NAME_add_entry_by_txt(subject, what, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
    };
    add("O", "Example");
    add("CN", common_name);
    X509* issuer = certificate_ ? certificate_.get() : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, made.get(), nullptr, nullptr, 0);
    const auto extend = [&](int what, const char* value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
      X509_add_ext(made.get(), extension, -1);
      X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, certificate_ ? "CA:FALSE" : "critical,CA:TRUE");
    X509_sign(made.get(), certificate_ ? key_.get() : &key, EVP_sha256());
    return made;
  }

  Files write(const std::string& file, X509& certificate, EVP_PKEY& key) const {
    const Files files{folder_ / (file + ".pem"), folder_ / (file + ".key")};
    const auto to = [](const std::string& path, auto put) {
      std::FILE* out = std::fopen(path.c_str(), "w");
      if (out == nullptr) throw std::runtime_error("cannot write " + path);
      put(out);
      std::fclose(out);
    };
    to(files.certificate, [&](std::FILE* out) { PEM_write_X509(out, &certificate); });
    to(files.key,
       [&](std::FILE* out) { PEM_write_PrivateKey(out, &key, nullptr, nullptr, 0, nullptr, nullptr); });
    return files;
  }

  const std::filesystem::path folder_;
  const Key key_;
  Certificate certificate_;
};

}  // namespace roomcast::support

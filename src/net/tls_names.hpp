#pragma once

#include <string>

struct x509_st;

namespace roomcast::net {

/// The certificate's subject as RFC 2253 writes it, in UTF-8.
std::string subject_of(x509_st& certificate);

/// What this thread's queue of OpenSSL's errors began with: the reason, where later ones are consequences.
std::string first_openssl_error();

}  // namespace roomcast::net

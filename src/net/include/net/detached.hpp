#pragma once

#include <memory>

#include <net/descriptor.hpp>
#include <net/places.hpp>
#include <net/tls_stream.hpp>

namespace roomcast::net {

/// A connection between two loops: what is left of it when it was taken from the one, and all that the other
/// needs to go on with it.
struct Detached {
  Descriptor descriptor{};
  std::unique_ptr<TlsStream> tls{};  ///< null: plain bytes
  Places::Place place{};             ///< that it holds; none where connections are not limited
};

}  // namespace roomcast::net

#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <boost/json/value.hpp>

#include <protocol/json/reader.hpp>

// The golden vectors in tests/data/vectors: what the official npm packages say and accept.

namespace roomcast::support {

/// One file of vectors. Our own parser reads it, since Boost's rounds some of the doubles wrongly; where that
/// parser is tested, the vectors say in hexadecimal and base64 what they mean.
/// Keep the result in a variable: a loop over a part of a temporary outlives it.
inline boost::json::value load_vectors(const std::string& name) {
  std::ifstream file(std::string(ROOMCAST_TEST_DATA "/vectors/") + name, std::ios::binary);
  if (!file) throw std::runtime_error("no vectors in " + name);
  return json::parse(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

}  // namespace roomcast::support

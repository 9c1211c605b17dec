#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

// The golden vectors in tests/data/vectors: what the official npm packages say and accept.

namespace roomcast::support {

/// One file of vectors, read by Boost's parser, so that ours is not judged by itself.
inline boost::json::value load_vectors(const std::string& name) {
  std::ifstream file(std::string(ROOMCAST_TEST_DATA "/vectors/") + name, std::ios::binary);
  if (!file) throw std::runtime_error("no vectors in " + name);
  boost::json::parse_options options;
  options.max_depth = 256;
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), {}, options);
}

}  // namespace roomcast::support

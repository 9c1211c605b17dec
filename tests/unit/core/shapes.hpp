#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include <roomcast/value.hpp>

namespace roomcast {

struct Point {
  int x = 0;
  int y = 0;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

struct NamedPoint : Point {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(NamedPoint, (Point), (name))

struct Message {
  std::string text;
  std::optional<std::string> to;
  std::vector<std::string> tags;
  Bytes picture;
};
BOOST_DESCRIBE_STRUCT(Message, (), (text, to, tags, picture))

struct Preset {
  std::vector<int> numbers{1, 2, 3};
  std::map<std::string, int> counts{{"old", 1}};
};
BOOST_DESCRIBE_STRUCT(Preset, (), (numbers, counts))

struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

}  // namespace roomcast

#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <boost/mp11/algorithm.hpp>

#include <roomcast/value.hpp>

// How arguments of an event become C++ values. The table of encode.hpp read from right to left, with these
// rules: an integer takes only integral numbers in its range; std::optional takes null and a missing
// argument; described structs need each of their members (std::optional ones excepted) and ignore extra ones.

namespace roomcast::detail {

// Each @return whether the value is of that kind.
bool read(const Source& from, bool& out);
bool read(const Source& from, std::int64_t& out);
bool read(const Source& from, std::uint64_t& out);
bool read(const Source& from, double& out);
bool read(const Source& from, std::string& out);
bool read(const Source& from, Bytes& out);
bool read(const Source& from, Value& out);
bool read(const Source& from, boost::json::value& out);
bool is_null(const Source& from);
/// The elements of an array; nothing if it is none.
std::optional<std::vector<Source>> elements(const Source& from);
/// The members of an object in the order of the text; nothing if it is none.
std::optional<std::vector<std::pair<std::string, Source>>> members(const Source& from);

template <class T>
bool decode(const Source& from, T& out);

template <class T>
struct is_optional_type : std::false_type {};
template <class T>
struct is_optional_type<std::optional<T>> : std::true_type {};

template <class T>
concept VectorLike = requires(T& t, typename T::value_type v) {
  t.push_back(std::move(v));
  t.clear();
} && !std::convertible_to<const T&, std::string_view>;

template <class T>
concept StringMap = requires(T& t, typename T::mapped_type v) {
  t.insert_or_assign(std::string(), std::move(v));
} && std::same_as<typename T::key_type, std::string>;

template <class T>
bool decode_described(const Source& from, T& out) {
  using namespace boost::describe;
  const auto all = members(from);
  if (!all) return false;
  bool good = true;
  boost::mp11::mp_for_each<describe_members<T, mod_public | mod_inherited>>([&](auto member) {
    if (!good) return;
    auto& place = out.*member.pointer;
    const Source* found = nullptr;
    for (const auto& [name, value] : *all)
      if (name == member.name) found = &value;  // of duplicates the last one counts, as in JavaScript
    if (found != nullptr) {
      good = decode(*found, place);
    } else {
      good = is_optional_type<std::remove_cvref_t<decltype(place)>>::value;
    }
  });
  return good;
}

template <class T>
bool decode(const Source& from, T& out) {
  if constexpr (std::same_as<T, bool> || std::same_as<T, std::string> || std::same_as<T, Bytes> ||
                std::same_as<T, Value> || std::same_as<T, boost::json::value>) {
    return read(from, out);
  } else if constexpr (std::same_as<T, boost::json::object> || std::same_as<T, boost::json::array>) {
    boost::json::value any;
    if (!read(from, any)) return false;
    if constexpr (std::same_as<T, boost::json::object>) {
      if (!any.is_object()) return false;
      out = std::move(any.get_object());
    } else {
      if (!any.is_array()) return false;
      out = std::move(any.get_array());
    }
    return true;
  } else if constexpr (std::signed_integral<T>) {
    std::int64_t wide = 0;
    if (!read(from, wide) || wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max())
      return false;
    out = static_cast<T>(wide);
    return true;
  } else if constexpr (std::unsigned_integral<T>) {
    std::uint64_t wide = 0;
    if (!read(from, wide) || wide > std::numeric_limits<T>::max()) return false;
    out = static_cast<T>(wide);
    return true;
  } else if constexpr (std::floating_point<T>) {
    double wide = 0;
    if (!read(from, wide)) return false;
    out = static_cast<T>(wide);
    return true;
  } else if constexpr (is_optional_type<T>::value) {
    if (is_null(from)) return out.reset(), true;
    return decode(from, out.emplace());
  } else if constexpr (StringMap<T>) {
    const auto all = members(from);
    if (!all) return false;
    out.clear();
    for (const auto& [key, value] : *all) {
      typename T::mapped_type member{};
      if (!decode(value, member)) return false;
      out.insert_or_assign(key, std::move(member));
    }
    return true;
  } else if constexpr (VectorLike<T>) {
    const auto all = elements(from);
    if (!all) return false;
    out.clear();
    for (const Source& one : *all) {
      typename T::value_type element{};
      if (!decode(one, element)) return false;
      out.push_back(std::move(element));
    }
    return true;
  } else if constexpr (boost::describe::has_describe_members<T>::value) {
    return decode_described(from, out);
  } else if constexpr (requires { std::tuple_size<T>::value; }) {
    const auto all = elements(from);
    if (!all || all->size() < std::tuple_size_v<T>) return false;
    return std::apply(
        [&all](auto&... element) {
          std::size_t i = 0;
          return (decode((*all)[i++], element) && ...);
        },
        out);
  } else {
    boost::json::value any;
    if (!read(from, any)) return false;
    auto made = boost::json::try_value_to<T>(any);
    if (made.has_error()) return false;
    out = std::move(*made);
    return true;
  }
}

}  // namespace roomcast::detail

template <class T>
bool roomcast::Value::to(T& out) const {
  detail::PayloadRef payload{payload_ ? std::string_view(payload_->text) : json_, attachments(), payload_};
  return detail::decode({json_, &payload}, out);
}

template <class T>
T roomcast::Value::as() const {
  T out{};
  if (!to(out))
    throw ConversionError("the value is not what was asked for: " + std::string(json_.substr(0, 100)));
  return out;
}

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace roomcast::engineio {

/// Whether a request's raw target is ours: it begins with `path`, byte for byte, nothing decoded.
bool path_matches(std::string_view target, std::string_view path) noexcept;

/// The part of a raw target behind its first `?`, without a fragment; empty when there is none.
std::string_view query_of(std::string_view target) noexcept;

/// The parameters of a raw query string, read as Node reads them: nothing is refused. `+` is a space, `%41`
/// is `A`, `%zz` stays as it is, a name without `=` has an empty value, `;` separates nothing, and bytes that
/// are not UTF-8 become U+FFFD. The text must outlive the reader. Any thread; every call is linear in the
/// text.
class Query {
 public:
  explicit Query(std::string_view raw_query) noexcept : text_(raw_query) {}

  /// The value of `name`; of duplicates, the last one's.
  std::optional<std::string> get(std::string_view name) const;

  /// Calls `visit(name, value)` for every parameter in the order of the text, duplicates included.
  void for_each(const std::function<void(std::string name, std::string value)>& visit) const;

 private:
  std::string_view text_;
};

}  // namespace roomcast::engineio

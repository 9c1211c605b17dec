#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include <roomcast/namespace.hpp>

namespace roomcast {

namespace core {
class ParentState;
}

namespace detail {

/// What the function of a parent namespace said of a name.
struct NamespaceDecision {
  bool allowed = false;
  std::optional<Task<bool>> later{};  ///< set if it is a coroutine
};
using NamespaceDecider = std::function<NamespaceDecision(const std::string&, const boost::json::object&)>;

/// A regular expression of the standard library or of Boost; found without including either.
template <class T>
concept Pattern = requires(const T& pattern, const std::string& name) {
  pattern.mark_count();
  regex_search(name.begin(), name.end(), pattern);
};

template <Pattern P>
NamespaceDecider decide_by_pattern(P pattern) {
  return [pattern = std::move(pattern)](const std::string& name,
                                        const boost::json::object&) -> NamespaceDecision {
    return {regex_search(name.begin(), name.end(), pattern)};
  };
}

template <class F>
NamespaceDecider decide_by_function(F f) {
  using Arguments = typename decayed<boost::callable_traits::args_t<F, std::tuple>>::type;
  constexpr std::size_t wanted = std::tuple_size_v<Arguments>;
  static_assert(wanted <= 2, "the function takes a name and the client's auth, or less");
  return [kept = std::make_shared<F>(std::move(f))](const std::string& name,
                                                    const boost::json::object& auth) -> NamespaceDecision {
    auto arguments = [&] {
      if constexpr (wanted == 0) return std::tuple<>();
      if constexpr (wanted == 1) return std::tuple<std::string>(name);
      if constexpr (wanted == 2) return std::tuple<std::string, boost::json::object>(name, auth);
    }();
    if constexpr (is_task<return_of<F>>::value) {
      // The coroutine's arguments and its lambda live as long as it does.
      return {false, [](std::shared_ptr<F> f_kept, decltype(arguments) values) -> Task<bool> {
                co_return co_await std::apply(*f_kept, std::move(values));
              }(kept, std::move(arguments))};
    } else {
      return {static_cast<bool>(std::apply(*kept, std::move(arguments)))};
    }
  };
}

}  // namespace detail

/// Namespaces that are made when a client asks for them, all alike. Mirrors Socket.IO's ParentNamespace.
/// A handle: cheap to copy; good as long as its Server lives. Any thread.
///
/// A child gets the middlewares and connection handlers that the parent has when the child is made. Handles
/// to a child that was cleaned up reach nobody, also if another one of its name is made later.
class ParentNamespace {
 public:
  /// For the library.
  explicit ParentNamespace(std::shared_ptr<core::ParentState> state) noexcept : state_(std::move(state)) {}

  /// As Namespace::use, for each child that is made from now on.
  template <class F>
  ParentNamespace& use(F middleware) {
    add_middleware(detail::adapt_socket_handler(std::move(middleware)));
    return *this;
  }
  /// As Namespace::on_connection, for each child that is made from now on.
  template <class F>
  ParentNamespace& on_connection(F handler) {
    add_connection_handler(detail::adapt_socket_handler(std::move(handler)));
    return *this;
  }

  ///@{
  /// As Namespace::backpressure, for each child that is made from now on.
  ParentNamespace& backpressure(Backpressure rule);
  ParentNamespace& backpressure(const std::string& room, Backpressure rule);
  ///@}

  /// The children that there are, in no order.
  std::vector<Namespace> children() const;
  /// To every socket of every child.
  template <class... Args>
  void emit(std::string_view event, const Args&... args) const {
    static_assert(!detail::ends_with_callback<Args...>, "ask each of children() for its answers");
    for (const Namespace& child : children()) child.emit(event, args...);
  }

 private:
  void add_middleware(detail::SocketHandler middleware);
  void add_connection_handler(detail::SocketHandler handler);

  std::shared_ptr<core::ParentState> state_;
};

}  // namespace roomcast

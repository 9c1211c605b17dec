#include <algorithm>
#include <exception>

#include <boost/json/object.hpp>

#include <core/readiness.hpp>
#include <roomcast/encode.hpp>
#include <roomcast/value.hpp>

namespace roomcast::core {
namespace {

std::string ask(const Readiness::Check& check) {
  try {
    return check();
  } catch (const std::exception& e) {
    return std::string("the check failed: ") + e.what();
  } catch (...) {
    return "the check failed";
  }
}

}  // namespace

void Readiness::add(std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(checks_, name, [](const auto& one) { return one.first; });
  if (found != checks_.end()) {
    found->second = std::move(check);
  } else {
    checks_.emplace_back(std::move(name), std::move(check));
  }
}

Readiness::Report Readiness::report() const {
  std::unique_lock lock(mutex_);
  const auto checks = checks_;
  lock.unlock();
  Report report{true, {}};
  for (const auto& [name, check] : checks) {
    report.checks.emplace_back(name, ask(check));
    report.ready = report.ready && report.checks.back().second.empty();
  }
  return report;
}

std::string Readiness::Report::json() const {
  boost::json::object each;
  for (const auto& [name, wrong] : checks) each[name] = wrong.empty() ? "ok" : wrong;
  boost::json::object all;
  all["status"] = ready ? "ready" : "not ready";
  all["checks"] = std::move(each);
  return std::string(Value::of(all).json());
}

}  // namespace roomcast::core

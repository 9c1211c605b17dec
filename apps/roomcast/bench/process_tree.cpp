#include "process_tree.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace roomcast::app::bench {
namespace {

struct Stat {
  int parent = 0;
  double own_us = 0;
  double children_us = 0;
};

bool read_stat(int pid, Stat& stat) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  const std::size_t name_end = line.rfind(')');  // the name may have anything in it
  if (name_end == std::string::npos) return false;
  std::istringstream in(line.substr(name_end + 1));
  std::string skipped;
  in >> skipped >> stat.parent;
  for (int field = 5; field < 14; ++field) in >> skipped;
  double own_user = 0, own_system = 0, children_user = 0, children_system = 0;
  in >> own_user >> own_system >> children_user >> children_system;
  const double tick_us = 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  stat.own_us = (own_user + own_system) * tick_us;
  stat.children_us = (children_user + children_system) * tick_us;
  return !in.fail();
}

// The ticks in /proc/PID/stat are 10 ms long; the process's clock tells nanoseconds.
double own_us_exactly(int pid, double otherwise) {
  clockid_t clock;
  timespec time;
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return otherwise;
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

std::uint64_t rss_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  constexpr std::string_view wanted = "VmRSS:";
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(wanted)) return std::strtoull(line.c_str() + wanted.size(), nullptr, 10) * 1024;
  return 0;
}

}  // namespace

Usage usage_of_tree(int root) {
  std::map<int, Stat> all;
  std::error_code error;
  for (std::filesystem::directory_iterator i("/proc", error), end; !error && i != end; i.increment(error)) {
    const int pid = std::atoi(i->path().filename().c_str());
    Stat stat;
    if (pid > 0 && read_stat(pid, stat)) all.emplace(pid, stat);
  }
  std::set<int> tree{root};
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [pid, stat] : all)
      if (tree.contains(stat.parent) && tree.insert(pid).second) grew = true;
  }
  Usage usage;
  for (const int pid : tree) {
    const auto found = all.find(pid);
    if (found == all.end()) continue;
    usage.cpu_us += own_us_exactly(pid, found->second.own_us) + found->second.children_us;
    usage.rss_bytes += rss_of(pid);
  }
  return usage;
}

bool process_exists(int pid) {
  Stat stat;
  return pid > 0 && read_stat(pid, stat);
}

double own_cpu_us() {
  rusage used;
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

}  // namespace roomcast::app::bench

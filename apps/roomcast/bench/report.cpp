#include "report.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace roomcast::app::bench {
namespace {

double share(double amount, double count) { return count > 0 ? amount / count : 0; }

double messages(const Result& r) { return static_cast<double>(r.latency.count()); }
double rate(const Result& r) { return share(messages(r), r.seconds); }
double microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }
double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

double bytes_per_connection(const Options& o, const Result& r) {
  const auto before = static_cast<double>(rss_bytes(r, &ServerUse::before));
  return (static_cast<double>(rss_bytes(r, &ServerUse::end)) - before) / o.connections();
}

double measured_cpu_us(const Result& r) { return cpu_us(r, &ServerUse::begin, &ServerUse::end); }
double connect_cpu_us(const Options& o, const Result& r) {
  // Cycles are measured from the first connection to the last.
  if (o.cycles) return share(cpu_us(r, &ServerUse::before, &ServerUse::end), static_cast<double>(r.cycles));
  return share(cpu_us(r, &ServerUse::before, &ServerUse::connected), o.connections());
}
double connects(const Options& o, const Result& r) {
  return o.cycles ? static_cast<double>(r.cycles) : o.connections();
}

using Column = std::pair<std::string, std::string>;

std::string with_commas(double number) {
  std::string digits = fmt::format("{:.0f}", number);
  for (std::size_t at = digits.size(); at > 3 && digits[at - 4] != '-';) digits.insert(at -= 3, ",");
  return digits;
}

std::string rows_of(const std::vector<Column>& columns) {
  std::string names, values;
  for (const auto& [name, value] : columns) {
    // "µ" is two bytes and one column.
    const std::size_t shown = name.size() - (name.find("µ") == std::string_view::npos ? 0 : 1);
    const std::size_t width = std::max(shown, value.size()) + 2;
    names.append(width - shown, ' ').append(name);
    values.append(width - value.size(), ' ').append(value);
  }
  return names + "\n" + values + "\n";
}

std::vector<Column> columns_of(const Options& o, const Result& r) {
  std::vector<Column> columns;
  const bool servers = !r.servers.empty();
  const auto rss = [&](const char* name, Usage ServerUse::* stage) {
    columns.emplace_back(name, fmt::format("{:.1f}", mebibytes(rss_bytes(r, stage))));
  };
  if (o.is_idle()) {
    columns.emplace_back("connects/s", with_commas(share(connects(o, r), r.connect_seconds)));
    if (servers) {
      columns.emplace_back("CPU µs/connect", fmt::format("{:.1f}", connect_cpu_us(o, r)));
      rss("RSS MiB before", &ServerUse::before);
      rss(o.cycles ? "at the plateau" : "connected", &ServerUse::connected);
      rss("at the end", &ServerUse::end);
      if (!o.cycles) {
        columns.emplace_back("bytes/connection", with_commas(bytes_per_connection(o, r)));
        columns.emplace_back("idle CPU %", fmt::format("{:.2f}", share(measured_cpu_us(r) / 1e4, r.seconds)));
      }
    }
    return columns;
  }
  columns.emplace_back("messages", with_commas(messages(r)));
  columns.emplace_back("rate/s", with_commas(rate(r)));
  columns.emplace_back("p50 µs", with_commas(microseconds(r.latency.quantile(0.5))));
  columns.emplace_back("p99 µs", with_commas(microseconds(r.latency.quantile(0.99))));
  columns.emplace_back("max µs", with_commas(microseconds(r.latency.max())));
  if (servers) {
    columns.emplace_back("CPU µs/message", fmt::format("{:.3f}", share(measured_cpu_us(r), messages(r))));
    columns.emplace_back("CPU %", fmt::format("{:.0f}", share(measured_cpu_us(r) / 1e4, r.seconds)));
    rss("RSS MiB", &ServerUse::end);
  }
  columns.emplace_back("generator CPU %", fmt::format("{:.0f}", share(r.generator_cpu_us / 1e4, r.seconds)));
  return columns;
}

std::string title_of(const Options& o, const Result& r) {
  std::string title = fmt::format("{} over {}: {} clients", name_of(o.mode), name_of(*o.transport),
                                  o.cycles ? std::min(*o.clients, o.handshakes) : *o.clients);
  if (o.stalled != 0) title += fmt::format(" and {} stalled ones", o.stalled);
  if (o.mode == Mode::rooms) title += fmt::format(", {} rooms, {} publishers", *o.rooms, *o.publishers);
  if (!o.is_idle()) title += fmt::format(", {} bytes", o.bytes);
  if (o.window) title += fmt::format(", window {}", *o.window);
  if (o.rate) title += fmt::format(", {} a second", with_commas(*o.rate));
  if (o.cycles) title += fmt::format(", {} cycles", with_commas(static_cast<double>(r.cycles)));
  return title + fmt::format(", {:.1f} s", r.seconds);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.append("\\").append(1, c);
    else if (static_cast<unsigned char>(c) < ' ')
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

std::string errors_json(const Tally& t) {
  return fmt::format(R"({{"lost":{},"duplicated":{},"corrupt":{},"misdelivered":{},"closed":{}}})", t.lost,
                     t.duplicated, t.corrupt, t.misdelivered, t.closed);
}

std::string servers_json(const Options& o, const Result& r) {
  if (r.servers.empty()) return "null";
  std::string out = fmt::format(
      R"({{"cpu_us_per_message":{:.4f},"cpu_percent":{:.2f},"cpu_us_per_connect":{:.2f},"rss_bytes_before":{},"rss_bytes_connected":{},"rss_bytes":{},"rss_bytes_per_connection":{:.0f},"each":[)",
      share(measured_cpu_us(r), messages(r)), share(measured_cpu_us(r) / 1e4, r.seconds),
      connect_cpu_us(o, r), rss_bytes(r, &ServerUse::before), rss_bytes(r, &ServerUse::connected),
      rss_bytes(r, &ServerUse::end), bytes_per_connection(o, r));
  for (const ServerUse& server : r.servers)
    out += fmt::format(R"({}{{"pid":{},"cpu_us_per_message":{:.4f},"rss_bytes":{}}})",
                       &server == r.servers.data() ? "" : ",", server.pid,
                       share(server.end.cpu_us - server.begin.cpu_us, messages(r)), server.end.rss_bytes);
  return out + "]}";
}

template <class T>
std::string number_or_null(const std::optional<T>& number) {
  return number ? fmt::format("{}", *number) : "null";
}

}  // namespace

std::string table_of(const Options& o, const Result& r) {
  std::string out = title_of(o, r) + "\n" + rows_of(columns_of(o, r));
  const Tally& t = r.tally;
  if (t.is_clean())
    out += o.is_idle() ? "  no connection was closed\n"
                       : "  none lost, duplicated, corrupt or misdelivered; none closed\n";
  else
    out +=
        fmt::format("  FAILED: {} lost, {} duplicated, {} corrupt, {} misdelivered, {} connections closed\n",
                    t.lost, t.duplicated, t.corrupt, t.misdelivered, t.closed);
  if (o.stalled != 0)
    out += fmt::format("  of {} stalled clients the server has closed {}\n", o.stalled, r.closed_of_stalled);
  if (!r.first_loss.empty()) out += "  the first connection to be closed was " + r.first_loss + "\n";
  if (r.interrupted) out += "  interrupted: what was under way is not counted\n";
  return out;
}

std::string json_of(const Options& o, const Result& r) {
  std::string urls;
  for (std::size_t i = 0; i < o.urls.size(); ++i)
    urls += fmt::format(R"({}{{"url":{},"deliveries":{}}})", i == 0 ? "" : ",", quoted(o.urls[i]),
                        i < r.deliveries.size() ? r.deliveries[i] : 0);
  std::string out = fmt::format(
      R"({{"mode":"{}","transport":"{}","clients":{},"bytes":{},"window":{},"rate_wanted":{},"rooms":{},"publishers":{},"seed":{},"urls":[{}])",
      name_of(o.mode), name_of(*o.transport), *o.clients, o.bytes, number_or_null(o.window),
      number_or_null(o.rate), number_or_null(o.rooms), number_or_null(o.publishers), o.seed, urls);
  out += fmt::format(
      R"(,"seconds":{:.3f},"messages":{},"rate_per_s":{:.1f},"latency_us":{{"p50":{:.1f},"p99":{:.1f},"max":{:.1f}}})",
      r.seconds, r.latency.count(), rate(r), microseconds(r.latency.quantile(0.5)),
      microseconds(r.latency.quantile(0.99)), microseconds(r.latency.max()));
  out += fmt::format(R"(,"stalled":{{"clients":{},"closed":{}}})", o.stalled, r.closed_of_stalled);
  out += fmt::format(
      R"(,"connects_per_s":{:.1f},"cycles":{},"plateau_cycles":{},"generator_cpu_percent":{:.1f},"server":{},"errors":{},"closed_because":{},"interrupted":{},"ok":{}}})",
      share(connects(o, r), r.connect_seconds), r.cycles, r.plateau_cycles,
      share(r.generator_cpu_us / 1e4, r.seconds), servers_json(o, r), errors_json(r.tally),
      r.first_loss.empty() ? "null" : quoted(r.first_loss), r.interrupted, r.is_good());
  return out + "\n";
}

}  // namespace roomcast::app::bench

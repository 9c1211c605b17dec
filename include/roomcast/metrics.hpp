#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace roomcast {

/// Writes metrics in Prometheus' text format (version 0.0.4). One thread at a time.
class MetricsWriter {
 public:
  /// What tells the samples of a metric apart.
  struct Label {
    std::string_view name;   ///< letters, digits and `_`
    std::string_view value;  ///< any text
  };

  /// Begins a metric that only grows; its samples follow. By convention its name ends in `_total`.
  /// Throws std::invalid_argument if the name is not one of Prometheus', or was used before.
  void counter(std::string_view name, std::string_view help) { begin("counter", name, help); }
  /// Begins a metric that goes up and down.
  void gauge(std::string_view name, std::string_view help) { begin("gauge", name, help); }

  ///@{
  /// A value of the metric that was begun last. No two samples of a metric may have the same labels.
  /// Throws std::invalid_argument if a label's name is not one, std::logic_error if no metric was begun.
  void sample(std::integral auto value, std::initializer_list<Label> labels = {}) {
    begin_sample(labels);
    end_sample(std::to_string(value));
  }
  void sample(double value, std::initializer_list<Label> labels = {});
  ///@}

  ///@{
  /// A metric with a single sample.
  void counter(std::string_view name, std::string_view help, auto value) {
    counter(name, help);
    sample(value);
  }
  void gauge(std::string_view name, std::string_view help, auto value) {
    gauge(name, help);
    sample(value);
  }
  ///@}

  /// What was written so far.
  const std::string& text() const noexcept { return text_; }

 private:
  void begin(std::string_view type, std::string_view name, std::string_view help);
  void begin_sample(std::initializer_list<Label> labels);
  void end_sample(std::string_view value);

  std::string text_;
  std::string name_;  // of the metric that was begun last
  std::vector<std::string> names_;
};

}  // namespace roomcast

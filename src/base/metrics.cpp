#include "base/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace restante {
namespace {

bool is_name(std::string_view s) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !s.empty() && letter(s[0]) && std::all_of(s.begin(), s.end(), [&](char c) { return letter(c) || digit(c); });
}

std::string escaped(std::string_view s, bool quotes) {
    std::string out;
    for (const char c : s) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
    return out;
}

/// `host="a",port="25"`: key of a series and its printed form at once.
std::string rendered(const Metrics::Labels& labels) {
    std::string out;
    for (const auto& [key, value] : labels) {
        if (!is_name(key)) throw std::logic_error("not a metric label: " + key);
        out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", key, escaped(value, true));
    }
    return out;
}

std::string braced(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

void print_histogram(std::string& out, const std::string& name, const std::string& labels, const Histogram& h) {
    const std::string lead = labels.empty() ? "" : labels + ",";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= h.bounds().size(); ++i) {
        total += h.in_bucket(i);
        const std::string bound = i < h.bounds().size() ? fmt::format("{}", h.bounds()[i]) : "+Inf";
        out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, lead, bound, total);
    }
    out += fmt::format("{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, braced(labels), h.sum(), total);
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
    if (!std::is_sorted(bounds_.begin(), bounds_.end())) throw std::logic_error("histogram bounds must ascend");
}

void Histogram::observe(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> latency_bounds() {
    return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

struct Metrics::Family {
    std::string help;
    std::string type;
    std::map<std::string, std::unique_ptr<Counter>> counters;
    std::map<std::string, std::unique_ptr<Gauge>> gauges;
    std::map<std::string, std::unique_ptr<Histogram>> histograms;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Family& Metrics::family(std::string_view name, std::string_view help, std::string_view type) {
    if (!is_name(name)) throw std::logic_error("not a metric name: " + std::string(name));
    const auto found = families_.find(name);
    if (found == families_.end()) {
        auto made = std::make_unique<Family>();
        made->help = help;
        made->type = type;
        return *families_.emplace(std::string(name), std::move(made)).first->second;
    }
    if (found->second->type != type)
        throw std::logic_error(fmt::format("metric {} is a {}, not a {}", name, found->second->type, type));
    return *found->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    auto& slot = family(name, help, "counter").counters[rendered(labels)];
    if (!slot) slot = std::make_unique<Counter>();
    return *slot;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    auto& slot = family(name, help, "gauge").gauges[rendered(labels)];
    if (!slot) slot = std::make_unique<Gauge>();
    return *slot;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels,
                              const std::vector<double>& bounds) {
    const std::scoped_lock lock(mutex_);
    auto& all = family(name, help, "histogram").histograms;
    auto& slot = all[rendered(labels)];
    if (!slot) {
        const auto older =
            std::find_if(all.begin(), all.end(), [](const auto& entry) { return entry.second != nullptr; });
        slot = std::make_unique<Histogram>(older == all.end() ? bounds : older->second->bounds());
    }
    return *slot;
}

std::string Metrics::prometheus() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, f] : families_) {
        out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(f->help, false), f->type);
        for (const auto& [labels, c] : f->counters) out += fmt::format("{}{} {}\n", name, braced(labels), c->value());
        for (const auto& [labels, g] : f->gauges) out += fmt::format("{}{} {}\n", name, braced(labels), g->value());
        for (const auto& [labels, h] : f->histograms) print_histogram(out, name, labels, *h);
    }
    return out;
}

}  // namespace restante

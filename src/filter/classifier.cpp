#include "filter/classifier.hpp"

#include <algorithm>
#include <cmath>

namespace restante::filter {
namespace {

constexpr double kUnknown = 0.5;        // of a feature never seen
constexpr double kUnknownWeight = 0.45; // of that assumption, in messages
constexpr double kTelling = 0.1;        // least distance from 0.5
constexpr std::size_t kMostClues = 150;

/// The chance of a chi-square value as high as this with an even number of degrees of freedom. Terms are summed as
/// logarithms: exp(-x2/2) alone underflows for long messages.
double chi_square_tail(double x2, std::size_t degrees) {
    const double half = x2 / 2;
    double term = -half, sum = std::exp(term);
    for (std::size_t i = 1; i < degrees / 2; ++i) {
        term += std::log(half) - std::log(static_cast<double>(i));
        sum += std::exp(term);
    }
    return std::min(sum, 1.0);
}

}  // namespace

const char* to_string(Class kind) { return kind == Class::spam ? "spam" : "ham"; }

void Model::learn(std::span<const Feature> features, Class kind) {
    const bool spam = kind == Class::spam;
    ++(spam ? spam_ : ham_);
    for (const Feature feature : features) {
        Count& count = counts_[feature];
        ++(spam ? count.spam : count.ham);
    }
}

void Model::unlearn(std::span<const Feature> features, Class kind) {
    const bool spam = kind == Class::spam;
    --(spam ? spam_ : ham_);
    for (const Feature feature : features) {
        const auto found = counts_.find(feature);
        if (found == counts_.end()) continue;
        --(spam ? found->second.spam : found->second.ham);
        if (found->second.spam == 0 && found->second.ham == 0) counts_.erase(found);
    }
}

Model::Count Model::count(Feature feature) const {
    const auto found = counts_.find(feature);
    return found == counts_.end() ? Count{} : found->second;
}

double Model::probability(Feature feature) const {
    const Count seen = count(feature);
    const double all = seen.spam + seen.ham;
    if (all == 0 || spam_ == 0 || ham_ == 0) return kUnknown;
    const double in_spam = seen.spam / static_cast<double>(spam_), in_ham = seen.ham / static_cast<double>(ham_);
    const double plain = in_spam / (in_spam + in_ham);
    return (kUnknownWeight * kUnknown + all * plain) / (kUnknownWeight + all);
}

Classified classify(const Model& model, const std::vector<FeatureText>& features, std::size_t clues) {
    struct Telling {
        double probability;
        std::size_t index;
        double distance() const { return std::abs(probability - 0.5); }
    };
    std::vector<Telling> telling;
    for (std::size_t i = 0; i < features.size(); ++i)
        if (const Telling found{model.probability(features[i].feature), i}; found.distance() >= kTelling)
            telling.push_back(found);
    const auto louder = [](const Telling& a, const Telling& b) {
        return a.distance() != b.distance() ? a.distance() > b.distance() : a.index < b.index;
    };
    std::sort(telling.begin(), telling.end(), louder);
    if (telling.size() > kMostClues) telling.resize(kMostClues);
    Classified out;
    if (telling.empty()) return out;
    double spam = 0, ham = 0;
    for (const Telling& one : telling) {
        spam += std::log(1 - one.probability);
        ham += std::log(one.probability);
    }
    const double against = chi_square_tail(-2 * spam, 2 * telling.size());  // small: unlikely to be this spammy by chance
    const double in_favour = chi_square_tail(-2 * ham, 2 * telling.size());
    out.probability = (1 + in_favour - against) / 2;
    for (std::size_t i = 0; i < telling.size() && i < clues; ++i) {
        const FeatureText& feature = features[telling[i].index];
        out.clues.push_back({feature.text, telling[i].probability, model.count(feature.feature)});
    }
    return out;
}

}  // namespace restante::filter

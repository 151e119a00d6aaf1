#include "filter/verdict.hpp"

#include <algorithm>
#include <cmath>

namespace restante::filter {
namespace {

// Logarithms of odds add up. The classifier is held below what refuses by default: no single witness does that.
constexpr double kBeforehand = -1.0;
constexpr double kClassifierMost = 5.0;

double log_odds(double probability) {
    if (probability <= 0) return -kClassifierMost;
    if (probability >= 1) return kClassifierMost;
    return std::clamp(std::log(probability / (1 - probability)), -kClassifierMost, kClassifierMost);
}

}  // namespace

Verdict judge(const message::Message& message, const std::vector<FeatureText>& features, const Circumstances& circumstances,
              const Model& model, const Options& options, std::size_t clues) {
    Verdict out;
    out.findings = findings_in(message, circumstances);
    out.classified = model.messages(Class::spam) >= std::max<std::size_t>(options.least_training, 1) &&
                     model.messages(Class::ham) >= std::max<std::size_t>(options.least_training, 1);
    if (out.classified) {
        Classified classified = classify(model, features, clues);
        out.clues = std::move(classified.clues);
        out.findings.insert(out.findings.begin(), {"classifier", "What was learned from sorted messages", log_odds(classified.probability)});
    }
    double sum = kBeforehand;
    for (const Finding& finding : out.findings) sum += finding.weight;
    out.score = static_cast<int>(100 / (1 + std::exp(-sum)));
    return out;
}

Verdict judge(const message::Message& message, const Circumstances& circumstances, const Model& model, const Options& options,
              std::size_t clues) {
    return judge(message, features_of(message, clues > 0), circumstances, model, options, clues);
}

}  // namespace restante::filter

#pragma once
// One number for one message: how likely it is spam, and what speaks for that. Pure.
#include <vector>

#include "filter/classifier.hpp"
#include "filter/options.hpp"
#include "filter/rules.hpp"

namespace restante::filter {

struct Verdict {
    int score = 0;  // 0 to 100: percent sure that it is spam
    std::vector<Finding> findings;
    bool classified = false;  // enough was learned for the classifier to have a say; its finding is among those
    std::vector<Clue> clues;  // of the classifier, where asked for
};

/// clues: how many to tell.
Verdict judge(const message::Message& message, const Circumstances& circumstances, const Model& model, const Options& options,
              std::size_t clues = 0);

/// The same with its features at hand.
Verdict judge(const message::Message& message, const std::vector<FeatureText>& features, const Circumstances& circumstances,
              const Model& model, const Options& options, std::size_t clues);

}  // namespace restante::filter

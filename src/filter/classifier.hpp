#pragma once
// Learns from messages people have sorted: how often each feature stood in spam and in good mail, and what that says of a
// new message. Robinson's combination by Fisher's method: features are weighed by how often they were seen, and only
// the telling ones count. Pure.
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "filter/features.hpp"

namespace restante::filter {

enum class Class { ham, spam };
const char* to_string(Class kind);

/// The sum of what was learned; taking something out again leaves no trace.
class Model {
public:
    /// features: each once.
    void learn(std::span<const Feature> features, Class kind);
    void unlearn(std::span<const Feature> features, Class kind);

    struct Count {
        std::uint32_t spam = 0, ham = 0;
    };
    std::uint64_t messages(Class kind) const { return kind == Class::spam ? spam_ : ham_; }
    std::size_t features() const { return counts_.size(); }
    Count count(Feature feature) const;
    /// 0 (good mail) to 1 (spam); 0.5 for what is not known.
    double probability(Feature feature) const;

private:
    boost::unordered_flat_map<Feature, Count> counts_;
    std::uint64_t spam_ = 0, ham_ = 0;
};

struct Clue {
    std::string text;
    double probability = 0.5;
    Model::Count count;
};

struct Classified {
    double probability = 0.5;  // that it is spam
    std::vector<Clue> clues;   // what spoke loudest, first
};
/// clues: how many to tell.
Classified classify(const Model& model, const std::vector<FeatureText>& features, std::size_t clues = 0);

}  // namespace restante::filter

// Any bytes as a message for the spam filter, and as a text: bounded, valid UTF-8, a score, and nothing left of what is unlearned.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "filter/links.hpp"
#include "filter/verdict.hpp"
#include "filter/words.hpp"

using namespace restante;

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto words = filter::words_of(bytes, 100);
    require(words.size() <= 100);
    for (const std::string& word : words) require(!word.empty() && is_valid_utf8(word));
    for (const filter::Link& link : filter::links_in(bytes, 20)) require(!link.host.empty() && link.host.size() <= 512);

    const message::Message message = message::parse(bytes);
    const auto features = filter::features_of(message, true);
    require(features.size() <= filter::kMostFeatures);
    filter::Model model;
    std::vector<filter::Feature> plain;
    for (const filter::FeatureText& feature : features) plain.push_back(feature.feature);
    filter::Options options;
    options.least_training = 1;
    model.learn(plain, filter::Class::spam);
    model.learn({}, filter::Class::ham);
    const filter::Verdict verdict = filter::judge(message, {.spf = "fail", .dmarc = "fail"}, model, options, 5);
    require(verdict.score >= 0 && verdict.score <= 100 && verdict.classified);
    for (const filter::Clue& clue : verdict.clues) require(clue.probability >= 0 && clue.probability <= 1);
    model.unlearn(plain, filter::Class::spam);
    require(model.features() == 0);
    return 0;
}

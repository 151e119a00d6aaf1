// D3: organizational domains, by the vectors of the public suffix list.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "mailauth/dmarc.hpp"
#include "message/idna.hpp"

namespace restante::mailauth {
namespace {

TEST(PslCorpus, D3EveryVectorOfTheList) {
    const PublicSuffixes suffixes;
    const std::regex vector(R"(^checkPublicSuffix\('([^']+)', (?:'([^']+)'|null)\);\s*$)");
    std::ifstream in(PSL_CORPUS);
    std::size_t cases = 0;
    for (std::string line; std::getline(in, line);) {
        std::smatch found;
        if (!std::regex_match(line, found, vector)) continue;
        if (found[1].str().starts_with('.')) continue;  // no domain; addresses cannot have it
        const auto domain = message::ascii_domain(found[1].str());
        ASSERT_TRUE(domain) << line;
        const std::string organization = suffixes.organizational_domain(*domain);
        // A suffix has no organization: DMARC takes it for itself then.
        EXPECT_EQ(organization, found[2].matched ? *message::ascii_domain(found[2].str()) : *domain) << line;
        ++cases;
    }
    EXPECT_GT(cases, 70U);
}

}  // namespace
}  // namespace restante::mailauth

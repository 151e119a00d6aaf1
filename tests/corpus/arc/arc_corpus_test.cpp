// D3: ValiMail's ARC test suite, every case of its validation part.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "mailauth/arc.hpp"
#include "mailauth/check_fixture.hpp"

namespace restante::mailauth {
namespace {

namespace json = boost::json;

std::string text(const json::value& value) { return std::string(value.as_string()); }

ArcVerdict judge(const std::string& message, const std::string& zone) {
    const HeaderFields header(message);
    BodyHashes hashes;
    const Timestamp now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 28}};
    ArcVerification verification(header, hashes, now, {});
    hashes.feed(std::string_view(message).substr(header.body_offset()));
    hashes.finish();
    Answers answers;
    answer_all(answers, net::Zone(zone), [&] { return verification.judge(hashes, answers); });
    return verification.verdict();
}

TEST(ArcCorpus, D3EveryCaseOfThePublicSuite) {
    std::ifstream in(ARC_CORPUS);
    std::stringstream bytes;
    bytes << in.rdbuf();
    const json::value scenarios = json::parse(bytes.str());
    std::size_t cases = 0;
    for (const json::value& scenario : scenarios.as_array()) {
        std::string zone;
        for (const auto& record : scenario.at("zone").as_object())
            zone.append(record.key()).append(" TXT ").append(text(record.value())).append("\n");
        for (const json::value& test : scenario.at("tests").as_array()) {
            SCOPED_TRACE(text(test.at("name")) + ": " + text(test.at("description")));
            const ArcVerdict verdict = judge(crlf(text(test.at("message"))), zone);
            const std::string wanted =
                text(test.at("cv"));  // empty: the suite wants no result for a chain that says "fail"
            EXPECT_EQ(to_string(verdict.result), wanted.empty() ? "fail" : wanted) << verdict.problem;
            ++cases;
        }
    }
    EXPECT_EQ(cases, 171U);
}

}  // namespace
}  // namespace restante::mailauth

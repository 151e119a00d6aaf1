// D1: what other programs have signed, and keys as they publish them.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "mailauth/check_fixture.hpp"

namespace restante::mailauth {
namespace {

std::string file(const std::string& name) {
    std::ifstream in(std::string(DKIM_CORPUS "/") + name);
    std::stringstream bytes;
    bytes << in.rdbuf();
    EXPECT_FALSE(bytes.str().empty()) << name;
    return bytes.str();
}

std::string results_of(const std::string& message, const std::string& zone) {
    const Timestamp now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 29}};
    std::string out;
    for (const DkimVerdict& verdict : check_dkim(message, zone.c_str(), now)) out.append(out.empty() ? "" : " ").append(to_string(verdict.result));
    return out;
}

std::string record(const std::string& name, const std::string& file_name) {
    return name + " TXT " + std::string(trim(file(file_name))) + "\n";
}

const std::string kBrisbane = "brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n";

TEST(DkimCorpus, D1SignaturesOfDkimpyPass) {
    const std::string message = crlf(file("rfc6376.signed.msg"));
    EXPECT_EQ(results_of(message, kBrisbane + record("test._domainkey.football.example.com", "test.txt")), "pass pass");
    EXPECT_EQ(results_of(message + "more\r\n", kBrisbane + record("test._domainkey.football.example.com", "test.txt")), "fail fail");
}

TEST(DkimCorpus, D1ASignatureOfEximPasses) {
    const std::string zone = record("sed._domainkey.test.ex", "eximtest.dns");
    EXPECT_EQ(results_of(file("ed25519test2.msg"), zone), "pass");
    std::string forged = file("ed25519test2.msg");
    forged.replace(forged.find("nobody@"), 7, "anybody@");
    EXPECT_EQ(results_of(forged, zone), "fail");
}

TEST(DkimCorpus, D1OnlyProperKeysForMailCount) {
    const std::string message = crlf(file("rfc6376.signed.msg"));
    for (const auto& [name, wanted] : {std::pair{"test.txt", "pass"}, {"test2.txt", "pass"}, {"badk.txt", "permerror"}, {"badversion.txt", "permerror"},
                                       {"test_bad.txt", "permerror"}, {"test_tlsrpt.txt", "permerror"}})
        EXPECT_EQ(results_of(message, kBrisbane + record("test._domainkey.football.example.com", name)), std::string("pass ") + wanted) << name;
}

}  // namespace
}  // namespace restante::mailauth

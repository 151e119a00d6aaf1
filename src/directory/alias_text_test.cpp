#include "directory/alias_text.hpp"

#include "directory/test_fixture.hpp"

namespace restante::directory {
namespace {

std::string faults_of(const std::vector<LineFault>& faults) {
    std::string out;
    for (const LineFault& fault : faults) out += std::to_string(fault.line) + ": " + fault.detail + "\n";
    return out;
}

TEST(AliasText, ReadsLinesRemarksAndQuotes) {  // S5.20
    const auto text = parse_alias_text(
        "# remark\r\n\n sales  bob\nSales\teve, carl\n@ bob\n\"a b\"@example.org /dev/null\n", "example.org");
    EXPECT_EQ(faults_of(text.faults), "");
    ASSERT_EQ(text.aliases.size(), 3U);
    EXPECT_EQ(text.aliases[0].address, "sales@example.org");
    EXPECT_EQ(text.aliases[0].destinations, (std::vector<std::string>{"bob", "eve", "carl"}));
    EXPECT_EQ(text.aliases[0].lines, (std::vector<std::size_t>{3, 4, 4}));
    EXPECT_EQ(text.aliases[1].address, "@example.org");
    EXPECT_EQ(text.aliases[2].address, "a b@example.org");
    EXPECT_EQ(write_alias_text({{1, 1, "a b@example.org", {"x y@example.net", "/dev/null"}, ""},
                                {2, 1, "bob@example.org", {"bob"}, "account:bob"}}),
              "\"a b\"@example.org \"x y\"@example.net\n\"a b\"@example.org /dev/null\n");
}

TEST(AliasText, NamesTheLineOfEachFault) {
    const auto text =
        parse_alias_text("sales\nx@elsewhere.example bob\nok bob\nbad /etc/passwd\n\"open bob", "example.org");
    EXPECT_EQ(text.faults.size(), 4U) << faults_of(text.faults);
    EXPECT_EQ(text.faults[0].line, 1U);
    EXPECT_NE(text.faults[0].detail.find("no destination"), std::string::npos);
    EXPECT_EQ(text.faults[1].line, 2U);
    EXPECT_EQ(text.faults[2].line, 4U);
    EXPECT_EQ(text.faults[3].line, 5U);
}

class AliasTextTest : public DirectoryFixture {
protected:
    Directory::AliasTextChange put(const std::string& text, bool dry_run = false) {
        auto change = directory_->put_alias_text("example.org", text, dry_run, {"test"});
        EXPECT_TRUE(change) << change.error().detail;
        return change.value_or(Directory::AliasTextChange{});
    }
};

TEST_F(AliasTextTest, ReplacesADomainsAliasesAllOrNone) {  // S5.19, S5.22, S5.7
    const auto bob = add("bob"), eve = add("eve");
    const auto made = put("sales bob\ninfo sales@example.org\ninfo eve\n@ bob\n");
    EXPECT_EQ(faults_of(made.faults), "");
    EXPECT_EQ(made.added, 3U);
    EXPECT_EQ(accounts_of("info@example.org"), (std::vector{bob, eve}));
    EXPECT_EQ(directory_->alias_text("example.org").value(),
              "@example.org bob\ninfo@example.org sales@example.org\ninfo@example.org eve\nsales@example.org bob\n")
        << "the hidden ones are not in it";
    const auto bad = put("sales eve\ninfo nobody\nbob@example.org eve\nx y@example.org\ny x@example.org\n");
    const std::string told = faults_of(bad.faults);
    EXPECT_NE(told.find("2: info@example.org cannot lead to nobody"), std::string::npos) << told;
    EXPECT_NE(told.find("3: bob@example.org belongs to account:bob"), std::string::npos) << told;
    EXPECT_NE(told.find("4: aliases and forwards lead in a circle"), std::string::npos) << told;
    EXPECT_EQ(accounts_of("sales@example.org"), std::vector{bob}) << "nothing was done";
    EXPECT_EQ(put("sales eve\n", true).removed, 2U);
    EXPECT_EQ(accounts_of("sales@example.org"), std::vector{bob}) << "nor by a dry run";
    const auto less = put("sales eve\n");
    EXPECT_EQ(less.changed, 1U);
    EXPECT_EQ(less.removed, 2U);
    reopen();
    EXPECT_EQ(accounts_of("sales@example.org"), std::vector{eve});
    EXPECT_FALSE(route("info@example.org"));
    EXPECT_EQ(put("sales eve\n").changed, 0U);
    EXPECT_EQ(directory_->audit(1).value().front().detail, "0 added, 1 changed, 2 removed");
}

TEST_F(AliasTextTest, KeepsWhatOthersLeadTo) {
    add("bob");
    put("sales bob\n");
    ASSERT_TRUE(alias("shop@example.net", {"sales@example.org"}));
    EXPECT_EQ(faults_of(put("").faults), "0: shop@example.net leads to sales@example.org, which is not in the text\n");
    EXPECT_TRUE(put("@ bob\n").faults.empty()) << "the catch-all takes it";
}

}  // namespace
}  // namespace restante::directory

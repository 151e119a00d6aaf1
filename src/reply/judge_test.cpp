#include "reply/judge.hpp"

#include <gtest/gtest.h>

#include "reply/tokens.hpp"

namespace restante::reply {
namespace {

const TokenSeal kSeal("0123456789abcdef");
const std::string kToken = "abcdefghijklmnopqrstuvwxyz";
const std::string kOther = "zyxwvutsrqponmlkjihgfedcba";

message::Message parse(const std::string& header, const std::string& body = "hello") {
    return message::parse(header + "\r\n\r\n" + body + "\r\n");
}

std::vector<std::string> tokens(const message::Message& message) {
    std::vector<std::string> out;
    for (const FoundToken& found : find_tokens(message, kSeal)) out.push_back(found.token);
    return out;
}

TEST(TokenSeal, OpensOnlyWhatItSealed) {
    const std::string sealed = kSeal.seal(kToken);
    EXPECT_EQ(sealed.size(), TokenSeal::kSealedLength);
    EXPECT_EQ(kSeal.open(sealed), kToken);
    std::string upper = sealed;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(kSeal.open(upper), kToken);
    EXPECT_FALSE(TokenSeal("another key, long enough").open(sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string forged = sealed;
        forged[i] = forged[i] == 'q' ? 'r' : 'q';
        EXPECT_FALSE(kSeal.open(forged)) << i;
    }
    EXPECT_FALSE(kSeal.open(""));
    EXPECT_FALSE(kSeal.open(sealed + "a"));
    EXPECT_FALSE(kSeal.open(std::string(42, '\0')));
}

class TokenFields : public testing::TestWithParam<const char*> {};
TEST_P(TokenFields, AreLookedAt) {
    const std::string address = "reply+" + kSeal.seal(kToken) + "@x.org";
    EXPECT_EQ(tokens(parse(std::string(GetParam()) + ": \"R\" <" + address + ">")), std::vector<std::string>{kToken});
}
INSTANTIATE_TEST_SUITE_P(Addresses, TokenFields,
                         testing::Values("To", "Cc", "Delivered-To", "X-Delivered-To", "X-Original-To", "Envelope-To",
                                         "X-Envelope-To", "X-Forwarded-To"));

TEST(FindTokens, PrefersTheAddressThenTheNewestReference) {
    const std::string first = notification_id(kSeal, kToken, 1, "x.org");
    const std::string second = notification_id(kSeal, kOther, 2, "x.org");
    EXPECT_EQ(tokens(parse("References: <" + first + "> <other@x.org> <" + second + ">")),
              (std::vector<std::string>{kOther, kToken}));
    EXPECT_EQ(tokens(parse("In-Reply-To: <" + first + ">\r\nReferences: <" + second + "> <" + first + ">")),
              (std::vector<std::string>{kToken, kOther}));
    EXPECT_EQ(tokens(parse("In-Reply-To: <" + first + ">\r\nTo: reply+" + kSeal.seal(kOther) + "@x.org"))[0], kOther);
    EXPECT_TRUE(tokens(parse("To: reply@x.org, reply+abc@x.org\r\nReferences: <a@b>")).empty());
}

TEST(FindTokens, ReadsTheQuotedFooterOnlyIfNothingElseIsThere) {
    const std::string footer = "yes\r\n> Keep this line in your answer. ref: " + kSeal.seal(kToken);
    EXPECT_EQ(tokens(parse("To: reply@x.org", footer)), std::vector<std::string>{kToken});
    EXPECT_EQ(tokens(parse("To: reply+" + kSeal.seal(kOther) + "@x.org", footer)), std::vector<std::string>{kOther});
}

TEST(FindTokens, IsBounded) {
    std::string references = "References:";
    for (int i = 0; i < 1000; ++i) references += " <n" + std::to_string(i) + "@x.org>";
    TokenSearch search;
    search.max_references = 2;
    const std::string id = notification_id(kSeal, kToken, 1, "x.org");
    EXPECT_TRUE(find_tokens(parse("References: <" + id + "> <a@b> <c@d>"), kSeal, search).empty());
    EXPECT_TRUE(tokens(parse(references)).empty());
}

class Judge : public testing::Test {
protected:
    static Timestamp at(int day) { return from_micros(std::int64_t{day} * 86'400'000'000); }
    TokenFacts facts() const { return {1, 2, 3, *message::Address::parse("bob@y.org"), true, at(10)}; }
    Judgement judge(const std::string& header, bool carried = true, Timestamp now = at(5)) {
        TokenLookup lookup{carried, carried ? std::optional(facts()) : std::nullopt};
        return judge_reply(parse(header), lookup, {*message::Address::parse("reply@x.org")}, false, now);
    }
    template <class T>
    static auto reason(const Judgement& judgement) {
        return std::get<T>(judgement).reason;
    }
};

TEST_F(Judge, AcceptsTheRecipientAlone) {
    const Judgement accepted = judge("From: Bob <BOB@Y.org>");
    ASSERT_TRUE(std::holds_alternative<Accept>(accepted));
    EXPECT_EQ(std::get<Accept>(accepted).item_id, 2);
    EXPECT_EQ(reason<Reject>(judge("From: eve@y.org")), Reject::Reason::wrong_sender);
    EXPECT_EQ(reason<Reject>(judge("From: bob+tag@y.org")), Reject::Reason::wrong_sender);
    EXPECT_EQ(reason<Reject>(judge("From: bob@y.org, eve@y.org")), Reject::Reason::wrong_sender);
    EXPECT_EQ(reason<Reject>(judge("From: bob@y.org\r\nFrom: eve@y.org")), Reject::Reason::wrong_sender);
    EXPECT_EQ(reason<Reject>(judge("From: \"bob@y.org\" <eve@z.org>")), Reject::Reason::wrong_sender);
    EXPECT_EQ(reason<Reject>(judge("From: eve@y.org\r\nSubject: Fwd: x")), Reject::Reason::forwarded);
    EXPECT_EQ(reason<Reject>(judge("Subject: x")), Reject::Reason::no_sender);
}

TEST_F(Judge, NeverTakesAutomaticMail) {
    EXPECT_EQ(reason<Ignore>(judge("From: bob@y.org\r\nAuto-Submitted: auto-replied")), Ignore::Reason::auto_mail);
    EXPECT_EQ(reason<Ignore>(judge("From: bob@y.org\r\nReturn-Path: <>")), Ignore::Reason::auto_mail);
    EXPECT_EQ(reason<Ignore>(judge("From: bob@y.org\r\nPrecedence: bulk")), Ignore::Reason::auto_mail);
    EXPECT_EQ(reason<Ignore>(judge("From: MAILER-DAEMON@y.org")), Ignore::Reason::bounce);
    EXPECT_EQ(reason<Ignore>(judge("From: x@y.org\r\nX-Autoreply: yes", false)),
              Ignore::Reason::auto_mail);  // not "unrelated"
    EXPECT_EQ(reason<Ignore>(judge("From: reply+abc@X.org")), Ignore::Reason::own_mail);
    EXPECT_TRUE(std::holds_alternative<Accept>(judge("From: bob@y.org\r\nX-Auto-Response-Suppress: All")));
    EXPECT_TRUE(std::holds_alternative<Ignore>(judge_reply(parse("From: a@b.org"), {}, {}, true, at(1))));
}

TEST_F(Judge, TellsExpiredFromUnrelated) {
    EXPECT_TRUE(std::holds_alternative<Unrelated>(judge("From: bob@y.org", false)));
    EXPECT_EQ(reason<Reject>(judge("From: bob@y.org", true, at(10))), Reject::Reason::token_expired);
    EXPECT_EQ(reason<Reject>(judge_reply(parse("From: bob@y.org"), {true, std::nullopt}, {}, false, at(1))),
              Reject::Reason::token_expired);
    TokenFacts inactive = facts();
    inactive.active = false;
    EXPECT_EQ(reason<Reject>(judge_reply(parse("From: bob@y.org"), {true, inactive}, {}, false, at(1))),
              Reject::Reason::person_inactive);
}

}  // namespace
}  // namespace restante::reply

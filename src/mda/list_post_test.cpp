#include "mda/list_post.hpp"

#include <gtest/gtest.h>

#include "mda/bounce_report.hpp"
#include "mda/bounce_tokens.hpp"

namespace restante::mda {
namespace {

directory::MailingList staff() {
    directory::MailingList list;
    list.id = 7;
    list.name = "staff";
    list.address = "staff@example.org";
    return list;
}

TEST(ListPost, NamesTheListInItsHeader) {  // RFC 2369, 2919
    directory::MailingList list = staff();
    EXPECT_EQ(list_fields(list),
              "List-Id: <staff.example.org>\r\n"
              "List-Post: <mailto:staff@example.org>\r\n"
              "List-Help: <mailto:staff-owner@example.org?subject=help>\r\n"
              "List-Owner: <mailto:staff-owner@example.org>\r\n"
              "List-Unsubscribe: <mailto:staff-owner@example.org?subject=unsubscribe%20staff>\r\n"
              "Precedence: list\r\nSender: staff-owner@example.org\r\n");
    list.settings.description = "Büro\r\nBcc: x@y.example";
    list.settings.unsubscribe_url = "https://example.org/out?list=staff";
    const std::string fields = list_fields(list);
    EXPECT_EQ(fields.find("\nBcc"), std::string::npos) << "no description starts a field of its own";
    EXPECT_NE(fields.find("\r\n <staff.example.org>\r\nList-Post"), std::string::npos) << fields;
    EXPECT_NE(fields.find("List-Unsubscribe: <https://example.org/out?list=staff>,\r\n <mailto:"), std::string::npos);
    EXPECT_NE(fields.find("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), std::string::npos) << "RFC 8058";
}

TEST(ListPost, FindsTheFieldsItReplaces) {
    const std::string header =
        "Received: a\r\n b\r\nSENDER: x\r\n\ty\r\nSubject: z\r\nList-Id : old\r\nPrecedence: bulk\r\n\r\nSender: "
        "body\r\n";
    std::string left = header;
    const auto spans = replaced_fields(header);
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) left.erase(span->first, span->second - span->first);
    EXPECT_EQ(left, "Received: a\r\n b\r\nSubject: z\r\n\r\nSender: body\r\n");
    EXPECT_TRUE(replaced_fields("").empty());
    EXPECT_EQ(replaced_fields("Sender: x").size(), 1U);
}

TEST(ListPost, RefusesLoopsBouncesAndAutomaticReplies) {  // RFC 2919 loop, RFC 3834
    directory::ListView view{staff(), {{1, "bob@example.org"}}};
    view.list.settings.max_octets = 1000;
    message::Envelope envelope;
    envelope.reverse_path = message::Address{"bob", "example.org"};
    const auto check = [&](const std::string& fields, std::uint64_t octets = 10) {
        const auto message = message::parse(fields + "\r\n\r\nx");
        const auto done = check_post(view, {envelope, message, octets});
        return done ? std::string("taken") : std::string(to_string(done.error().kind));
    };
    EXPECT_EQ(check("From: Bob <Bob@Example.org>"), "taken");
    EXPECT_EQ(check("From: eve@example.org"), "denied") << "whoever the reverse-path is";
    EXPECT_EQ(check("From: bob@example.org, eve@example.org"), "denied");
    EXPECT_EQ(check("Subject: no From"), "taken") << "then the reverse-path counts";
    EXPECT_EQ(check("From: bob@example.org\r\nList-Id: Us <STAFF.example.org>"), "protocol");
    EXPECT_EQ(check("From: bob@example.org\r\nList-Id: <other.example.org>"), "taken");
    EXPECT_EQ(check("From: bob@example.org\r\nAuto-Submitted: auto-replied"), "denied");
    EXPECT_EQ(check("From: bob@example.org\r\nAuto-Submitted: auto-generated"), "taken");
    EXPECT_EQ(check("From: bob@example.org", 1001), "too_large");
    envelope.reverse_path.reset();
    EXPECT_EQ(check("From: bob@example.org"), "denied");
}

TEST(BounceTokens, AreOursAndOfOneList) {
    const BounceTokens tokens("secret"), others("other");
    const std::string token = tokens.make(7, 1795307359395293066);
    EXPECT_EQ(token.size(), 24U);
    EXPECT_EQ(tokens.member_of(7, token), 1795307359395293066);
    EXPECT_EQ(tokens.member_of(7, tokens.make(7, 0)), 0);
    EXPECT_FALSE(tokens.member_of(8, token));
    EXPECT_FALSE(others.member_of(7, token));
    EXPECT_FALSE(tokens.member_of(7, ""));
    EXPECT_FALSE(tokens.member_of(7, "zzzzzzzzzzzzzzzz" + token.substr(16)));
}

TEST(BounceReport, NamesWhoseMailWasGivenUp) {  // RFC 3464
    const std::string bytes =
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        "Original-Recipient: rfc822; Bob@Example.org\r\nFinal-Recipient: rfc822; x@y.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550\r\n no such user\r\n\r\n"
        "Final-Recipient: rfc822; <eve@example.org>\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
        "Final-Recipient: rfc822; carl@example.org\r\nAction: Failed\r\n"
        "--b--\r\n";
    const auto failed = failed_recipients(bytes, message::parse(bytes));
    ASSERT_TRUE(failed);
    ASSERT_EQ(failed->size(), 2U);
    EXPECT_EQ(failed->at(0).address, "bob@example.org");
    EXPECT_EQ(failed->at(0).status, "5.1.1");
    EXPECT_EQ(failed->at(0).diagnostic, "smtp; 550  no such user");
    EXPECT_EQ(failed->at(1).address, "carl@example.org");
    EXPECT_FALSE(failed_recipients("Subject: x\r\n\r\ny", message::parse("Subject: x\r\n\r\ny")));
}

}  // namespace
}  // namespace restante::mda

// The pure parts: trace fields, replies.
#include <gtest/gtest.h>

#include "mta/replies.hpp"
#include "mta/trace.hpp"

namespace restante::mta {
namespace {

using namespace std::chrono_literals;
using Kind = smtp::ServerOptions::Kind;

smtp::Session session(bool esmtp, bool tls, bool authenticated, const std::string& name = "client.example") {
    smtp::Session out;
    out.esmtp = esmtp;
    out.tls = tls;
    out.authenticated = authenticated;
    out.client_name = name;
    return out;
}

TEST(Trace, WithFollowsRfc3848) {
    EXPECT_EQ(with_protocol(session(false, false, false), false), "SMTP");
    EXPECT_EQ(with_protocol(session(true, false, false), false), "ESMTP");
    EXPECT_EQ(with_protocol(session(true, true, false), false), "ESMTPS");
    EXPECT_EQ(with_protocol(session(true, false, true), false), "ESMTPA");
    EXPECT_EQ(with_protocol(session(true, true, true), false), "ESMTPSA");
    EXPECT_EQ(with_protocol(session(true, true, true), true), "UTF8SMTPSA");  // RFC 6531 4.3
    smtp::Session local = session(true, false, false);
    local.lmtp = true;
    EXPECT_EQ(with_protocol(local, false), "LMTP");
    EXPECT_EQ(with_protocol(local, true), "UTF8LMTP");
}

TEST(Trace, NamesTheRecipientOnlyIfThereIsOne) {
    message::Envelope envelope;
    envelope.recipients = {{{"bob", "example.org"}}};
    const TraceFacts facts{"[192.0.2.1]", "mx.example.org", "1A2B", "TLSv1.3 X", from_micros(0)};
    EXPECT_EQ(received_field(session(true, true, false), envelope, facts),
              "Received: from client.example ([192.0.2.1])\r\n\tby mx.example.org with ESMTPS id 1A2B\r\n"
              "\t(TLSv1.3 X)\r\n\tfor <bob@example.org>;\r\n\tThu, 01 Jan 1970 00:00:00 +0000\r\n");
    envelope.recipients.push_back({{"alice", "example.org"}});
    EXPECT_EQ(received_field(session(true, false, false), envelope, facts).find("for <"), std::string::npos);
}

TEST(Trace, AClientCannotWriteIntoTheHeader) {
    const TraceFacts facts{"", "mx.example.org", "1", "", from_micros(0)};
    for (const char* name : {"evil;by-me", "a(b)", "x\"y", "<a@b>"}) {
        const std::string field = received_field(session(true, false, false, name), {}, facts);
        EXPECT_EQ(field.rfind("Received: from unknown\r\n", 0), 0U) << field;
    }
}

TEST(Replies, MapEveryKindToItsCode) {  // SM11, SM19
    const auto code = [](ErrorKind kind) {
        return replies::delivery_failed({kind, "secret detail", Retry::later}).code;
    };
    EXPECT_EQ(code(ErrorKind::no_space), 452);
    EXPECT_EQ(code(ErrorKind::io), 451);
    EXPECT_EQ(code(ErrorKind::unavailable), 451);
    EXPECT_EQ(code(ErrorKind::internal), 451);
    EXPECT_EQ(code(ErrorKind::too_large), 552);
    EXPECT_EQ(code(ErrorKind::not_found), 550);
    EXPECT_EQ(code(ErrorKind::protocol), 554);
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind) {
        const Error error{static_cast<ErrorKind>(kind), "secret detail", Retry::never};
        for (const auto& reply :
             {replies::delivery_failed(error), replies::draft_failed(error), replies::login_refused(error),
              replies::recipient_refused(error, {"bob", "example.org"}, Kind::mx)}) {
            EXPECT_GE(reply.code, 400);
            EXPECT_EQ(reply.enhanced.klass, reply.code / 100);  // RFC 2034: the classes agree
            EXPECT_EQ(reply.text.find("secret"), std::string::npos);
        }
    }
}

TEST(Replies, OldRoutingFormsAreRelaying) {  // SM5
    const Error unknown{ErrorKind::not_found, "", Retry::never};
    EXPECT_EQ(replies::recipient_refused(unknown, {"bob", "example.org"}, Kind::mx).enhanced,
              (smtp::EnhancedCode{5, 1, 1}));
    for (const char* local : {"a%b", "b!a", "a@b"})
        EXPECT_EQ(replies::recipient_refused(unknown, {local, "example.org"}, Kind::mx).enhanced,
                  (smtp::EnhancedCode{5, 7, 1}));
}

}  // namespace
}  // namespace restante::mta

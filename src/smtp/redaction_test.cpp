#include "smtp/redaction.hpp"

#include <gtest/gtest.h>

namespace restante::smtp {
namespace {

TEST(Redaction, ShowsWhatIsHarmless) {
    for (const char* line :
         {"EHLO client.test", "DATA", "RSET", "QUIT", "STARTTLS", "AUTH PLAIN", "MAIL FROM:<a@b.test>",
          "MAIL FROM:<> SIZE=100 BODY=8BITMIME SMTPUTF8", "RCPT TO:<\"a b\"@c.test> NOTIFY=NEVER", "BDAT 100 LAST"})
        EXPECT_EQ(redacted(line, false), line);
    EXPECT_EQ(redacted("mail from: <a@b>", false), "MAIL FROM:<a@b>");
}

TEST(Redaction, NeverShowsASecret) {
    for (const char* line : {"AUTH PLAIN hunter2",
                             "auth plain hunter2",
                             "AUTH  LOGIN  hunter2",
                             "AUTH hunter2",
                             "AUTHhunter2",
                             "hunter2",
                             " AUTH PLAIN hunter2",
                             "NOOP hunter2",
                             "RSET hunter2",
                             "DATA hunter2",
                             "QUIT hunter2",
                             "VRFY hunter2",
                             "EXPN hunter2",
                             "HELP hunter2",
                             "STARTTLS hunter2",
                             "EHLO a hunter2",
                             "MAIL hunter2",
                             "MAIL FROM:hunter2",
                             "MAIL FROM:<a@b> AUTH=hunter2",
                             "MAIL FROM:<a@b> X=hunter2",
                             "RCPT TO:<a@b> hunter2",
                             "RCPT hunter2 TO:<a@b>",
                             "BDAT hunter2",
                             "PASS hunter2",
                             "USER bob hunter2",
                             "LOGIN bob hunter2",
                             "GET /hunter2"}) {
        EXPECT_EQ(redacted(line, false).find("hunter2"), std::string::npos) << redacted(line, false);
        EXPECT_EQ(redacted(line, true).find("hunter2"), std::string::npos) << redacted(line, true);
    }
    EXPECT_EQ(redacted("aHVudGVyMg==", false), "<unknown command, 12 octets>") << "after AUTH was refused";
    EXPECT_EQ(redacted("*", true), "*");
    EXPECT_EQ(redacted_answer("334 VXNlcm5hbWU6"), "334 <SASL data>");
    EXPECT_EQ(redacted_answer("535 5.7.8 no"), "535 5.7.8 no");
}

}  // namespace
}  // namespace restante::smtp

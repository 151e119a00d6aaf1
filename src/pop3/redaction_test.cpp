#include "pop3/redaction.hpp"

#include <gtest/gtest.h>

#include <random>

namespace restante::pop3 {
namespace {

TEST(Redaction, ShowsWhatIsHarmless) {
    for (const char* line : {"CAPA", "STAT", "LIST", "LIST 1", "TOP 1 0", "RETR 18446744073709551615", "DELE 7", "QUIT",
                             "USER bob@example.org", "AUTH", "AUTH PLAIN", "AUTH scram-sha-256-plus", "LANG de"})
        EXPECT_EQ(redacted(line, State::authorization), line);
    EXPECT_EQ(redacted("user bob", State::authorization), "USER bob");
}

TEST(Redaction, NeverShowsASecret) {
    // hunter2 is the password, in every place where clients and people have put one.
    for (const char* line : {"PASS hunter2",
                             "pass hunter2",
                             "PASS  hunter2",
                             "PASS hunter2 with blanks",
                             "PASShunter2",
                             "PAS hunter2",
                             "PASSW hunter2",
                             "hunter2",
                             "hunter2 ",
                             " hunter2",
                             " PASS hunter2",
                             "\tPASS hunter2",
                             "PASS\thunter2",
                             "USER bob hunter2",
                             "USER  bob  hunter2",
                             "AUTH hunter2",
                             "AUTH PLAIN hunter2",
                             "AUTH PLAINhunter2",
                             "AUTH LOGIN bob hunter2",
                             "APOP bob hunter2",
                             "APOP bob x hunter2",
                             "LOGIN bob hunter2",
                             "a LOGIN bob hunter2",
                             "QUIT hunter2",
                             "NOOP hunter2",
                             "STAT hunter2",
                             "CAPA hunter2",
                             "STLS hunter2",
                             "RETR hunter2",
                             "RETR 1 hunter2",
                             "TOP 1 2 hunter2",
                             "TOP hunter2 2",
                             "LIST hunter2",
                             "LIST 1hunter2",
                             "UIDL hunter2",
                             "DELE 1 hunter2",
                             "RSET hunter2",
                             "UTF8 hunter2",
                             "LANG xhunter2x",
                             "LANG de hunter2",
                             "XTND XMIT hunter2",
                             "LAST hunter2",
                             "EHLO hunter2",
                             "MAIL FROM:<hunter2>",
                             "GET /hunter2 HTTP/1.1",
                             "PASS=hunter2",
                             "PASS:hunter2",
                             "\"hunter2\"",
                             "-ERR hunter2",
                             "+OK hunter2",
                             "* hunter2",
                             "=hunter2"}) {
        for (const State state : {State::authorization, State::user_given, State::sasl, State::transaction}) {
            EXPECT_EQ(redacted(line, state).find("hunter2"), std::string::npos) << redacted(line, state);
        }
    }
    EXPECT_EQ(redacted("aHVudGVyMg==", State::sasl), "<SASL data, 12 octets>");
    EXPECT_EQ(redacted("aHVudGVyMg==", State::authorization), "<unknown command, 12 octets>")
        << "sent before it was asked for, or after it was refused";
    EXPECT_EQ(redacted("*", State::sasl), "*");
    EXPECT_EQ(redacted_answer("+ PDEyMy40NTZAaG9zdD4="), "+ <SASL data>");
    EXPECT_EQ(redacted_answer("+OK 2 messages"), "+OK 2 messages");
}

TEST(Redaction, TakesAnyOctets) {
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string line = i % 2 == 0 ? "PASS " : "";
        for (auto n = random() % 300; n > 0; --n) line += static_cast<char>(random());
        EXPECT_LT(redacted(line, State::authorization).size(), line.size() + 80);
    }
    EXPECT_EQ(redacted("", State::authorization), "<unknown command, 0 octets>");
}

}  // namespace
}  // namespace restante::pop3

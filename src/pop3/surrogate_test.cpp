// Rows P8, P26: headers in UTF-8 for clients that do not take them.
#include "pop3/surrogate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace restante::pop3 {
namespace {

/// The message in pieces of at most so many octets, as a session reads it.
std::string sent(std::string message, std::size_t most) {
    Surrogate surrogate;
    std::string out;
    for (std::size_t at = 0; at < message.size();) {
        std::string piece = message.substr(at, most);
        const bool last = at + piece.size() == message.size();
        const std::size_t ready = surrogate.done() ? piece.size() : surrogate.write(piece, last);
        EXPECT_GT(ready, 0U);
        out += piece.substr(0, ready);
        at += ready;
    }
    EXPECT_EQ(out.size(), message.size());
    return out;
}

TEST(Surrogate, LettersBecomeTheNearestAscii) {
    EXPECT_EQ(sent("Subject: M\xC3\xBCller\r\n\r\nM\xC3\xBC\r\n", 65'536), "Subject: Muller \r\n\r\nM\xC3\xBC\r\n");
    EXPECT_EQ(sent("Subject: \xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82!\r\n\r\n", 65'536),
              "Subject: Privet!      \r\n\r\n");
    EXPECT_EQ(sent("Subject: \xF0\x9F\x98\x80 \xE2\x82\xAC 5\r\n\r\n", 65'536).substr(0, 13), "Subject: ? ? ");
}

TEST(Surrogate, NoOtherAddressComesOfIt) {
    EXPECT_EQ(sent("From: J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC"
                   "cher.example>\r\n\r\n",
                   65'536),
              "From: Jorg <j??rg@b??cher.example> \r\n\r\n");
}

TEST(Surrogate, WhatIsNotUtf8StaysAsItIs) {
    for (const char* const message :
         {"Subject: M\xFCller\r\n\r\nx", "Subject: a\r\n\r\n\xC3\xBC\r\n", "\r\n\xC3\xBC\r\n", "Subject: no body", "x"})
        for (const std::size_t most : {20U, 65'536U}) EXPECT_EQ(sent(message, most), message);
}

TEST(Surrogate, PiecesMakeNoDifference) {
    const std::string message = "A: 1\r\nSubject: M\xC3\xBCller\r\n \xC3\xA9t\xC3\xA9\r\nB: 2\r\n\r\n\xC3\xBC\r\n";
    const std::string whole = sent(message, 65'536);
    EXPECT_NE(whole.find("Muller"), std::string::npos);
    EXPECT_NE(whole.find(" ete  \r\n"), std::string::npos);
    for (std::size_t most = 20; most < message.size(); ++most) EXPECT_EQ(sent(message, most), whole) << most;
}

TEST(Surrogate, ALineLongerThanAPieceIsMasked) {
    std::string message = "Subject: ";
    for (int i = 0; i < 100; ++i) message += "\xC3\xBC";
    message += "\r\nB: \xC3\xBC\r\n\r\n\xC3\xBC";
    const std::string out = sent(message, 64);
    EXPECT_EQ(out.find('\xC3'), out.size() - 2);
    EXPECT_NE(out.find("\r\nB: u \r\n\r\n"), std::string::npos);
}

}  // namespace
}  // namespace restante::pop3

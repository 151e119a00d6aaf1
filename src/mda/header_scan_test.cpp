#include "mda/header_scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace restante::mda {
namespace {

struct Seen {
    std::size_t received = 0;
    std::string return_path;
};

Seen scan(std::string_view message, std::size_t piece) {
    HeaderScan scan;
    for (std::size_t at = 0; at < message.size(); at += piece)
        if (!scan.feed(message.substr(at, piece))) break;
    Seen seen{scan.received_fields(), ""};
    if (const auto span = scan.return_path()) seen.return_path = message.substr(span->begin, span->end - span->begin);
    return seen;
}

void expect(std::string_view message, std::size_t received, std::string_view return_path) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, message.size() + 1}) {
        const Seen seen = scan(message, piece);
        EXPECT_EQ(seen.received, received) << message << " in pieces of " << piece;
        EXPECT_EQ(seen.return_path, return_path) << message << " in pieces of " << piece;
    }
}

TEST(HeaderScan, CountsReceivedFieldsOfTheHeaderOnly) {
    expect(
        "Received: a\r\n\tby b\r\nRECEIVED : c\r\nX-Received: d\r\nReceived-SPF: e\r\nTo: f\r\n Received: "
        "g\r\n\r\nReceived: h\r\n",
        2, "");
    expect("received:\nReceived:\n\nReceived:\n", 2, "");
    expect("", 0, "");
    expect("\r\nReceived: a\r\n", 0, "");
    expect("Received", 0, "");
    expect("Receivedfromsomewherefaraway: x\r\n", 0, "");
}

TEST(HeaderScan, FindsTheFirstReturnPathWithItsFolds) {
    expect("To: x\r\nReturn-Path: <a@b>\r\n\t(old)\r\nReturn-Path: <c@d>\r\n\r\n", 0,
           "Return-Path: <a@b>\r\n\t(old)\r\n");
    expect("return-path:<a@b>\r\n\r\nbody", 0, "return-path:<a@b>\r\n");
    expect("Subject: Return-Path: x\r\n\r\nReturn-Path: y\r\n", 0, "");
}

TEST(HeaderScan, AnyBytesAreTaken) {
    std::string noise;
    for (int i = 0; i < 100'000; ++i) noise += static_cast<char>((i * 31 + i / 7) % 256);
    const Seen whole = scan(noise, noise.size());
    const Seen pieces = scan(noise, 7);
    EXPECT_EQ(whole.received, pieces.received);
    EXPECT_EQ(scan(std::string(10'000'000, 'a'), 4096).received, 0U);
}

}  // namespace
}  // namespace restante::mda

// S5.31: what the filter sees in a message, and what it makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "filter/links.hpp"
#include "filter/verdict.hpp"
#include "filter/words.hpp"

namespace restante::filter {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

message::Message parsed(const std::string& text) {
    std::string crlf;
    for (const char c : text) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    return message::parse(crlf);
}

std::vector<std::string> texts(const message::Message& message) {
    std::vector<std::string> out;
    for (const FeatureText& feature : features_of(message, true)) out.push_back(feature.text);
    return out;
}

std::vector<std::string> names(const std::vector<Finding>& findings) {
    std::vector<std::string> out;
    for (const Finding& finding : findings) out.push_back(finding.name);
    return out;
}

const std::string kDecent = "From: Anna <anna@example.org>\nTo: bert@example.net\nSubject: Lunch\nDate: Sat, 28 Nov 2026 12:00:00 +0000\n"
                            "Message-ID: <1@example.org>\n";

TEST(Words, FoldCaseAndLeaveOutWhatIsNone) {
    EXPECT_THAT(words_of("Dear FRIEND, a 50% off - Stra\xC3\x9F""e!", 100), ElementsAre("dear", "friend", "50", "off", "stra\xC3\x9F""e"));
    EXPECT_THAT(words_of("\xC3\x89T\xC3\x89 \xD0\x9F\xD0\xA0\xD0\x98", 100), ElementsAre("\xC3\xA9t\xC3\xA9", "\xD0\xBF\xD1\x80\xD0\xB8"));
    EXPECT_THAT(words_of(std::string(41, 'x') + " ok", 100), ElementsAre("ok"));
    EXPECT_EQ(words_of("one two three", 2).size(), 2U);
    EXPECT_THAT(words_of("", 10), testing::IsEmpty());
}

TEST(Words, PairsOfCharactersWhereThereAreNoBlanks) {
    EXPECT_THAT(words_of("\xE5\x85\x8D\xE8\xB4\xB9\xE8\xB5\xA0 ok", 100), ElementsAre("\xE5\x85\x8D\xE8\xB4\xB9", "\xE8\xB4\xB9\xE8\xB5\xA0", "ok"));
}

TEST(Words, TakeAnyBytes) {
    std::string bytes;
    for (int i = 0; i < 2000; ++i) bytes += static_cast<char>(i * 37 % 256);
    for (const std::string& word : words_of(bytes, 10'000)) EXPECT_TRUE(is_valid_utf8(word)) << word;
}

TEST(Links, HostsWithoutUserPortAndCase) {
    EXPECT_THAT(link_hosts("see https://Shop.Example.org:8443/a?b and http://u:p@evil.test, ftp://no.test http:// x"),
                ElementsAre("shop.example.org", "evil.test"));
    EXPECT_THAT(link_hosts("http://192.0.2.1/x http://[2001:db8::1]/ http://a.test http://a.test/2"),
                ElementsAre("192.0.2.1", "[2001:db8::1]", "a.test"));
    EXPECT_EQ(registered_part("a.b.example.org"), "example.org");
    EXPECT_EQ(registered_part("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(registered_part("localhost"), "localhost");
    EXPECT_EQ(registered_part("www.bank.co.uk"), "bank.co.uk");
    EXPECT_EQ(registered_part("co.uk"), "co.uk");
    EXPECT_EQ(registered_part("a.b.example.de"), "example.de");
}

TEST(Links, WhatTheySayAndWhereTheyLead) {
    const auto shown = [](const std::string& text) { return links_in(text).back().shown; };
    EXPECT_EQ(shown("go to www.bank.example <http://evil.test/login>"), "www.bank.example");
    EXPECT_EQ(shown("https://bank.example/login <http://evil.test/>"), "bank.example");
    EXPECT_EQ(shown("https://www.b\xC3\xBC""cher.example <http://www.xn--bcher-kva.example/>"), "") << "the same, written otherwise";
    EXPECT_EQ(shown("Booking.com <http://click.test/>"), "") << "a name";
    EXPECT_EQ(shown("os.path.join <https://docs.test/>"), "");
    EXPECT_EQ(shown("open readme.txt <https://code.test/readme.txt>"), "");
    EXPECT_EQ(shown("anna@example.org <https://x.test/>"), "");
    EXPECT_EQ(shown("click here <https://x.test/>"), "");
    EXPECT_EQ(shown("https://x.test/"), "");
}

TEST(Features, SayWhereAWordStands) {
    const auto found = texts(parsed("From: Cheap Pills <sales@pills.test>\nSubject: Lunch offer\nX-Mailer: Bulk 3\nList-Id: <l.test>\n"
                                    "Content-Type: text/html\n\n<p>Order now at <a href='http://shop.pills.test/x'>our shop</a></p>"));
    for (const char* text : {"subject:lunch", "from:cheap", "from:pills.test", "from:sales@pills.test", "mailer:bulk", "field:list-id", "html",
                             "host:shop.pills.test", "host:pills.test", "order", "order now"})
        EXPECT_THAT(found, Contains(text));
}

TEST(Features, PaddingLeavesRoomForTheText) {
    std::string from, links = "\n", attached;
    for (int i = 0; i < 900; ++i) {
        const std::string n = std::to_string(i);
        from += (i > 0 ? ",\n " : "") + ("\"aa" + n + " bb" + n + "\" <u" + n + "@d" + n + ".test>");
        links += "http://h" + n + ".test/ ";
    }
    const auto found = texts(parsed("From: " + from + "\nReply-To: " + from + "\n\ncheap pills\n" + links));
    EXPECT_THAT(found, Contains("cheap pills"));
    EXPECT_THAT(found, Contains("host:h0.test"));
}

TEST(Features, AreTheSameForEveryCopyOfAMail) {
    const std::string rest = "From: a@x.test\nSubject: s\n\nSame text\n";
    EXPECT_EQ(texts(parsed("Received: by one; now\nReturn-Path: <a@x.test>\nMessage-ID: <1@x>\nX-Spam-Score: 5\n" + rest)), texts(parsed(rest)));
}

TEST(Features, AreBoundedAndEachOnce) {
    std::string many = "From: a@x.test\n\n";
    for (int i = 0; i < 5000; ++i) many += "w" + std::to_string(i) + (i % 10 == 9 ? "\n" : " ");
    EXPECT_EQ(features_of(parsed(many), false).size(), 2 + 1000 + 999U) << "two of the sender, words, pairs";
    EXPECT_EQ(features_of(parsed("From: a@x.test\n\nspam spam spam spam\n"), false).size(),
              texts(parsed("From: a@x.test\n\nspam spam spam\n")).size());
    EXPECT_EQ(feature_of("spam"), 0x8b7dbd19093ccbc8U) << "stored: must never change";
}

TEST(Rules, FindNothingWrongWithADecentMail) {
    EXPECT_THAT(findings_in(parsed(kDecent + "\nAt noon? See https://example.org/menu\n"), {}), testing::IsEmpty());
}

TEST(Rules, AreQuietAboutWhatOnlyLooksAlike) {
    const auto found = [](const std::string& text) { return names(findings_in(parsed(text), {})); };
    const std::string rest = kDecent.substr(kDecent.find("To:"));
    EXPECT_THAT(found("From: \"anna@gmail.test via Tasks\" <no-reply@tasks.test>\n" + rest + "\nx"), testing::IsEmpty());
    EXPECT_THAT(found("From: \"anna@gmail.test\" <dev@lists.test>\nList-Id: <dev.lists.test>\n" + rest + "\nx"), testing::IsEmpty());
    EXPECT_THAT(found(kDecent + "List-Id: <n.test>\nContent-Type: text/html\n\n<a href='http://click.test/'>www.shop.test</a>"), ElementsAre("html_only"));
    const auto attached = [&](const std::string& type, const std::string& name) {
        return found(kDecent + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: " + type +
                     "\nContent-Disposition: attachment; filename=\"" + name + "\"\n\nx\n--b--\n");
    };
    EXPECT_THAT(attached("application/pdf", "Invoice shop.com"), testing::IsEmpty());
    EXPECT_THAT(attached("message/rfc822", "Your order at shop.com"), testing::IsEmpty());
    EXPECT_THAT(attached("application/octet-stream", "run.com"), ElementsAre("program"));
    EXPECT_THAT(attached("application/pdf", "a.exe. "), ElementsAre("program"));
    EXPECT_THAT(attached("application/zip", "a.exe\xE2\x80\x8B"), ElementsAre("program"));
    EXPECT_THAT(attached("text/plain", "notes.txt"), testing::IsEmpty());
}

TEST(Rules, EachFindsWhatItIsFor) {
    const auto now = from_micros(1'795'953'600'000'000);  // 2026-11-29 12:00 UTC
    const auto found = [&](const std::string& text, Circumstances circumstances = {}) {
        circumstances.received_at = now;
        return names(findings_in(parsed(text), circumstances));
    };
    EXPECT_THAT(found(kDecent + "\nx", {.dmarc = "fail"}), ElementsAre("dmarc_fail"));
    EXPECT_THAT(found(kDecent + "\nx", {.spf = "fail"}), ElementsAre("spf_fail"));
    EXPECT_THAT(found(kDecent + "\nx", {.spf = "softfail"}), ElementsAre("spf_softfail"));
    EXPECT_THAT(found(kDecent + "\nx", {.spf = "pass", .dmarc = "pass", .dkim_passed = true}), ElementsAre("authenticated"));
    EXPECT_THAT(found(kDecent + "\nx", {.dmarc = "none", .dkim_passed = true}), ElementsAre("signed"));
    EXPECT_THAT(found("Subject: x\n\nx"), ElementsAre("no_from", "no_date", "no_message_id"));
    EXPECT_THAT(found(kDecent + "From: b@c.test\n\nx"), ElementsAre("several_from"));
    EXPECT_THAT(found("From: a@b.test\nMessage-ID: <1@b>\nDate: Tue, 1 Dec 2026 12:00:00 +0000\n\nx"), ElementsAre("far_date"));
    EXPECT_THAT(found("From: a@b.test\nMessage-ID: <1@b>\nDate: Tue, 1 Nov 2022 12:00:00 +0000\n\nx"), ElementsAre("far_date"));
    EXPECT_THAT(found("Subject: ACT NOW AND SAVE BIG\n" + kDecent.substr(0, kDecent.find("Subject")) + kDecent.substr(kDecent.find("Date")) + "\nx"),
                ElementsAre("shouting"));
    EXPECT_THAT(found(kDecent + "Content-Type: text/html\n\n<p>x"), ElementsAre("html_only"));
    EXPECT_THAT(found(kDecent + "Reply-To: x@free.test\n\nx"), ElementsAre("reply_elsewhere"));
    EXPECT_THAT(found(kDecent + "Reply-To: x@mail.example.org\n\nx"), testing::IsEmpty());
    EXPECT_THAT(found("From: \"help@bank.test\" <x@evil.test>\n" + kDecent.substr(kDecent.find("To:")) + "\nx"), ElementsAre("foreign_name"));
    EXPECT_THAT(found(kDecent + "Content-Type: text/html\n\n<a href='http://evil.test/'>www.bank.test</a>"), Contains("disguised_link"));
    EXPECT_THAT(found(kDecent + "Content-Type: text/html\n\n<a href='http://track.bank.test/'>www.bank.test</a>"), Not(Contains("disguised_link")));
    EXPECT_THAT(found(kDecent + "\nhttp://192.0.2.7/x\n"), ElementsAre("link_to_address"));
    EXPECT_THAT(found(kDecent + "MIME-Version: 1.0\nContent-Type: application/octet-stream; name=\"invoice.pdf.EXE\"\n"
                                "Content-Disposition: attachment; filename=\"invoice.pdf.EXE\"\nContent-Transfer-Encoding: base64\n\nTVo=\n"),
                Contains("program"));
}

std::vector<Feature> features(std::initializer_list<const char*> words) {
    std::vector<Feature> out;
    for (const char* word : words) out.push_back(feature_of(word));
    return out;
}

TEST(Classifier, TakenBackIsNeverLearned) {
    Model model;
    model.learn(features({"pill", "cheap"}), Class::spam);
    model.learn(features({"lunch", "cheap"}), Class::ham);
    EXPECT_GT(model.probability(feature_of("pill")), 0.6);
    EXPECT_LT(model.probability(feature_of("lunch")), 0.4);
    EXPECT_DOUBLE_EQ(model.probability(feature_of("cheap")), 0.5);
    EXPECT_DOUBLE_EQ(model.probability(feature_of("unknown")), 0.5);
    model.unlearn(features({"pill", "cheap"}), Class::spam);
    model.unlearn(features({"lunch", "cheap"}), Class::ham);
    EXPECT_EQ(model.features(), 0U);
    EXPECT_EQ(model.messages(Class::spam) + model.messages(Class::ham), 0U);
}

TEST(Classifier, WeighsHowOftenSomethingWasSeen) {
    Model model;
    for (int i = 0; i < 50; ++i) {
        model.learn(features({"often"}), Class::spam);
        model.learn(features({"other"}), Class::ham);
    }
    model.learn(features({"once"}), Class::spam);
    EXPECT_GT(model.probability(feature_of("often")), model.probability(feature_of("once")));
}

TEST(Classifier, IsSureOfWhatIsLikeWhatItKnowsAndUndecidedElse) {
    Model model;
    const auto spam = parsed("From: x@s.test\n\ncheap pills order now\n"), ham = parsed("From: a@h.test\n\nlunch at noon with anna\n");
    const auto plain = [](const std::vector<FeatureText>& list) {
        std::vector<Feature> out;
        for (const auto& one : list) out.push_back(one.feature);
        return out;
    };
    for (int i = 0; i < 20; ++i) {
        model.learn(plain(features_of(spam, true)), Class::spam);
        model.learn(plain(features_of(ham, true)), Class::ham);
    }
    const auto sure = classify(model, features_of(spam, true), 3);
    EXPECT_GT(sure.probability, 0.99);
    ASSERT_EQ(sure.clues.size(), 3U);
    EXPECT_GT(sure.clues[0].probability, 0.9);
    EXPECT_EQ(sure.clues[0].count.spam, 20U);
    EXPECT_LT(classify(model, features_of(ham, true)).probability, 0.01);
    EXPECT_DOUBLE_EQ(classify(model, features_of(parsed("Subject: x\n\nnothing of this\n"), false)).probability, 0.5);
    EXPECT_NEAR(classify(model, features_of(parsed("From: z@z.test\n\npills lunch\n"), false)).probability, 0.5, 0.1);
}

TEST(Verdict, TheClassifierHasNoSayBeforeItWasTaughtEnough) {
    Model model;
    Options options;
    options.least_training = 2;
    const auto message = parsed(kDecent + "\nlunch\n");
    std::vector<Feature> known;
    for (const auto& one : features_of(message, true)) known.push_back(one.feature);
    model.learn(known, Class::spam);
    model.learn(known, Class::spam);
    model.learn(features({"x"}), Class::ham);
    EXPECT_FALSE(judge(message, {}, model, options).classified);
    EXPECT_EQ(judge(message, {}, model, options).score, 26);
    model.learn(features({"x"}), Class::ham);
    const auto verdict = judge(message, {}, model, options, 5);
    EXPECT_TRUE(verdict.classified);
    EXPECT_EQ(verdict.findings.at(0).name, "classifier");
    EXPECT_GT(verdict.score, 80);
    EXPECT_FALSE(verdict.clues.empty());
}

TEST(Verdict, NoSingleWitnessRefusesAtTheDefault) {
    Model model;
    const Options options;
    std::vector<Feature> known;
    const auto bare = parsed(kDecent + "\ncheap pills order now\n");
    for (const auto& one : features_of(bare, false)) known.push_back(one.feature);
    for (std::size_t i = 0; i < 1000; ++i) {
        model.learn(known, Class::spam);
        model.learn(features({"x", "y", "z"}), Class::ham);
    }
    const int alone = judge(bare, {}, model, options).score, joined = judge(bare, {.dmarc = "fail"}, model, options).score;
    EXPECT_GE(alone, options.mark_at);
    EXPECT_LT(alone, options.refuse_at);
    EXPECT_GE(joined, options.refuse_at);
    const auto styled = parsed(kDecent + "Reply-To: x@free.test\nContent-Type: text/html\n\ncheap pills order now\n");
    EXPECT_LT(judge(styled, {}, model, options).score, options.refuse_at) << "neither do matters of style";
    for (const Finding& rule : all_rules()) EXPECT_LT(rule.weight, 4.0) << rule.name;
}

}  // namespace
}  // namespace restante::filter

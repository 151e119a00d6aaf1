#include "reply/trim.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "message/html_text.hpp"
#include "reply/phrases.hpp"

namespace restante::reply {
namespace {

std::string visible(std::string_view text) { return trim_reply(text).visible; }

TEST(Trim, CutsTheSignatureAtDashDashBlank) {
    const Trimmed t = trim_reply("Done.\n\n-- \nAnn\nx.org\n");
    EXPECT_EQ(t.visible, "Done.");
    EXPECT_EQ(t.trimmed, "-- \nAnn\nx.org");
    TrimOptions strict;
    strict.loose_signatures = false;
    EXPECT_EQ(trim_reply("Done.\n-- \nAnn", {}, strict).visible, "Done.");
    EXPECT_EQ(trim_reply("Done.\n--\nAnn", {}, strict).visible, "Done.\n--\nAnn");
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += "line\n";
    EXPECT_EQ(visible("Done.\n-- \n" + lines), "Done.");  // however long
    EXPECT_EQ(visible("Done.\n--\n" + lines), "Done.\n--\n" + lines.substr(0, lines.size() - 1));
    EXPECT_EQ(visible("a -- b\n--x\nc\n"), "a -- b\n--x\nc");
}

TEST(Trim, KeepsEverythingIfNothingWouldBeLeft) {
    EXPECT_EQ(visible("> only\n> quotes\n"), "> only\n> quotes");
    EXPECT_EQ(visible("-- \nAnn\n"), "-- \nAnn");
    EXPECT_EQ(visible(""), "");
    EXPECT_EQ(visible("\n\n"), "");
}

TEST(Trim, LosesNoLine) {
    const std::string text = "one\n\nOn Mon, 5 Jan 2026 at 10:00, Ann <a@x.org> wrote:\n> q\n\ntwo\n> r\n-- \nsig";
    const Trimmed t = trim_reply(text);
    for (const char* part : {"one", "On Mon", "> q", "two", "> r", "-- ", "sig"})
        EXPECT_TRUE(t.visible.find(part) != std::string::npos || t.trimmed.find(part) != std::string::npos) << part;
}

class Attributions : public testing::TestWithParam<const char*> {};
TEST_P(Attributions, AreCutWithTheirQuote) {
    EXPECT_EQ(visible(std::string("My answer.\n\n") + GetParam() + "\n> quoted\n"), "My answer.");
    EXPECT_EQ(visible(std::string("My answer.\n\n") + GetParam() + "\n\nquoted without marks\nmore\n"), "My answer.");
}
INSTANTIATE_TEST_SUITE_P(
    Languages, Attributions,
    testing::Values(
        "On Mon, Jan 5, 2026 at 10:00 AM Ann Lee <ann@x.org> wrote:", "On 5 Jan 2026, at 10:00, Ann Lee wrote:",
        "On Mon, Jan 5, 2026 at 10:00 AM Ann Lee <\nann@x.org> wrote:",
        "On Mon, Jan 5,\n2026 at 10:00, Ann Lee\n<ann@x.org>\nwrote:", "Am 05.01.26 um 10:00 schrieb Ann Lee:",
        "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Ann Lee <\nann@x.org>:",
        "Le lun. 5 janv. 2026 à 10:00, Ann Lee <ann@x.org> a écrit :", "Le 05/01/2026 à 10:00, Ann Lee a\nécrit :",
        "El lun, 5 ene 2026 a las 10:00, Ann Lee (<ann@x.org>) escribió:",
        "Il giorno lun 5 gen 2026 alle ore 10:00 Ann Lee <ann@x.org> ha scritto:",
        "Em seg., 5 de jan. de 2026 às 10:00, Ann Lee <ann@x.org> escreveu:",
        "Op ma 5 jan 2026 om 10:00 schreef Ann Lee <ann@x.org>:",
        "Den mån 5 jan. 2026 kl 10:00 skrev Ann Lee <ann@x.org>:",
        "man. 5. jan. 2026 kl. 10:00 skrev Ann Lee <ann@x.org>:",
        "pon., 5 sty 2026 o 10:00 Ann Lee <ann@x.org> napisał(a):", "W dniu 5.01.2026 o 10:00, Ann Lee pisze/napisał:",
        "пн, 5 янв. 2026 г. в 10:00, Ann Lee <ann@x.org>:", "05.01.2026 10:00, Ann Lee пишет:",
        "po 5. 1. 2026 v 10:00 odesílatel Ann Lee <ann@x.org> napsal:",
        "ma 5. tammik. 2026 klo 10.00 Ann Lee (ann@x.org) kirjoitti:",
        "Ann Lee <ann@x.org> ezt írta (időpont: 2026. jan. 5., H, 10:00):",
        "5 Oca 2026 Pzt, 10:00 tarihinde Ann Lee <ann@x.org> şunu yazdı:",
        "2026年1月5日(月) 10:00 Ann Lee <ann@x.org>:", "于2026年1月5日周一 10:00,Ann Lee <ann@x.org> 写道：",
        "2026년 1월 5일 (월) 오전 10:00, Ann Lee <ann@x.org>님이 작성:", "Ann Lee <ann@x.org> wrote:",
        "---- On Mon, 05 Jan 2026 10:00:00 +0100 Ann Lee <ann@x.org> wrote ----", "-----Original Message-----",
        "-------- Weitergeleitete Nachricht --------",
        "Begin forwarded message:", "##- Please type your reply above this line -##",
        "From: Ann Lee <ann@x.org>\nSent: Monday, 5 January 2026 10:00\nTo: Bob\nSubject: Plan",
        "________________________________\nVon: Ann Lee\nGesendet: Montag\nAn: Bob\nCc: Eve\nBetreff: Plan",
        "*De :* Ann Lee\n*Envoyé :* lundi\n*À :* Bob\n*Objet :* Plan",
        "差出人: Ann\n送信日時: 2026年1月5日\n宛先: Bob\n件名: 計画",
        "发件人：Ann\n发送时间：2026年1月5日\n收件人：Bob\n主题：计划",
        "De: Ann Lee\nEnviado el: lunes\nPara: Bob\nAsunto: Plan", "Från: Ann\nSkickat: måndag\nTill: Bob\nÄmne: Plan",
        "Date: Mon, 5 Jan 2026\nSubject: Plan\nFrom: a@x.org\nTo: b@x.org", "Sent from my iPhone",
        "Von meinem iPhone gesendet", "Envoyé depuis mon mobile", "Get Outlook for Android<https://x.org>",
        "iPhoneから送信"));

TEST(Trim, ANameThatWroteRightAboveAQuoteAnnouncesIt) {
    for (const char* line : {"On Saturday Ann wrote:", "Ann wrote:", "Ann Lee schrieb:", "Le patron a écrit :"}) {
        EXPECT_EQ(visible(std::string("Yes.\n\n") + line + "\n> quoted\n"), "Yes.") << line;
        EXPECT_EQ(visible(std::string("Yes.\n\n") + line + "\n\n> quoted\n"), "Yes.") << line;
        const std::string prose = std::string("Yes.\n\n") + line + "\nnot quoted";
        EXPECT_EQ(visible(prose), prose) << line;
    }
}

class Prose : public testing::TestWithParam<const char*> {};
TEST_P(Prose, StaysWhole) { EXPECT_EQ(visible(GetParam()), GetParam()); }
INSTANTIATE_TEST_SUITE_P(NotQuotes, Prose,
                         testing::Values("On Monday we met:\nfirst point\nsecond point", "As Bob wrote:\nnever do this",
                                         "From: here to there\nis far", "To: do\nlist",
                                         "Times: 10:00, 11:30\n2026-01-05 14:30\nboth are fine",
                                         "From my desk: hello\nSubject: to change\nfine",
                                         "Sent from my desk, which is quieter than the train.",
                                         "- Milk\n- Bread\n-Eggs and Ham", "a\n---\nb", "if (a --> b)\n  c;",
                                         "x > y\nand y < z", "See https://x.org/on-2026-he-wrote: nice",
                                         "Call me at 10:00:\n555 1234"));

TEST(Trim, KeepsAnswersBetweenQuotes) {
    const std::string text = "On 5 Jan 2026, Ann <a@x.org> wrote:\n> One?\n\nYes.\n\n> Two?\n\nNo.\n\n> rest\n-- \nBob";
    EXPECT_EQ(visible(text), "On 5 Jan 2026, Ann <a@x.org> wrote:\n> One?\n\nYes.\n\n> Two?\n\nNo.");
    EXPECT_EQ(visible("Hi\n\n> One?\nYes.\n\n> Two?\nNo."), "Hi\n\n> One?\nYes.\n\n> Two?\nNo.");
}

TEST(Trim, AnswersUnderASignatureSurvive) {
    EXPECT_EQ(visible("See below.\n\nSent from my iPhone\n\n> One?\n\nYes.\n"), "See below.\n\n\n> One?\n\nYes.");
}

TEST(Trim, BottomPostingDropsTheQuoteAbove) {
    EXPECT_EQ(visible("On 5 Jan 2026, Ann <a@x.org> wrote:\n> long\n> quote\n\nMy answer."), "My answer.");
}

TEST(Trim, UsesWhatTheHtmlMarked) {
    const auto html = message::html_to_text(
        "<div>Answer</div><div class=gmail_signature>Bob<br>Boss</div><div class=gmail_quote>somebody "
        "said<blockquote>old</blockquote></div>");
    const Trimmed t = trim_reply(html.text, html.regions);
    EXPECT_EQ(t.visible, "Answer");
    EXPECT_NE(t.trimmed.find("Boss"), std::string::npos);
    const auto all = message::html_to_text("<div class=gmail_quote>everything is quoted</div>");
    EXPECT_EQ(trim_reply(all.text, all.regions).visible, "everything is quoted");
}

TEST(Trim, OptionsSwitchItOff) {
    TrimOptions options;
    options.enabled = false;
    EXPECT_EQ(trim_reply("a\n-- \nb", {}, options).visible, "a\n-- \nb");
    options = {};
    options.sent_from_lines = false;
    EXPECT_EQ(trim_reply("a\nSent from my iPhone", {}, options).visible, "a\nSent from my iPhone");
    options = {};
    options.loose_signatures = false;
    EXPECT_EQ(trim_reply("a\n____\nb", {}, options).visible, "a\n____\nb");
    options.max_lines = 1;
    EXPECT_EQ(trim_reply("a\n\n-- \nb", {}, options).visible, "a\n\n-- \nb");
}

TEST(Trim, StaysLinearOnHostileText) {
    for (const char* shape : {"On 2026 wrote:\n", "wrote:\n", "> a\nb\n", "From: a\n", "a:\n", "-- \n", "\n", ">:\n",
                              "Sent from my x\n", "From: a\nTo: b\nx\n", "-A\n", "____\n"}) {
        std::string text = "answer\n";
        while (text.size() < 200'000) text += shape;
        TrimOptions options;
        options.max_lines = 1'000'000;
        const auto start = std::chrono::steady_clock::now();
        const Trimmed t = trim_reply(text, {}, options);
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << shape;
        EXPECT_FALSE(t.visible.empty());
    }
}

TEST(PlainLine, FoldsForComparison) {
    EXPECT_EQ(plain_line("  *Från:*\xC2\xA0 X\xE2\x80\x8B "), "från: x");
    EXPECT_EQ(plain_line("发件人：A"), "发件人:a");
    EXPECT_TRUE(has_date("5.1.2026"));
    EXPECT_TRUE(has_date("at 10:00"));
    EXPECT_FALSE(has_date("12 apples, 300 pears"));
}

}  // namespace
}  // namespace restante::reply

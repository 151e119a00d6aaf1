#include "message/html_text.hpp"

#include <gtest/gtest.h>

#include "message/html_tokens.hpp"

namespace restante::message {
namespace {

struct HtmlCase {
    const char* html;
    const char* text;
};
class HtmlToText : public testing::TestWithParam<HtmlCase> {};
TEST_P(HtmlToText, Renders) { EXPECT_EQ(html_to_text(GetParam().html).text, GetParam().text); }
INSTANTIATE_TEST_SUITE_P(
    Structure, HtmlToText,
    testing::Values(HtmlCase{"", ""}, HtmlCase{"plain", "plain\n"}, HtmlCase{"<p>a</p><p>b</p>", "a\n\nb\n"},
                    HtmlCase{"<p>a<p>b", "a\n\nb\n"}, HtmlCase{"a<br>b<br><br>c<br><br><br><br>d", "a\nb\n\nc\n\nd\n"},
                    HtmlCase{"<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc\n"},
                    HtmlCase{"a\n  b&nbsp;\t c", "a b c\n"}, HtmlCase{"<b>a</b><i>b</i> c", "ab c\n"},
                    HtmlCase{"<ul><li>x<li>y<ul><li>z</ul></ul>t", "- x\n- y\n\n  - z\n\nt\n"},
                    HtmlCase{"<ol><li>x</li><li>y</li></ol>", "1. x\n2. y\n"},
                    HtmlCase{"<blockquote>a<br>b<p>c</blockquote>d", "> a\n> b\n>\n> c\n\nd\n"},
                    HtmlCase{"<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b\n"},
                    HtmlCase{"<pre>a\n  b</pre>", "a\n  b\n"},
                    HtmlCase{"<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc\n"},
                    HtmlCase{"<a href='https://x.org/p'>here</a>.", "here <https://x.org/p>.\n"},
                    HtmlCase{"<a href=https://x.org/>x.org</a>", "x.org\n"},
                    HtmlCase{"<a href='mailto:a@x.org'>Ann</a> <a href='mailto:a@x.org'>a@x.org</a>",
                             "Ann <a@x.org> a@x.org\n"},
                    HtmlCase{"<a href='javascript:alert(1)'>x</a>", "x\n"},
                    HtmlCase{"<a href='https://x.org/'></a>y", "y\n"}, HtmlCase{"a<hr>b", "a\n\nb\n"}));
INSTANTIATE_TEST_SUITE_P(
    Syntax, HtmlToText,
    testing::Values(HtmlCase{"<script>if (a<b) '</p>'</script>x", "x\n"}, HtmlCase{"<STYLE>p{}</STYLE >x", "x\n"},
                    HtmlCase{"<title>t</title>x", "x\n"}, HtmlCase{"a<!-- <b> -->b", "ab\n"},
                    HtmlCase{"a<!-- no end> b", "a b\n"}, HtmlCase{"<!DOCTYPE html>x", "x\n"},
                    HtmlCase{"<![if !mso]>x<![endif]>", "x\n"}, HtmlCase{"1 < 2 && 3 > 2", "1 < 2 && 3 > 2\n"},
                    HtmlCase{"&lt;b&gt; &amp;amp; &eacute;&#233;&#xE9; &euro;&#128; &nope; &#0;",
                             "<b> &amp; ééé €€ &nope; \xEF\xBF\xBD\n"},
                    HtmlCase{"&copy 2026 AT&T", "© 2026 AT&T\n"}, HtmlCase{"<p title='a>b'>x</p>", "x\n"},
                    HtmlCase{"<p title=\"never closed>x", ""}, HtmlCase{"x<", "x<\n"}, HtmlCase{"x</", "x\n"},
                    HtmlCase{"<o:p>x</o:p>", "x\n"}, HtmlCase{"a</b></i></div>b", "a\nb\n"},
                    HtmlCase{"<br/>x<br />y", "x\ny\n"}));

std::string region(const HtmlText& html, std::size_t index) {
    const TextRegion& r = html.regions.at(index);
    return html.text.substr(r.begin, r.end - r.begin);
}

TEST(HtmlRegions, MarkQuotesAndSignaturesOfMailPrograms) {
    const HtmlText gmail = html_to_text(
        "<div>Hi</div><br><div class='x gmail_quote'>On Mon, B wrote:<blockquote>old</blockquote></div>after");
    ASSERT_EQ(gmail.regions.size(), 1U);
    EXPECT_EQ(region(gmail, 0), "\n\nOn Mon, B wrote:\n\n> old");
    EXPECT_EQ(gmail.text, "Hi\n\nOn Mon, B wrote:\n\n> old\n\nafter\n");
    const HtmlText outlook = html_to_text("<p>Hi</p><div id=\"divRplyFwdMsg\"><b>From:</b> B</div><div>old</div>");
    ASSERT_EQ(outlook.regions.size(), 1U);
    EXPECT_EQ(outlook.regions[0].kind, TextRegion::Kind::rest);
    EXPECT_EQ(region(outlook, 0), "\n\nFrom: B\nold\n");
    const HtmlText signature = html_to_text("Hi<div class=gmail_signature>-- <br>Bob</div>");
    EXPECT_EQ(signature.regions.at(0).kind, TextRegion::Kind::signature);
    const HtmlText word = html_to_text(
        "<p>Hi</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p>From: "
        "B</p></div>x");
    EXPECT_EQ(word.regions.at(0).kind, TextRegion::Kind::rest);
    EXPECT_TRUE(html_to_text("<blockquote>own indent</blockquote><div class='quote'>x</div>").regions.empty());
    EXPECT_EQ(html_to_text("<blockquote type=cite>x</blockquote>").regions.size(), 1U);
}

TEST(HtmlHostile, LargeInputsStayLinear) {
    const auto repeated = [](std::string_view s, std::size_t bytes) {
        std::string out;
        while (out.size() < bytes) out += s;
        return out;
    };
    for (const char* shape : {"<div>",
                              "<b a=1>",
                              "</b>",
                              "<b><p>",
                              "<!--",
                              "<",
                              "</",
                              "<a b='",
                              "&",
                              "&#",
                              "<li>",
                              "<table><td>",
                              "<blockquote>",
                              "<blockquote>x<p>",
                              "<script>",
                              "<script></",
                              "<style><!--",
                              "<a href=https://x.org/>",
                              "<ul><li>x",
                              "<![",
                              "</div>",
                              "<pre>\n",
                              "<div class='gmail_quote'>x",
                              "<x a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a>"})
        EXPECT_LE(html_to_text(repeated(shape, 1'000'000)).text.size(), 3'000'000U) << shape;
}

TEST(HtmlHostile, TextBehindDeepNestingSurvives) {
    std::string html;
    for (int i = 0; i < 5'000; ++i) html += "<div>";
    html += "deep";
    for (int i = 0; i < 5'000; ++i) html += "</div>";
    EXPECT_EQ(html_to_text(html + "<p>after</p>").text, "deep\n\nafter\n");
}

TEST(HtmlOptions, CanLeaveLinkTargetsOut) {
    HtmlOptions options;
    options.link_targets = false;
    EXPECT_EQ(html_to_text("<a href='https://x.org/'>y</a>", options).text, "y\n");
    options.max_text_bytes = 10;
    EXPECT_LT(html_to_text("<p>0123456789<p>0123456789<p>x", options).text.size(), 30U);
}

}  // namespace
}  // namespace restante::message

#include "pop3/language.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "pop3/reply.hpp"

namespace restante::pop3 {
namespace {

TEST(Language, IsFoundByItsTagAndLongerOnes) {
    EXPECT_EQ(find_language("de"), Language::german);
    EXPECT_EQ(find_language("DE-at"), Language::german);
    EXPECT_EQ(find_language("en-GB-oed"), Language::english);
    EXPECT_EQ(find_language("*"), Language::english);
    EXPECT_EQ(find_language("I-DEFAULT"), Language::english);
    EXPECT_EQ(find_language("fr"), std::nullopt);
    EXPECT_EQ(find_language("d"), std::nullopt);
    EXPECT_EQ(find_language("-"), std::nullopt);
    EXPECT_EQ(find_language(""), std::nullopt);
}

TEST(Language, KeepsStatusAndCode) {
    std::string out = "+OK before\r\n";
    const std::size_t from = out.size();
    out += "-ERR [SYS/TEMP] Message cannot be read now, try again later\r\n";
    translate_answer(out, from, Language::german);
    EXPECT_EQ(out,
              "+OK before\r\n-ERR [SYS/TEMP] Die Nachricht kann gerade nicht gelesen werden, bitte später wieder "
              "versuchen\r\n");
    for (const char* same : {"", "+OK\r\n", "+OK 3 messages\r\n", "+ Z29vZGJ5ZQ==\r\n", "+OK Something else\r\n"}) {
        std::string answer = same;
        translate_answer(answer, 0, Language::german);
        EXPECT_EQ(answer, same);
    }
}

TEST(Language, HasEveryTextOfTheMachine) {
    for (const Refusal& refusal :
         {says::unknown_command, says::syntax_error, says::wrong_state, says::line_too_long, says::too_many_errors,
          says::tls_first, says::binding_needed, says::tls_active, says::tls_not_offered, says::tls_before_utf8, says::unknown_mechanism,
          says::unknown_language, says::bad_base64, says::cancelled, says::no_such_message, says::deleted_message}) {
        const auto german = translated(refusal.text, Language::german);
        EXPECT_NE(german, refusal.text);
        EXPECT_TRUE(is_valid_utf8(german));
        EXPECT_LT(german.size(), 480U) << "RFC 2449 4: a response line has 512 octets";
        EXPECT_FALSE(german.starts_with('['));
    }
}

}  // namespace
}  // namespace restante::pop3

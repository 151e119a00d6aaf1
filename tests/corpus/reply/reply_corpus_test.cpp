// Golden test: real replies, parsed and trimmed, against the text that should remain. What is known to fail is listed
// in known_failures.txt; the test fails if a listed case passes, so that every improvement is recorded there.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "message/message.hpp"
#include "reply/trim.hpp"

namespace restante::reply {
namespace {

struct Case {
    std::string name, input, want, compare;
    std::vector<std::string> contains, lacks;
};

std::string read_file(const std::string& name) {
    std::ifstream in(std::string(REPLY_CORPUS) + "/" + name, std::ios::binary);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string unescape(const std::string& s) {
    std::string out;
    for (std::size_t i = 0; i < s.size(); ++i) {
        const bool escape = s[i] == '\\' && i + 1 < s.size();
        out += escape ? (s[i + 1] == 'n' ? '\n' : s[i + 1]) : s[i];
        i += escape ? 1 : 0;
    }
    return out;
}

std::vector<Case> read_index() {
    std::vector<Case> cases;
    std::istringstream in(read_file("index.txt"));
    for (std::string line; std::getline(in, line);) {
        const std::size_t colon = line.find(": ");
        if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
        const std::string key = line.substr(0, colon);
        const std::string value = line.substr(colon + 2);
        if (key == "case") cases.push_back({value, {}, {}, {}, {}, {}});
        if (key == "input") cases.back().input = value;
        if (key == "want") cases.back().want = value;
        if (key == "compare") cases.back().compare = value;
        if (key == "contains") cases.back().contains.push_back(unescape(value));
        if (key == "lacks") cases.back().lacks.push_back(unescape(value));
    }
    return cases;
}

/// Blanks of every kind (also no-break) collapsed to one, invisible characters removed.
std::string collapse(std::string_view s) {
    std::string out;
    bool blank = false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s.substr(i, 2) == "\xC2\xA0" || std::string_view(" \t\r\n\f").find(s[i]) != std::string_view::npos) {
            blank = true;
            i += s[i] == '\xC2' ? 1 : 0;
            continue;
        }
        if (blank && !out.empty()) out += ' ';
        blank = false;
        out += s[i];
    }
    return out;
}

/// Without what only separates words: quote and list marks, bullets.
std::string words(std::string_view s) {
    std::string out;
    const std::string collapsed = collapse(s);
    for (const std::string_view word : split(collapsed, ' ')) {
        const bool mark = word == ">" || word == "-" || word == "\xE2\x80\xA2" || word.empty();
        if (!mark) out += (out.empty() ? "" : " ") + std::string(word);
    }
    return out;
}

bool passes(const Case& one, const std::string& visible) {
    const std::string got = collapse(visible);
    const auto holds = [&](const std::string& part) { return got.find(collapse(part)) != std::string::npos; };
    if (one.want.empty())
        return std::all_of(one.contains.begin(), one.contains.end(), holds) &&
               std::none_of(one.lacks.begin(), one.lacks.end(), holds);
    const std::string want = read_file(one.want);
    return one.compare == "words" ? words(visible) == words(want) : got == collapse(want);
}

TEST(ReplyCorpus, KeepsWhatPeopleTyped) {
    std::set<std::string> known;
    std::istringstream list(read_file("known_failures.txt"));
    for (std::string line; std::getline(list, line);)
        if (!line.empty() && line[0] != '#') known.insert(line.substr(0, line.find(' ')));
    const std::vector<Case> cases = read_index();
    ASSERT_EQ(cases.size(), 125U);
    std::size_t passed = 0;
    for (const Case& one : cases) {
        const message::Message m = message::parse(read_file(one.input));
        const Trimmed trimmed = trim_reply(m.text, m.regions);
        const bool pass = passes(one, trimmed.visible);
        passed += pass ? 1 : 0;
        const bool expected = known.count(one.name) == 0;
        EXPECT_EQ(pass, expected) << one.name
                                  << (expected ? " fails:\n" + trimmed.visible
                                               : " passes now: take it from known_failures.txt");
        known.erase(one.name);
    }
    EXPECT_TRUE(known.empty()) << "known_failures.txt names a case that does not exist: " << *known.begin();
    RecordProperty("passed", static_cast<int>(passed));
    std::printf("%zu of %zu replies trimmed as wanted\n", passed, cases.size());
}

}  // namespace
}  // namespace restante::reply

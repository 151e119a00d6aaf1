#include "table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace restante {
namespace {
TEST(TextTable, AlignsTextLeftAndNumbersRight) {
    TextTable table({"name", "messages", "note"});
    table.add({"bob", "5", "first"});
    table.add({"jürgen", "1200", ""});
    EXPECT_EQ(table.to_string(),
              "name    messages  note\n"
              "bob            5  first\n"
              "jürgen      1200\n");
}

TEST(TextTable, EscapesWhatWouldDriveATerminal) {
    TextTable table({"name"});
    table.add({"\x1b[31mred\nnext", "dropped"});
    EXPECT_EQ(table.to_string().find('\x1b'), std::string::npos);
    EXPECT_EQ(table.to_string().find("dropped"), std::string::npos);
    EXPECT_EQ(std::ranges::count(table.to_string(), '\n'), 2);
}

TEST(TextTable, ShowsHeadingsWithoutRows) {
    EXPECT_EQ(TextTable({"a", "b"}).to_string(), "a  b\n");
    EXPECT_TRUE(TextTable({"a"}).empty());
}
}  // namespace
}  // namespace restante

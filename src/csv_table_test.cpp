#include "csv_table.hpp"

#include <gmock/gmock.h>

namespace restante {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

TEST(CsvTable, ReadsQuotedCellsAndKnowsTheirLines) {  // RFC 4180 2
    const auto table = parse_csv_table("\xEF\xBB\xBF Name,real_name\r\n\r\nbob,\"Bob \"\"B\"\"\nBuilder, Ltd\"\r\nann,\r\n");
    ASSERT_TRUE(table) << table.error().detail;
    EXPECT_THAT(table->columns, ElementsAre("Name", "real_name"));
    EXPECT_EQ(table->column("NAME"), 0U);
    EXPECT_FALSE(table->column("domain"));
    ASSERT_EQ(table->rows.size(), 2U);
    EXPECT_THAT(table->rows[0].cells, ElementsAre("bob", "Bob \"B\"\nBuilder, Ltd"));
    EXPECT_EQ(table->rows[0].line, 3U);
    EXPECT_THAT(table->rows[1].cells, ElementsAre("ann", ""));
    EXPECT_EQ(table->rows[1].line, 5U);
}

TEST(CsvTable, SaysInWhichLineSomethingIsWrong) {
    const auto fault = [](std::string_view text) {
        const auto table = parse_csv_table(text);
        return table ? "" : table.error().detail;
    };
    EXPECT_THAT(fault(""), HasSubstr("line 1"));
    EXPECT_THAT(fault("a,b\n1,2\n1\n"), HasSubstr("line 3: 1 cells, but 2 columns"));
    EXPECT_THAT(fault("a\n\n\"x\n"), HasSubstr("line 3: a quote does not end"));
    EXPECT_THAT(fault("a\n\"x\"y\n"), HasSubstr("line 2: something stands behind"));
    EXPECT_EQ(fault("a"), "");
}

TEST(CsvTable, WhatIsWrittenIsReadBack) {
    const std::vector<std::string> cells{"plain", "a,b", "say \"hi\"", "two\nlines", " blank ", "", "\r"};
    const std::string text = "1,2,3,4,5,6,7\n" + write_csv_row(cells);
    EXPECT_EQ(parse_csv_table(text)->rows.at(0).cells, cells);
    EXPECT_EQ(write_csv_row({"a", "b"}), "a,b\n");
}

}  // namespace
}  // namespace restante

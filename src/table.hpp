#pragma once
// Aligned tables for people, the same rows as JSON for programs (--json).
#include <string>
#include <string_view>
#include <vector>

namespace restante {

/// Cells are taken as UTF-8; control characters are escaped. Numbers (all digits) align right.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> headings) : headings_(std::move(headings)) {}
    /// Missing cells are empty, cells beyond the headings are dropped.
    void add(std::vector<std::string> cells);
    bool empty() const { return rows_.empty(); }
    /// Columns two blanks apart, no trailing blanks, one line a row; the last column may be as long as it likes.
    std::string to_string() const;

private:
    std::vector<std::string> headings_;
    std::vector<std::vector<std::string>> rows_;
};

/// Columns a text takes on a terminal, counting code points.
std::size_t display_width(std::string_view text);

}  // namespace restante

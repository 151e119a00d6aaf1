#include "table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante {
namespace {
bool is_number(const std::string& cell) { return !cell.empty() && std::ranges::all_of(cell, [](char c) { return c >= '0' && c <= '9'; }); }
}  // namespace

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

void TextTable::add(std::vector<std::string> cells) {
    cells.resize(headings_.size());
    for (std::string& cell : cells) cell = escape_for_log(cell, 4000);
    rows_.push_back(std::move(cells));
}

std::string TextTable::to_string() const {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (std::size_t column = 0; column < headings_.size(); ++column) {
        std::size_t width = display_width(headings_[column]);
        for (const auto& row : rows_) width = std::max(width, display_width(row[column]));
        widths.push_back(width);
        right.push_back(!rows_.empty() && std::ranges::all_of(rows_, [&](const auto& row) { return is_number(row[column]); }));
    }
    std::string out;
    const auto write = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t column = 0; column < cells.size(); ++column) {
            const std::string gap(widths[column] - display_width(cells[column]), ' ');
            line += (column > 0 ? "  " : "") + (right[column] ? gap + cells[column] : cells[column] + gap);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    };
    write(headings_);
    for (const auto& row : rows_) write(row);
    return out;
}

}  // namespace restante

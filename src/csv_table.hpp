#pragma once
// Comma-separated values (RFC 4180), in and out. Pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante {

struct CsvRow {
    std::size_t line = 0;  // of the file, from 1, where it begins
    std::vector<std::string> cells;
};

/// The first row names the columns; every other has as many cells. Lines that hold nothing are left out.
struct CsvTable {
    std::vector<std::string> columns;  // as written, without blanks around them
    std::vector<CsvRow> rows;
    std::optional<std::size_t> column(std::string_view name) const;  // without case
};

/// Cells may be quoted, with commas, line breaks and doubled quotes in them; lines end with LF or CRLF; a byte order
/// mark is skipped. invalid: names the line.
Result<CsvTable> parse_csv_table(std::string_view text);

/// One line with its LF; quotes what needs it.
std::string write_csv_row(const std::vector<std::string>& cells);

}  // namespace restante

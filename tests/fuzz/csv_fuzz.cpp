// Lists of accounts: any text ends in a table or in an error, and every row can be written and read back.
#include <cstdint>
#include <cstdlib>

#include "csv_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto table = restante::parse_csv_table({reinterpret_cast<const char*>(data), size});
    if (!table) return 0;
    std::string text = restante::write_csv_row(table->columns);
    for (const auto& row : table->rows) text += restante::write_csv_row(row.cells);
    for (const auto& row : table->rows)
        if (row.cells.size() != table->columns.size()) std::abort();
    if (table->columns.size() < 2) return 0;  // a row of one empty cell is an empty line
    const auto again = restante::parse_csv_table(text);
    if (!again || again->rows.size() != table->rows.size()) std::abort();
    for (std::size_t i = 0; i < again->rows.size(); ++i)
        if (again->rows[i].cells != table->rows[i].cells) std::abort();
    return 0;
}

#include "csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace restante {
namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    }
    bool at_end() const { return at_ >= text_.size(); }

    Result<CsvRow> row() {
        CsvRow row{line_, {}};
        for (;;) {
            auto cell = peek() == '"' ? quoted() : plain();
            if (!cell) return fail(std::move(cell.error()));
            row.cells.push_back(std::move(*cell));
            if (peek() != ',') break;
            ++at_;
        }
        end_line();
        return row;
    }

private:
    char peek() const { return at_end() ? '\n' : text_[at_]; }
    bool at_line_end() const { return peek() == '\n' || (peek() == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n')); }
    void end_line() {
        if (peek() == '\r') ++at_;
        ++at_;
        ++line_;
    }
    Result<std::string> plain() {
        const std::size_t begin = at_;
        while (!at_line_end() && peek() != ',') ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }
    Result<std::string> quoted() {
        const std::size_t first = line_;
        std::string cell;
        for (++at_;; ++at_) {
            if (at_end()) return fail(ErrorKind::invalid, fmt::format("line {}: a quote does not end", first));
            const char c = text_[at_];
            if (c == '"' && (at_ + 1 == text_.size() || text_[at_ + 1] != '"')) break;
            if (c == '"') ++at_;
            if (c == '\n') ++line_;
            cell += c;
        }
        ++at_;
        if (!at_line_end() && peek() != ',')
            return fail(ErrorKind::invalid, fmt::format("line {}: something stands behind a closing quote", line_));
        return cell;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

bool is_empty(const CsvRow& row) { return row.cells.size() == 1 && trim(row.cells[0]).empty(); }
}  // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (iequals(columns[i], name)) return i;
    return std::nullopt;
}

Result<CsvTable> parse_csv_table(std::string_view text) {
    CsvTable table;
    for (Reader reader(text); !reader.at_end();) {
        auto row = reader.row();
        if (!row) return fail(std::move(row.error()));
        if (is_empty(*row)) continue;
        if (table.columns.empty()) {
            for (const std::string& cell : row->cells) table.columns.emplace_back(trim(cell));
            continue;
        }
        if (row->cells.size() != table.columns.size())
            return fail(ErrorKind::invalid, fmt::format("line {}: {} cells, but {} columns", row->line, row->cells.size(),
                                                        table.columns.size()));
        table.rows.push_back(std::move(*row));
    }
    if (table.columns.empty()) return fail(ErrorKind::invalid, "line 1: the names of the columns are missing");
    return table;
}

std::string write_csv_row(const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string& cell = cells[i];
        if (i > 0) out += ',';
        if (cell.find_first_of(",\"\r\n") == std::string::npos && trim(cell) == cell) {
            out += cell;
            continue;
        }
        out += '"';
        for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        out += '"';
    }
    return out + '\n';
}

}  // namespace restante

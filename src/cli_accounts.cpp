// import accounts, export accounts: lists of accounts as CSV files.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "admin/percent.hpp"
#include "api_session.hpp"
#include "base/text.hpp"
#include "csv_table.hpp"
#include "data_directory.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;

// Each request is all or none; a longer list is checked as a whole before its first part is made.
constexpr std::size_t kPerRequest = 10'000;     // accounts
constexpr std::size_t kOctetsPerRequest = 8 << 20;
constexpr std::size_t kLargestAccountFile = 256 << 20;  // octets
constexpr std::array<const char*, 5> kColumns{"name", "domain", "real_name", "password", "password_hash"};

struct Import {
    std::string file, domain;
    bool dry_run = false;
};

struct Part {
    json::array accounts;
    std::vector<std::size_t> lines;  // of the file, one for each account
    std::size_t octets = 0;
};

Result<std::string> read_text(const std::string& file) {
    if (file != "-") return read_file(file, kLargestAccountFile);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<void> check_columns(const CsvTable& table, const Import& import) {
    for (const std::string& column : table.columns) {
        const bool known = std::any_of(kColumns.begin(), kColumns.end(), [&](const char* name) { return iequals(column, name); });
        if (!known)
            return fail(ErrorKind::invalid, fmt::format("line 1: the column \"{}\" is not known: use name, domain, real_name, password, "
                                                        "password_hash",
                                                        escape_for_log(column, 40)));
    }
    if (!table.column("name")) return fail(ErrorKind::invalid, "line 1: the column name is missing");
    if (!table.column("domain") && import.domain.empty())
        return fail(ErrorKind::invalid, "line 1: the column domain is missing; give it, or --domain for all");
    return {};
}

/// In parts of a size that one request may have. Names that occur twice are told here: each request sees its own only.
Result<std::vector<Part>> parts_of(const CsvTable& table, const Import& import) {
    std::vector<Part> parts(1);
    std::map<std::string, std::size_t> seen;
    const std::size_t name = *table.column("name");
    for (const CsvRow& row : table.rows) {
        const auto [first, is_new] = seen.emplace(to_lower(trim(row.cells[name])), row.line);
        if (!is_new)
            return fail(ErrorKind::already_exists, fmt::format("line {}: the name {} stands in line {} already", row.line,
                                                               escape_for_log(row.cells[name], 80), first->second));
        json::object account;
        std::size_t octets = 64;
        if (!import.domain.empty()) account["domain"] = import.domain;
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            if (row.cells[i].empty()) continue;
            account[to_lower(table.columns[i])] = row.cells[i];
            octets += row.cells[i].size() + 32;
        }
        if (parts.back().lines.size() >= kPerRequest || parts.back().octets + octets > kOctetsPerRequest) parts.emplace_back();
        parts.back().accounts.push_back(std::move(account));
        parts.back().lines.push_back(row.line);
        parts.back().octets += octets;
    }
    return parts;
}

/// "accounts[3].name" -> "line 5, name"
std::string name_in_file(const std::string& field, const std::vector<std::size_t>& lines) {
    const std::size_t open = field.find('['), close = field.find(']');
    if (open == std::string::npos || close == std::string::npos || close < open) return field;
    const auto index = parse_u64(std::string_view(field).substr(open + 1, close - open - 1));
    if (!index || *index >= lines.size()) return field;
    return fmt::format("line {}, {}", lines[*index], field.size() > close + 2 ? field.substr(close + 2) : "");
}

bool send(ApiSession& session, const Part& part, bool dry_run) {
    session.name_fields([&](const std::string& field) { return name_in_file(field, part.lines); });
    const json::object body{{"accounts", part.accounts}, {"dry_run", dry_run}};
    return session.request("POST", "/account-imports", json::serialize(body)).has_value();
}

void import_accounts(Context& context, const Import& import) {
    const auto text = read_text(import.file);
    if (!text) return complain(context, text.error().detail);
    const auto table = parse_csv_table(*text);
    if (!table) return complain(context, table.error().detail);
    if (auto good = check_columns(*table, import); !good) return complain(context, good.error().detail);
    const auto parts = parts_of(*table, import);
    if (!parts) return complain(context, parts.error().detail);
    ApiSession session(context);
    if (!table->rows.empty() && (import.dry_run || parts->size() > 1)) {
        bool good = true;
        for (const Part& part : *parts) good = send(session, part, true) && good;
        if (!good) return complain(context, "nothing was imported");
    }
    std::size_t done = 0;
    if (!import.dry_run && !table->rows.empty())
        for (const Part& part : *parts) {
            if (!send(session, part, false))
                return complain(context, done == 0 ? "nothing was imported"
                                                   : fmt::format("the accounts before line {} were imported", part.lines.front()));
            done += part.lines.size();
        }
    session.show(json::object{{"checked", table->rows.size()}, {"created", done}}, {{"CHECKED", "checked"}, {"CREATED", "created"}});
}

std::string text_at(const json::value& row, const char* member) {
    const json::value* found = row.as_object().if_contains(member);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

void export_accounts(Context& context, const std::string& domain, bool hashes) {
    ApiSession session(context);
    std::string query = hashes ? "?hashes=true" : "";
    if (!domain.empty()) query += (query.empty() ? "?domain=" : "&domain=") + admin::percent_encode(domain);
    const auto all = session.all_pages("/account-exports" + query);
    if (!all) return;
    if (context.json) return fmt::print("{}\n", json::serialize(*all));
    std::vector<std::string> columns{"name", "domain", "real_name"};
    if (hashes) columns.emplace_back("password_hash");
    fmt::print("{}", write_csv_row(columns));
    for (const json::value& row : all->as_object().at("items").as_array()) {
        std::vector<std::string> cells;
        for (const std::string& column : columns) cells.push_back(text_at(row, column.c_str()));
        fmt::print("{}", write_csv_row(cells));
    }
}

void add_import(CLI::App& command, Context& context) {
    command.description("Create the accounts of a CSV file, all or none; its first line names the columns: name, domain, real_name, "
                        "password, password_hash");
    const auto import = std::make_shared<Import>();
    command.add_option("file", import->file, "CSV file; - is standard input")->required();
    command.add_option("--domain", import->domain, "Domain of all of them, if there is no such column");
    command.add_flag("--dry-run", import->dry_run, "Only tell what would be wrong");
    command.callback([&context, import] { import_accounts(context, *import); });
}
}  // namespace

void add_account_list_commands(CLI::App& app, Context& context) {
    subcommand(app, "import").description("Move in from other servers");
    subcommand(app, "export").description("Move out");
    add_import(subcommand(app, "import accounts"), context);
    add_import(subcommand(app, "account import"), context);
    CLI::App& command = subcommand(app, "export accounts");
    command.description("Write the accounts as CSV; with --hashes they can be imported elsewhere with their passwords");
    const auto domain = std::make_shared<std::string>();
    const auto hashes = std::make_shared<bool>(false);
    command.add_option("--domain", *domain, "Of this domain only");
    command.add_flag("--hashes", *hashes, "With the password hashes: whoever gets the file can guess passwords. Audited");
    command.callback([&context, domain, hashes] { export_accounts(context, *domain, *hashes); });
}

}  // namespace restante::cli

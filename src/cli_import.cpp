// account import: many accounts from a CSV file, in few requests.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>

#include "api_session.hpp"
#include "base/text.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
constexpr std::size_t kPerRequest = 1000;  // accounts; each request is all or none

// First line: names of the columns, as members of an account (name, domain, real_name, password, password_hash).
Result<std::vector<json::object>> read_accounts(std::istream& in) {
    std::string line;
    std::getline(in, line);
    const std::string header(trim(line));
    const auto names = split(header, ',');
    std::vector<json::object> accounts;
    for (std::size_t number = 2; std::getline(in, line); ++number) {
        if (trim(line).empty()) continue;
        const auto cells = split(trim(line), ',');
        if (cells.size() != names.size())
            return fail(ErrorKind::invalid, fmt::format("line {}: {} cells, but {} columns", number, cells.size(), names.size()));
        json::object account;
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (!cells[i].empty()) account[names[i]] = cells[i];
        accounts.push_back(std::move(account));
    }
    return accounts;
}

void import_accounts(Context& context, const std::string& file) {
    std::ifstream from_file;
    if (file != "-") from_file.open(file);
    const auto accounts = file == "-" ? read_accounts(std::cin)
                          : from_file ? read_accounts(from_file)
                                      : fail(errno_error(errno, "open " + file));
    if (!accounts) {
        fmt::print(stderr, "restante: {}\n", accounts.error().detail);
        context.exit_code = kFailed;
        return;
    }
    ApiSession session(context);
    std::size_t done = 0;
    while (done < accounts->size()) {
        json::array part;
        for (std::size_t i = done; i < accounts->size() && i < done + kPerRequest; ++i) part.push_back((*accounts)[i]);
        const std::size_t size = part.size();
        if (!session.request("POST", "/account-imports", json::serialize(json::object{{"accounts", std::move(part)}}))) {
            fmt::print(stderr, "restante: {} accounts were created before this\n", done);
            return;
        }
        done += size;
    }
    session.show(json::object{{"created", done}}, {{"CREATED", "created"}});
}
}  // namespace

void add_import_command(CLI::App& app, Context& context) {
    CLI::App& command = subcommand(app, "account import");
    command.description("Create the accounts of a CSV file; its first line names the columns, such as name,domain,password");
    const auto file = std::make_shared<std::string>();
    command.add_option("file", *file, "CSV file; - is standard input")->required();
    command.callback([&context, file] { import_accounts(context, *file); });
}

}  // namespace restante::cli

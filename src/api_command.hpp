#pragma once
// Commands of the command line that are one request to the HTTP API each, as data.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli.hpp"

namespace restante::cli {

struct Parameter {
    enum class Kind {
        text,
        number,
        boolean,  // takes true or false
        list,     // one or more
        secret,   // --NAME TEXT, or --NAME-stdin: the first line of standard input
        file,     // the content of a file
        flag,     // true when given
    };
    std::string name;    // "real-name": option --real-name, or the name of a positional
    std::string member;  // of the JSON body, of the query of a GET; "{name}": part of the path
    std::string help;
    Kind kind = Kind::text;
    bool required = false;
    std::string preset{};  // sent when the option is left out
};

struct Column {
    std::string heading;
    std::string member;  // "maildrop.messages" for nested ones
};

struct ApiCommand {
    std::string words;  // "work item add"
    std::string help;
    std::string method;
    std::string path;  // below /api/v1, as "/accounts/{name}"
    std::vector<Parameter> positionals{};
    std::vector<Parameter> options{};
    std::vector<Column> columns{};  // of the answer: an object, or a page of them; empty: no answer to show
    std::string rows{};             // member of the answer that is a list of objects, shown as a table below
    std::vector<Column> row_columns{};
};

/// What `words` before the last stand for ("account": "POP accounts").
struct CommandGroup {
    std::string words;
    std::string help;
};

/// Adds groups and commands to the program. The tables and the context must outlive the parser.
void add_commands(CLI::App& app, Context& context, const std::vector<CommandGroup>& groups, const std::vector<ApiCommand>& commands);

/// The subcommand for `words`, made with its parents where it is missing.
CLI::App& subcommand(CLI::App& app, const std::string& words);

}  // namespace restante::cli

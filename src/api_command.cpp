#include "api_command.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>

#include "admin/percent.hpp"
#include "api_session.hpp"
#include "base/text.hpp"
#include "data_directory.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
using Kind = Parameter::Kind;

// What the parser writes into; one per parameter.
struct Value {
    const Parameter* parameter = nullptr;
    std::vector<std::string> texts;
    bool from_stdin = false;
    bool flag = false;
};

struct Call {
    const ApiCommand* command = nullptr;
    std::vector<std::unique_ptr<Value>> values;
};

Result<json::value> to_json(const Value& value) {
    const std::string text = value.texts.empty() ? "" : value.texts.front();
    switch (value.parameter->kind) {
        case Kind::number: return json::value(std::stoll(text));
        case Kind::boolean: return json::value(text == "true");
        case Kind::flag: return json::value(true);
        case Kind::list: return json::value(json::array(value.texts.begin(), value.texts.end()));
        case Kind::file: {
            auto content = text == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {})) : read_file(text);
            if (!content) return fail(content.error());
            return json::value(*content);
        }
        case Kind::secret:
        case Kind::text: break;
    }
    return json::value(text);
}

// Fills in what was left out; false if there is nothing to send.
bool is_given(Value& value) {
    if (value.from_stdin) {
        std::string line;
        std::getline(std::cin, line);
        value.texts = {line};
    }
    if (value.texts.empty() && !value.parameter->preset.empty()) value.texts = {value.parameter->preset};
    return value.flag || !value.texts.empty();
}

void replace_in(std::string& target, const std::string& what, const std::string& with) {
    if (const auto at = target.find(what); at != std::string::npos) target.replace(at, what.size(), with);
}

void run(Context& context, const Call& call) {
    std::string target = call.command->path;
    json::object body;
    std::string query;
    for (const auto& value : call.values) {
        const std::string& member = value->parameter->member;
        if (!is_given(*value)) continue;
        if (member.starts_with('{')) {
            replace_in(target, member, admin::percent_encode(value->texts.front()));
            continue;
        }
        const auto converted = to_json(*value);
        if (!converted) {
            fmt::print(stderr, "restante: {}\n", converted.error().detail);
            context.exit_code = kFailed;
            return;
        }
        body[member] = *converted;
        if (!value->texts.empty()) query += (query.empty() ? "?" : "&") + member + "=" + admin::percent_encode(value->texts.front());
    }
    ApiSession session(context);
    // A change of nothing shows what there is.
    const bool reads = call.command->method == "GET" || (call.command->method == "PATCH" && body.empty());
    const bool one_page = call.command->method == "GET" && body.contains("limit");
    const auto answer = one_page ? session.request("GET", target + query)
                        : reads  ? session.all_pages(target + query)
                                 : session.request(call.command->method, target, body.empty() ? "" : json::serialize(body));
    if (!answer || (call.command->columns.empty() && !answer->is_string())) return;
    session.show(*answer, call.command->columns);
    if (!context.json && !call.command->rows.empty() && answer->is_object())
        session.show(json::object{{"items", answer->as_object().at(call.command->rows)}}, call.command->row_columns);
}

void add_parameter(CLI::App& command, Value& value, bool positional) {
    const Parameter& p = *value.parameter;
    if (p.kind == Kind::flag) {
        command.add_flag("--" + p.name, value.flag, p.help);
        return;
    }
    CLI::Option* option = command.add_option(positional ? p.name : "--" + p.name, value.texts, p.help);
    if (p.kind == Kind::list)
        option->expected(1, -1);
    else
        option->expected(1)->allow_extra_args(false);  // or a vector would swallow the next positional
    if (p.kind == Kind::number) option->check(CLI::Number);
    if (p.kind == Kind::boolean) option->check(CLI::IsMember({"true", "false"}));
    if (p.kind == Kind::secret) {
        CLI::Option* from_stdin = command.add_flag("--" + p.name + "-stdin", value.from_stdin, "The same, as first line of standard input");
        from_stdin->excludes(option);
        return;
    }
    if (p.required) option->required();
}
}  // namespace

CLI::App& subcommand(CLI::App& app, const std::string& words) {
    CLI::App* at = &app;
    for (const std::string_view word : split(words, ' ')) {
        const auto known = at->get_subcommands([&](const CLI::App* app_) { return app_->get_name() == word; });
        if (known.empty() && at != &app) at->require_subcommand(1);
        at = known.empty() ? at->add_subcommand(std::string(word)) : known.front();
    }
    at->fallthrough();
    return *at;
}

void add_commands(CLI::App& app, Context& context, const std::vector<CommandGroup>& groups, const std::vector<ApiCommand>& commands) {
    for (const CommandGroup& group : groups) subcommand(app, group.words).description(group.help);
    for (const ApiCommand& command : commands) {
        CLI::App& parsed = subcommand(app, command.words);
        parsed.description(command.help);
        const auto call = std::make_shared<Call>();
        call->command = &command;
        for (const auto* list : {&command.positionals, &command.options})
            for (const Parameter& parameter : *list) {
                call->values.push_back(std::make_unique<Value>());
                call->values.back()->parameter = &parameter;
                add_parameter(parsed, *call->values.back(), list == &command.positionals);
            }
        parsed.callback([&context, call] { run(context, *call); });
    }
}

}  // namespace restante::cli

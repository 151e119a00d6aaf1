#include "move_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>

#include "base/text.hpp"
#include "csv_table.hpp"
#include "table.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;

struct Cell {
    const char* heading;
    const char* member;
    std::uint64_t (*value)(const MoveOutcome&);
};
constexpr Cell kNumbers[] = {
    {"BEFORE", "messages_before", [](const MoveOutcome& o) { return o.comparison.messages; }},
    {"OCTETS", "octets_before", [](const MoveOutcome& o) { return o.comparison.octets; }},
    {"AFTER", "messages_after", [](const MoveOutcome& o) { return o.comparison.messages_after; }},
    {"OCTETS", "octets_after", [](const MoveOutcome& o) { return o.comparison.octets_after; }},
    {"STORED", "stored", [](const MoveOutcome& o) { return o.stored; }},
    {"KNOWN", "known", [](const MoveOutcome& o) { return o.known; }},
    {"FAILED", "failed", [](const MoveOutcome& o) { return o.failed; }},
    {"UIDL EQUAL", "uidl_equal", [](const MoveOutcome& o) { return o.comparison.equal; }},
    {"CHANGED", "uidl_changed", [](const MoveOutcome& o) { return o.comparison.changed; }},
    {"MISSING", "missing", [](const MoveOutcome& o) { return o.comparison.missing; }},
    {"", "size_differs", [](const MoveOutcome& o) { return o.comparison.resized; }},
    {"", "content_differs", [](const MoveOutcome& o) { return o.comparison.altered; }},
    {"", "without_uidl", [](const MoveOutcome& o) { return o.comparison.unknown; }},
    {"", "new_since", [](const MoveOutcome& o) { return o.comparison.added; }},
    {"", "deleted_since", [](const MoveOutcome& o) { return o.deleted_since; }}};

json::object as_object(const MoveOutcome& outcome) {
    json::object out{{"account", outcome.account}, {"source", outcome.source}};
    for (const Cell& cell : kNumbers) out[cell.member] = cell.value(outcome);
    out["nothing_twice"] = outcome.result.has_value() && outcome.comparison.nothing_twice();
    out["ok"] = outcome.good();
    out["verdict"] = verdict(outcome);
    json::array faults, findings, notes(outcome.notes.begin(), outcome.notes.end());
    for (const MessageFault& fault : outcome.faults) faults.push_back(json::object{{"message", fault.name}, {"detail", fault.detail}});
    for (const moving::Finding& finding : outcome.comparison.findings)
        findings.push_back(json::object{{"kind", to_string(finding.kind)}, {"message", finding.name}, {"uidl", finding.uidl}, {"new_uidl", finding.new_uidl}});
    out["faults"] = std::move(faults);
    out["findings"] = std::move(findings);
    out["notes"] = std::move(notes);
    return out;
}

void show_details(const MoveOutcome& outcome) {
    constexpr std::size_t kShown = 20;
    const auto line = [&](const std::string& text) { fmt::print("  {}: {}\n", escape_for_log(outcome.account), escape_for_log(text, 1000)); };
    for (const std::string& note : outcome.notes) line(note);
    for (std::size_t i = 0; i < outcome.faults.size() && i < kShown; ++i) line(outcome.faults[i].name + ": " + outcome.faults[i].detail);
    std::size_t shown = 0;
    for (const moving::Finding& finding : outcome.comparison.findings) {
        if (++shown > kShown) break;
        line(fmt::format("{}: {} {}{}", to_string(finding.kind), finding.name, finding.uidl,
                         finding.new_uidl.empty() || finding.new_uidl == finding.uidl ? "" : " is now " + finding.new_uidl));
    }
    if (outcome.faults.size() > kShown || outcome.comparison.findings.size() > kShown) line("and more; --json lists them all");
}
}  // namespace

std::string verdict(const MoveOutcome& outcome) {
    if (!outcome.result) return "not done: " + outcome.result.error().detail;
    const auto& c = outcome.comparison;
    if (c.changed > 0) return fmt::format("{} messages would be downloaded twice", c.changed);
    if (outcome.failed + c.missing + c.altered + c.resized > 0)
        return fmt::format("incomplete: {} messages are missing or differ", c.missing + c.altered + c.resized);
    if (c.unknown > 0) return fmt::format("no UIDL changed; {} had none before", c.unknown);
    return "no client downloads anything twice";
}

void show_move(const std::vector<MoveOutcome>& outcomes, bool as_json) {
    if (as_json) {
        json::array accounts;
        bool ok = true, nothing_twice = true;
        for (const MoveOutcome& outcome : outcomes) {
            ok = ok && outcome.good();
            nothing_twice = nothing_twice && outcome.result && outcome.comparison.nothing_twice();
            accounts.push_back(as_object(outcome));
        }
        return fmt::print("{}\n", json::serialize(json::object{{"ok", ok}, {"nothing_twice", nothing_twice}, {"accounts", std::move(accounts)}}));
    }
    std::vector<std::string> headings{"ACCOUNT"};
    for (const Cell& cell : kNumbers)
        if (*cell.heading != 0) headings.emplace_back(cell.heading);
    headings.emplace_back("RESULT");
    TextTable table(headings);
    for (const MoveOutcome& outcome : outcomes) {
        std::vector<std::string> cells{outcome.account};
        for (const Cell& cell : kNumbers)
            if (*cell.heading != 0) cells.push_back(std::to_string(cell.value(outcome)));
        cells.push_back(verdict(outcome));
        table.add(std::move(cells));
    }
    fmt::print("{}", table.to_string());
    for (const MoveOutcome& outcome : outcomes) show_details(outcome);
}

Result<void> write_move_csv(const std::vector<MoveOutcome>& outcomes, const std::string& file) {
    std::ofstream out(file);
    std::vector<std::string> head{"account", "source"};
    for (const Cell& cell : kNumbers) head.emplace_back(cell.member);
    head.emplace_back("ok");
    head.emplace_back("result");
    out << write_csv_row(head);
    for (const MoveOutcome& outcome : outcomes) {
        std::vector<std::string> cells{outcome.account, outcome.source};
        for (const Cell& cell : kNumbers) cells.push_back(std::to_string(cell.value(outcome)));
        cells.emplace_back(outcome.good() ? "true" : "false");
        cells.push_back(verdict(outcome));
        out << write_csv_row(cells);
    }
    out.flush();
    if (!out) return fail(ErrorKind::io, "cannot write " + file);
    return {};
}

}  // namespace restante::cli

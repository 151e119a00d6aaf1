#include "scenario.hpp"

#include <stdexcept>

#include "base/text.hpp"
#include "sasl/server.hpp"

namespace restante::transcripts {
namespace {
std::size_t to_number(std::string_view text) {
    const auto value = parse_u64(text);
    if (!value) throw std::invalid_argument("no number: " + std::string(text));
    return *value;
}

std::pair<std::string, std::string> two_words(const std::string& value) {
    const std::size_t blank = value.find(' ');
    if (blank == std::string::npos) throw std::invalid_argument("two words are wanted: " + value);
    return {value.substr(0, blank), value.substr(blank + 1)};
}

void fill(Scenario& out, const std::string& value) {
    const auto [count, size] = two_words(value);
    const std::size_t octets = to_number(size);
    if (octets < 4) throw std::invalid_argument("fill: at least four octets");
    std::string message = "\r\n" + std::string(octets - 4, 'x') + "\r\n";
    out.messages.insert(out.messages.end(), to_number(count), message);
}

bool set_limit(pop3::ServerOptions& options, const std::string& key, const std::string& value) {
    const std::map<std::string, std::size_t*> limits{
        {"max_command_line", &options.max_command_line},     {"max_sasl_line", &options.max_sasl_line},
        {"max_discarded", &options.max_discarded},           {"max_errors", &options.max_errors},
        {"max_login_failures", &options.max_login_failures}, {"flush_at", &options.flush_at}};
    const auto found = limits.find(key);
    if (found == limits.end()) return false;
    *found->second = to_number(value);
    return true;
}

std::vector<pop3::ServerOptions::Mechanism> mechanisms(const std::string& value) {
    std::vector<pop3::ServerOptions::Mechanism> out;
    for (const auto name : split(value, ' ')) {
        const auto* info = sasl::find_server_mechanism(name);
        if (info == nullptr) throw std::invalid_argument("no such mechanism: " + std::string(name));
        out.push_back({std::string(name), info->sends_password, info->binds_channel});
    }
    return out;
}

void set_option(Scenario& out, const std::string& key, const std::string& value) {
    if (key == "account")
        out.accounts.insert(two_words(value));
    else if (key == "message")
        out.messages.push_back(value);
    else if (key == "fill")
        fill(out, value);
    else if (key == "uidl")
        out.uidls.push_back(value);
    else if (key == "fault")
        out.faults.insert(value);
    else if (key == "nonce")
        out.nonce = value;
    else if (key == "stamp")
        out.apop_stamp = value;
    else if (key == "mechanisms")
        out.options.mechanisms = mechanisms(value);
    else if (key == "plaintext")
        out.options.allow_plaintext_login = value == "yes";
    else if (key == "mechanisms_only")
        out.options.mechanisms_only = value == "yes";
    else if (key == "tls" && (value == "active" || value == "none" || value == "offered"))
        out.tls_active = value == "active", out.options.offer_stls = value != "none";
    else if (key != "cuts" && key != "where" && !set_limit(out.options, key, value))
        throw std::invalid_argument("option not known: " + key + ": " + value);
}
}  // namespace

Scenario read_scenario(const Transcript& transcript) {
    Scenario out;
    out.options.allow_plaintext_login = true;
    out.options.mechanisms = mechanisms("PLAIN LOGIN");
    for (const auto& [key, value] : transcript.options) set_option(out, key, value);
    if (out.accounts.empty()) out.accounts = {{"bob", "secret"}};
    for (std::size_t i = out.uidls.size(); i < out.messages.size(); ++i)
        out.uidls.push_back("uidl-" + std::to_string(i + 1));
    return out;
}

std::string check_deleted(std::string_view text, const std::set<std::size_t>& deleted) {
    std::string found = "deleted";
    for (const std::size_t number : deleted) found += " " + std::to_string(number);
    if (deleted.empty()) found += " none";
    return found == text ? "" : found;
}

}  // namespace restante::transcripts

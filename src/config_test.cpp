#include "config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config_table.hpp"

namespace restante {
namespace {
std::string contents(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string written(const std::vector<ConfigError>& errors) {
    std::string out;
    for (const ConfigError& error : errors) out += error.to_string() + "\n";
    return out;
}

TEST(Configuration, EmptyFileIsTheDefaults) {
    const ConfigOutcome outcome = parse_config("", "empty.toml");
    EXPECT_EQ(written(outcome.errors), "");
    EXPECT_EQ(outcome.config.server.data_directory, Config{}.server.data_directory);
}

// Rows S2.1, S2.3, S2.8, S2.11, S2.16, S2.17, S2.18, S2.20, S2.21, S2.24, S2.28, S2.31: what holds unless it is set
TEST(Configuration, DefaultsOfThePop3Service) {
    const Config c = parse_config("", "empty.toml").config;
    EXPECT_EQ(c.pop3_service.start, "automatic");
    EXPECT_EQ(c.pop3_service.login_type, "SecureLogin");
    EXPECT_EQ(c.pop3.listen, std::vector<std::string>{"*:110"});
    EXPECT_EQ(c.pop3.listen_tls, std::vector<std::string>{"*:995"});
    EXPECT_GE(c.pop3.max_connections, 2'000U);
    EXPECT_EQ(c.pop3.max_per_account, 16U);
    EXPECT_EQ(c.pop3.login_timeout, std::chrono::seconds(60));
    EXPECT_GE(c.pop3.idle_timeout, std::chrono::minutes(10));
    EXPECT_FALSE(c.pop3.accounts.descending);
    EXPECT_FALSE(c.pop3.watch.log.enabled);
    EXPECT_EQ(parse_config("[pop3]\nmax_per_address = 0\n", "f").errors.size(), 1U);
}

TEST(Configuration, ReadsEveryKind) {
    const ConfigOutcome outcome = parse_config(R"(
[server]
hostname = "mail.example.org"
threads = 3
shutdown_grace = "1m30s"
[log]
level = "warn"
[smtp.mx]
listen = ["127.0.0.1:2525", "[::1]:2525"]
[pop3]
listen_tls = []
[directory]
argon2_memory = "1MiB"
login_cache = "10s"
)",
                                               "ok.toml");
    ASSERT_EQ(written(outcome.errors), "");
    const Config& c = outcome.config;
    EXPECT_EQ(c.server.hostname, "mail.example.org");
    EXPECT_EQ(c.server.threads, 3U);
    EXPECT_EQ(c.server.shutdown_grace, std::chrono::seconds(90));
    EXPECT_EQ(c.log.level, "warn");
    EXPECT_EQ(c.smtp_mx.listen, (std::vector<std::string>{"127.0.0.1:2525", "[::1]:2525"}));
    EXPECT_TRUE(c.pop3.listen_tls.empty());
    EXPECT_EQ(c.directory.argon2_memory_kib, 1024U);
    EXPECT_EQ(c.directory.login_cache_seconds, 10U);
}

// Every default, written into a file as the documentation shows it, is accepted and changes nothing.
TEST(Configuration, DocumentedDefaultsAreAccepted) {
    std::string file;
    const Config defaults;
    for (const ConfigSection& section : config_sections()) {
        file += "[" + section.name + "]\n";
        for (const ConfigKey& key : section.keys) file += key.name + " = " + write_config_value(key, key.get(defaults)) + "\n";
    }
    const ConfigOutcome outcome = parse_config(file, "defaults.toml");
    EXPECT_EQ(written(outcome.errors), "");
    for (const ConfigSection& section : config_sections())
        for (const ConfigKey& key : section.keys)
            EXPECT_EQ(key.get(outcome.config), key.get(defaults)) << section.name << "." << key.name;
}

TEST(Configuration, EveryKeyIsBoundToAFieldOfItsOwn) {
    for (const ConfigSection& section : config_sections())
        for (const ConfigKey& key : section.keys) {
            if (key.kind != ConfigKind::number && key.kind != ConfigKind::flag) continue;
            Config changed;
            const ConfigValue other = key.kind == ConfigKind::flag
                                          ? ConfigValue{!std::get<bool>(key.get(Config{}))}
                                          : ConfigValue{std::get<std::int64_t>(key.get(Config{})) == key.most ? key.least : key.most};
            key.set(changed, other);
            int differing = 0;
            for (const ConfigSection& s : config_sections())
                for (const ConfigKey& k : s.keys) differing += k.get(changed) != k.get(Config{}) ? 1 : 0;
            EXPECT_EQ(differing, 1) << section.name << "." << key.name;
        }
}

// Each bad file starts with the lines it must be refused with, as comments.
TEST(Configuration, BadFilesAreRefusedWithTheRightWords) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/bad_configs")) {
        if (entry.path().extension() != ".toml") continue;
        const std::string text = contents(entry.path());
        std::string expected;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line) && line.starts_with("# expect: ");) expected += line.substr(10) + "\n";
        EXPECT_EQ(written(parse_config(text, "f").errors), expected) << entry.path();
        ++files;
    }
    EXPECT_GE(files, 15U);
}

TEST(Configuration, MissingAndHugeFilesAreOneError) {
    const ConfigOutcome missing = load_config("/nonexistent/restante.toml");
    ASSERT_EQ(missing.errors.size(), 1U);
    EXPECT_NE(missing.errors[0].to_string().find("No such file"), std::string::npos) << missing.errors[0].to_string();
    EXPECT_EQ(parse_config(std::string(2 << 20, '#'), "huge").errors.size(), 1U);
}

TEST(Configuration, DocumentationMatchesTheTable) {
    EXPECT_EQ(contents(SOURCE_DIR "/docs/config.md"), write_config_doc())
        << "docs/config.md is out of date: run `restante config-doc > docs/config.md`";
}
}  // namespace
}  // namespace restante

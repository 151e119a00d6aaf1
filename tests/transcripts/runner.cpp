#include <gtest/gtest.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>

#include "base/text.hpp"
#include "transcript.hpp"

namespace restante::transcripts {
namespace {
class Runner {
public:
    Runner(Side under_test, Cut cut, unsigned seed, Peer& peer)
        : under_test_(under_test), cut_(cut), random_(seed), peer_(peer) {}

    /// Empty, or what went wrong.
    std::string perform(const Action& action) {
        if (const auto* say = std::get_if<Say>(&action); say && say->side != under_test_) {
            batch_ += say->text;
            if (!say->raw) batch_ += "\r\n";
            return {};
        }
        send_batch();
        return std::visit([this](const auto& a) { return act(a); }, action);
    }

    std::string finish() {
        send_batch();
        if (any_lines_) return {};
        if (heard_.empty()) heard_ = peer_.read_now();
        return heard_.empty() ? "" : "it also said \"" + escape_for_log(heard_) + '"';
    }

private:
    std::string act(const Say& expected) {
        if (expected.raw) return "raw text cannot be expected";
        for (;;) {
            std::string line;
            if (!next_line(line))
                return "expected \"" + escape_for_log(expected.text) + "\", heard \"" + escape_for_log(heard_) + '"';
            if (matches(expected.text, line)) return any_lines_ = false, "";
            if (!any_lines_)
                return "expected \"" + escape_for_log(expected.text) + "\", heard \"" + escape_for_log(line) + '"';
        }
    }
    std::string act(const AnyLines&) { return any_lines_ = true, ""; }
    std::string act(const Tls&) { return peer_.start_tls(), ""; }
    std::string act(const Drop&) { return peer_.drop(), ""; }
    std::string act(const Check& check) {
        const std::string found = peer_.check(check.text);
        return found.empty() ? "" : "check \"" + check.text + "\": " + found;
    }
    std::string act(const Close&) {
        for (std::string more = peer_.read(); !more.empty(); more = peer_.read()) heard_ += more;
        if (!heard_.empty() && !any_lines_) return "said before closing \"" + escape_for_log(heard_) + '"';
        heard_.clear();
        any_lines_ = false;
        return peer_.closed() ? "" : "expected it to close the connection";
    }

    bool next_line(std::string& line) {
        std::size_t end;
        while ((end = heard_.find("\r\n")) == std::string::npos) {
            const std::string more = peer_.read();
            if (more.empty()) return false;
            heard_ += more;
        }
        line = heard_.substr(0, end);
        heard_.erase(0, end + 2);
        return true;
    }

    void send_batch() {
        std::string_view rest = batch_;
        while (!rest.empty()) {
            std::size_t length = rest.size();
            if (cut_ == Cut::bytes) length = 1;
            if (cut_ == Cut::random)
                length = std::uniform_int_distribution<std::size_t>(1, std::min<std::size_t>(rest.size(), 40))(random_);
            peer_.feed(rest.substr(0, length));
            rest.remove_prefix(length);
        }
        batch_.clear();
    }

    Side under_test_;
    Cut cut_;
    std::minstd_rand random_;
    Peer& peer_;
    std::string batch_;  // not yet sent
    std::string heard_;  // not yet compared
    bool any_lines_ = false;
};

const char* name_of(Cut cut) { return cut == Cut::whole ? "whole" : cut == Cut::bytes ? "bytes" : "random"; }

void run_file(const std::string& path, Side under_test, const PeerFactory& make) {
    std::ifstream in(path, std::ios::binary);
    const auto transcript = parse(std::string{std::istreambuf_iterator<char>(in), {}});
    ASSERT_TRUE(in && transcript) << path << ": " << (in ? transcript.error().detail : "cannot be read");
    const std::string allowed = transcript->option("cuts", "whole bytes random");
    constexpr unsigned random_runs = 5;
    for (const Cut cut : {Cut::whole, Cut::bytes, Cut::random}) {
        if (allowed.find(name_of(cut)) == std::string::npos) continue;
        for (unsigned seed = 1; seed <= (cut == Cut::random ? random_runs : 1); ++seed) {
            const auto peer = make(*transcript);
            const std::string fault = run(*transcript, under_test, cut, seed, *peer);
            if (!fault.empty()) ADD_FAILURE() << path << ':' << fault << " (fed " << name_of(cut) << ", seed " << seed << ')';
        }
    }
}

class FileTest : public testing::Test {
public:
    FileTest(std::string path, Side under_test, const PeerFactory& make)
        : path_(std::move(path)), under_test_(under_test), make_(make) {}

private:
    void TestBody() override { run_file(path_, under_test_, make_); }

    const std::string path_;
    const Side under_test_;
    const PeerFactory& make_;
};
}  // namespace

std::string run(const Transcript& transcript, Side under_test, Cut cut, unsigned seed, Peer& peer) {
    Runner runner(under_test, cut, seed, peer);
    for (const Line& line : transcript.lines) {
        const std::string fault = runner.perform(line.action);
        if (!fault.empty()) return std::to_string(line.number) + ": " + fault;
    }
    const std::string fault = runner.finish();
    return fault.empty() ? "" : "end: " + fault;
}

int transcript_main(int argc, char** argv, Side under_test, const PeerFactory& make) {
    testing::InitGoogleTest(&argc, argv);
    if (argc < 2) return 1;
    for (const std::string path : std::span(argv, static_cast<std::size_t>(argc)).subspan(1))
        testing::RegisterTest("Transcript", std::filesystem::path(path).stem().c_str(), nullptr, nullptr, path.c_str(), 1,
                              [=, &make]() -> testing::Test* { return new FileTest(path, under_test, make); });
    return RUN_ALL_TESTS();
}

}  // namespace restante::transcripts

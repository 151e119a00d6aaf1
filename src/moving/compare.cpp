#include "moving/compare.hpp"

#include <unordered_map>

namespace restante::moving {
namespace {

using Places = std::unordered_multimap<std::string_view, std::size_t>;

class Matching {
public:
    Matching(std::span<const Have> before, std::span<const Have> after) : before_(before), after_(after), used_(after.size()) {}

    Comparison run() {
        for (const Have& one : after_) {
            ++out_.messages_after;
            out_.octets_after += one.octets;
        }
        for (std::size_t i = 0; i < after_.size(); ++i) by_uidl_.emplace(after_[i].uidl, i);
        std::vector<const Have*> rest;
        for (const Have& one : before_) {
            ++out_.messages;
            out_.octets += one.octets;
            if (one.uidl.empty() || !take_same_uidl(one)) rest.push_back(&one);
        }
        for (std::size_t i = 0; i < after_.size(); ++i)
            if (!used_[i] && !after_[i].sha256.empty()) by_content_.emplace(after_[i].sha256, i);
        for (const Have* one : rest) take_same_content(*one);
        for (const bool used : used_) out_.added += used ? 0U : 1U;
        return std::move(out_);
    }

private:
    bool take_same_uidl(const Have& one) {
        const auto [begin, end] = by_uidl_.equal_range(one.uidl);
        for (auto at = begin; at != end; ++at) {
            if (used_[at->second]) continue;
            used_[at->second] = true;
            judge(one, after_[at->second]);
            return true;
        }
        return false;
    }

    void judge(const Have& one, const Have& other) {
        if (!one.sha256.empty() && !other.sha256.empty() && one.sha256 != other.sha256)
            note(Finding::Kind::altered, one, other.uidl, out_.altered);
        else if (one.octets != 0 && one.octets != other.octets && one.octets + 2 != other.octets)
            note(Finding::Kind::resized, one, other.uidl, out_.resized);
        else
            ++out_.equal;
    }

    void take_same_content(const Have& one) {
        const auto at = one.sha256.empty() ? by_content_.end() : by_content_.find(one.sha256);
        const std::string found = at == by_content_.end() ? "" : after_[at->second].uidl;
        if (at != by_content_.end()) {
            used_[at->second] = true;
            by_content_.erase(at);
        }
        if (found.empty())
            note(Finding::Kind::missing, one, "", out_.missing);
        else if (one.uidl.empty())
            note(Finding::Kind::unknown, one, found, out_.unknown);
        else
            note(Finding::Kind::changed, one, found, out_.changed);
    }

    void note(Finding::Kind kind, const Have& one, const std::string& new_uidl, std::uint64_t& count) {
        ++count;
        out_.findings.push_back({kind, one.name, one.uidl, new_uidl});
    }

    const std::span<const Have> before_, after_;
    std::vector<bool> used_;
    Places by_uidl_, by_content_;
    Comparison out_;
};

}  // namespace

const char* to_string(Finding::Kind kind) {
    switch (kind) {
        case Finding::Kind::changed:
            return "changed";
        case Finding::Kind::missing:
            return "missing";
        case Finding::Kind::resized:
            return "resized";
        case Finding::Kind::altered:
            return "altered";
        case Finding::Kind::unknown:
            return "unknown";
    }
    return "unknown";
}

Comparison compare(std::span<const Have> before, std::span<const Have> after) { return Matching(before, after).run(); }

}  // namespace restante::moving

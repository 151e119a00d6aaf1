#include "mover.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "admin/message_import.hpp"
#include "admin/percent.hpp"
#include "base/text.hpp"
#include "message_spool.hpp"
#include "moving/uidl_format.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
using moving::Have;
using moving::SourceMessage;

std::uint64_t number(const json::value& object, const char* name) {
    const json::value* found = object.is_object() ? object.as_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_int64() ? static_cast<std::uint64_t>(found->as_int64()) : 0;
}

std::string text(const json::value& object, const char* name) {
    const json::value* found = object.is_object() ? object.as_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

class AccountMove {
public:
    AccountMove(const ApiClient& api, const MoveJob& job, const MoveOptions& options, const MoveProgress& progress)
        : api_(api), job_(job), options_(options), progress_(progress), target_("/accounts/" + admin::percent_encode(job.account)) {
        out_.source = job.source;
        out_.account = job.account;
    }

    MoveOutcome run() {
        out_.result = work();
        return std::move(out_);
    }

private:
    Result<void> work() {
        auto source = job_.open();
        if (!source) return fail(std::move(source.error()));
        source_ = std::move(*source);
        auto listing = source_->list();
        if (!listing) return fail(std::move(listing.error()));
        messages_ = std::move(listing->messages);
        out_.notes = std::move(listing->notes);
        check_uidls();
        for (const SourceMessage& one : messages_) before_.push_back({one.uidl, one.octets, "", one.name});
        auto there = look(false);
        if (!there) return fail(std::move(there.error()));
        if (options_.check_only) {
            if (auto measured = measure_all(); !measured) return measured;
        } else if (auto brought = bring(*there); !brought) {
            return brought;
        }
        return prove();
    }

    // Two messages under one UIDL, or a UIDL that is none: such a message gets a new one, and the report says so.
    void check_uidls() {
        std::unordered_set<std::string_view> seen;
        for (SourceMessage& one : messages_) {
            if (one.uidl.empty()) continue;
            if (!moving::is_uidl(one.uidl)) {
                out_.notes.push_back(one.name + ": its UIDL \"" + escape_for_log(one.uidl, 80) + "\" is none that POP3 allows; it gets a new one");
                one.uidl.clear();
            } else if (!seen.insert(one.uidl).second) {
                out_.notes.push_back(one.name + ": its UIDL " + one.uidl + " occurs twice; the first message keeps it");
            }
        }
    }

    /// The target as it is now. A session that holds the maildrop is waited for.
    Result<std::vector<Have>> look(bool hashed) {
        auto items = patiently([&] { return api_.items(target_ + "/messages" + (hashed ? "?hash=true" : "")); });
        if (!items) return fail(std::move(items.error()));
        std::vector<Have> out;
        for (const json::value& item : *items) out.push_back({text(item, "uidl"), number(item, "octets"), text(item, "sha256"), ""});
        return out;
    }

    template <class Ask>
    auto patiently(Ask ask) -> decltype(ask()) {
        const auto end = std::chrono::steady_clock::now() + options_.patience;
        for (;;) {
            auto answer = ask();
            if (answer || answer.error().kind != ErrorKind::busy || std::chrono::steady_clock::now() > end) return answer;
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
    }

    Result<void> measure_all() {
        for (std::size_t i = 0; i < messages_.size(); ++i) {
            progress_(job_.account, i, messages_.size());
            if (!job_.reads_cheaply && !options_.full) continue;
            MessageSpool spool;
            auto read = read_into(i, spool);
            if (!read && read.error().kind == ErrorKind::unavailable) return read;
        }
        progress_(job_.account, messages_.size(), messages_.size());
        return {};
    }

    /// A message that cannot be read is one fault; the rest goes on.
    Result<void> read_into(std::size_t index, MessageSpool& spool) {
        auto read = source_->read(messages_[index], [&](std::string_view piece) { return spool.append(piece); });
        if (read) read = spool.finish();
        if (!read) {
            ++out_.failed;
            out_.faults.push_back({messages_[index].name, read.error().detail});
            return read;
        }
        before_[index].octets = spool.octets();
        before_[index].sha256 = spool.sha256();
        return {};
    }

    Result<void> bring(const std::vector<Have>& there) {
        std::unordered_set<std::string_view> present;
        for (const Have& one : there) present.insert(one.uidl);
        present_ = [present = std::move(present)](const SourceMessage& one) { return !one.uidl.empty() && present.contains(one.uidl); };
        auto answer = patiently([&] {
            next_ = 0;
            spool_.reset();
            out_.known = out_.failed = 0;
            out_.faults.clear();
            return api_.upload(target_ + "/message-imports", admin::kMessages, [this] { return next_piece(); });
        });
        if (!answer) return fail(std::move(answer.error()));
        out_.stored = number(*answer, "stored");
        out_.octets = number(*answer, "octets");
        out_.failed += number(*answer, "failed");
        for (const json::value& id : answer->at("repeated").as_array()) repeated_.insert(std::string(id.as_string()));
        out_.known += repeated_.size();
        std::unordered_map<std::string_view, const SourceMessage*> by_key;
        for (const SourceMessage& one : messages_) by_key.emplace(one.key, &one);
        for (const json::value& failure : answer->at("failures").as_array()) {
            const auto one = by_key.find(text(failure, "delivery_id"));
            out_.faults.push_back({one == by_key.end() ? "" : one->second->name, text(failure, "detail")});
        }
        return {};
    }

    Result<std::string> next_piece() {
        if (spool_) {
            auto piece = spool_->next();
            if (!piece || !piece->empty()) return piece;
            spool_.reset();
        }
        for (; next_ < messages_.size(); ++next_) {
            progress_(job_.account, next_, messages_.size());
            const SourceMessage& one = messages_[next_];
            const bool here = present_(one);
            if (here) ++out_.known;
            if (here && !job_.reads_cheaply) continue;
            auto spool = std::make_unique<MessageSpool>();
            auto read = read_into(next_, *spool);
            if (!read && read.error().kind == ErrorKind::unavailable) return fail(std::move(read.error()));
            if (!read || here) continue;
            spool_ = std::move(spool);
            ++next_;
            return head_of(one, spool_->octets());
        }
        progress_(job_.account, messages_.size(), messages_.size());
        return std::string();
    }

    static std::string head_of(const SourceMessage& one, std::uint64_t octets) {
        json::object head{{"delivery_id", one.key}, {"octets", octets}, {"received_at", to_rfc3339(one.received_at)}};
        if (!one.uidl.empty()) head["uidl"] = one.uidl;
        return json::serialize(head) + "\n";
    }

    Result<void> prove() {
        auto after = look(options_.full);
        if (!after) return fail(std::move(after.error()));
        out_.comparison = moving::compare(before_, *after);
        if (out_.comparison.findings.empty()) return {};
        // Something is not there under its UIDL: is it there under another one?
        if (!options_.full) after = look(true);
        if (!after) return fail(std::move(after.error()));
        out_.comparison = moving::compare(before_, *after);
        forgive_deletions();
        return {};
    }

    void forgive_deletions() {
        std::unordered_map<std::string_view, const SourceMessage*> by_name;
        for (const SourceMessage& one : messages_) by_name.emplace(one.name, &one);
        auto& comparison = out_.comparison;
        std::erase_if(comparison.findings, [&](const moving::Finding& finding) {
            const auto one = by_name.find(finding.name);
            const bool gone = finding.kind == moving::Finding::Kind::missing && one != by_name.end() && repeated_.contains(one->second->key);
            if (!gone) return false;
            --comparison.missing;
            ++out_.deleted_since;
            return true;
        });
    }

    const ApiClient& api_;
    const MoveJob& job_;
    const MoveOptions& options_;
    const MoveProgress& progress_;
    const std::string target_;
    MoveOutcome out_;
    std::unique_ptr<moving::Source> source_;
    std::vector<SourceMessage> messages_;
    std::vector<Have> before_;
    std::function<bool(const SourceMessage&)> present_;
    std::unordered_set<std::string> repeated_;  // keys the store knew from an earlier run
    std::size_t next_ = 0;
    std::unique_ptr<MessageSpool> spool_;
};

}  // namespace

MoveOutcome move_account(const ApiClient& api, const MoveJob& job, const MoveOptions& options, const MoveProgress& progress) {
    return AccountMove(api, job, options, progress).run();
}

std::vector<MoveOutcome> move_accounts(const ApiClient& api, const std::vector<MoveJob>& jobs, const MoveOptions& options,
                                       const MoveProgress& progress) {
    std::vector<MoveOutcome> out(jobs.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++) out[i] = move_account(api, jobs[i], options, progress);
    };
    std::vector<std::jthread> threads;
    for (unsigned n = 1; n < options.parallel && n < jobs.size(); ++n) threads.emplace_back(work);
    work();
    threads.clear();
    return out;
}

}  // namespace restante::cli

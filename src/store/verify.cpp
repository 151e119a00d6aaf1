#include <algorithm>

#include "store/big_file.hpp"
#include "store/body_reader.hpp"
#include "store/embedded_store.hpp"
#include "store/log_reader.hpp"
#include "store/maintenance.hpp"

namespace restante::store {
namespace {

constexpr std::size_t kMaxFaults = 100;
constexpr std::size_t kRecordsPerLook = 500;

class Verifier {
public:
    Verifier(Engine& engine, const Progress& progress) : engine_(engine), progress_(progress) {}

    Result<VerifyReport> run() {
        const auto pinned = engine_.pin_files();
        if (auto done = begin(); !done) return fail(std::move(done.error()));
        for (const SegmentUse& use : uses_) {
            if (auto done = segment(use); !done) return fail(std::move(done.error()));
        }
        for (const std::uint64_t number : big_files_) big(number);
        if (auto done = compare_index(); !done) return fail(std::move(done.error()));
        return std::move(report_);
    }

private:
    void fault(std::string what) {
        ++report_.fault_count;
        if (report_.faults.size() < kMaxFaults) report_.faults.push_back(std::move(what));
    }
    void advance(std::uint64_t octets) {
        done_ += octets;
        if (progress_) progress_(done_, std::max(total_, done_));
    }

    Result<void> begin() {
        return engine_.indexer().call_settled([this](Index& index) -> Result<void> {
            if (auto good = index.check(); !good) fault(good.error().detail);
            auto uses = index.segments();
            if (!uses) return fail(std::move(uses.error()));
            uses_ = std::move(*uses);
            auto big = index.big_files();
            if (!big) return fail(std::move(big.error()));
            big_files_ = std::move(*big);
            position_ = index.position();
            for (const SegmentUse& use : uses_) total_ += use.bytes;
            return {};
        });
    }

    Result<void> segment(const SegmentUse& use) {
        const std::string name = "segment " + std::to_string(use.number);
        auto file = engine_.files()->segment(use.number);
        if (!file && file.error().kind != ErrorKind::not_found) return fail(std::move(file.error()));
        if (!file) {
            fault(name + " is missing");
            return {};
        }
        ++report_.segments;
        char bytes[kSegmentHeaderBytes] = {};
        if (auto got = (*file)->read(0, std::span(bytes)); !got) return fail(std::move(got.error()));
        auto header = decode_segment_header(std::string_view(bytes, sizeof bytes));
        if (!header) {
            fault(name + ": " + header.error().detail);
            return {};
        }
        auto size = (*file)->size();
        if (!size) return fail(std::move(size.error()));
        const std::uint64_t end = use.number == position_.segment ? position_.offset : *size;
        if (*size < end) fault(name + " is shorter than it was");
        LogReader reader(**file, header->salt, kSegmentHeaderBytes, std::min(*size, end));
        return records(reader, use.number, name);
    }

    Result<void> records(LogReader& reader, std::uint32_t number, const std::string& name) {
        std::vector<Logged> seen;
        for (;;) {
            auto item = reader.next();
            if (!item) return fail(std::move(item.error()));
            if (item->kind == LogItem::Kind::end) return look_up(seen);
            advance(item->end - item->offset);
            const std::string where = name + " at " + std::to_string(item->offset);
            if (item->kind == LogItem::Kind::damage) {
                fault(where + ": " + std::to_string(item->end - item->offset) + " octets are damaged");
                continue;
            }
            ++report_.records;
            report_.octets += item->end - item->offset;
            if (!item->record.has_message()) continue;
            auto good = reader.body_is_good(*item);
            if (!good) return fail(std::move(good.error()));
            if (!*good) fault(where + ": message " + std::to_string(item->record.id) + " fails its checksum");
            const std::uint64_t body = item->head.body_offset();
            seen.push_back({0, std::move(item->record), {number, item->offset}, body, 0});
            if (seen.size() < kRecordsPerLook) continue;
            if (auto done = look_up(seen); !done) return done;
            seen.clear();
        }
    }

    /// Counts the maildrops in which the index has these records.
    Result<void> look_up(const std::vector<Logged>& seen) {
        return engine_.indexer().call([&](Index& index) -> Result<void> {
            for (const Logged& logged : seen) {
                auto holders = index.holders(logged);
                if (!holders) return fail(std::move(holders.error()));
                matched_ += holders->size();
            }
            return {};
        });
    }

    void big(std::uint64_t number) {
        const std::string name = "large message " + std::to_string(number);
        auto file = engine_.files()->big(number);
        if (!file) return fault(name + ": " + file.error().detail);
        char bytes[kBigHeaderBytes] = {};
        auto got = (*file)->read(0, std::span(bytes));
        if (!got) return fault(name + ": " + got.error().detail);
        auto header = decode_big_header(std::string_view(bytes, sizeof bytes));
        if (!header) return fault(name + ": " + header.error().detail);
        ++report_.big_files;
        check_body({0, header->size, kBigSegment, number}, name);
    }

    bool check_body(const Entry& entry, const std::string& name) {
        BodyReader reader(*engine_.files());
        std::vector<char> room(16 * kCellBytes);
        for (std::uint64_t offset = 0; offset < entry.size;) {
            auto part = reader.read(entry, offset, room, BodyReader::Wait::disk);
            if (!part) {
                fault(name + ": " + part.error().detail);
                return false;
            }
            offset += *part;
            advance(*part);
        }
        return true;
    }

    Result<void> compare_index() {
        std::vector<std::pair<MaildropId, Entry>> unknown;
        auto done = engine_.indexer().call_settled([&](Index& index) -> Result<void> {
            std::uint64_t rows = 0;
            auto counted = index.each_message([&](MaildropId, const Entry&) { ++rows; });
            if (!counted) return counted;
            report_.messages = rows;
            report_.index_compared = index.position() == position_;
            if (!report_.index_compared || rows == matched_) return {};
            return index.each_message(
                [&](MaildropId maildrop, const Entry& entry) { unknown.emplace_back(maildrop, entry); });
        });
        if (!done || !report_.index_compared || report_.messages == matched_) return done;
        const std::uint64_t before = report_.fault_count;
        for (const auto& [maildrop, entry] : unknown) {
            check_body(entry, "message " + std::to_string(entry.id) + " of maildrop " + std::to_string(maildrop));
        }
        if (report_.fault_count == before) {
            fault("the index has " + std::to_string(report_.messages) + " messages, the log " +
                  std::to_string(matched_));
        }
        return {};
    }

    Engine& engine_;
    const Progress& progress_;
    VerifyReport report_;
    std::vector<SegmentUse> uses_;
    std::vector<std::uint64_t> big_files_;
    Position position_;
    std::uint64_t matched_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace

Result<VerifyReport> verify(MessageStore& store, const Progress& progress) {
    auto* embedded = dynamic_cast<EmbeddedStore*>(&store);
    if (embedded == nullptr) return fail(ErrorKind::unsupported, "this store cannot be verified");
    return Verifier(embedded->engine(), progress).run();
}

Result<std::uint64_t> compact(MessageStore& store, const Progress& progress) {
    auto* embedded = dynamic_cast<EmbeddedStore*>(&store);
    if (embedded == nullptr) return fail(ErrorKind::unsupported, "this store cannot be compacted");
    Engine& engine = embedded->engine();
    if (auto done = engine.log_queue().close_segment(); !done) return fail(std::move(done.error()));
    const std::uint64_t before = engine.compactor().freed_bytes();
    for (;;) {
        auto more = engine.indexer().call_settled([&engine](Index& index) -> Result<bool> {
            if (engine.files_pinned()) return fail(ErrorKind::busy, "a backup is running");
            auto rest = engine.compactor().step(index, engine.indexer().backlog() == 0, 100);
            if (!rest) return fail(std::move(rest.error()));
            return rest->has_value() || engine.compactor().busy();
        });
        if (!more) return fail(std::move(more.error()));
        const std::uint64_t freed = engine.compactor().freed_bytes() - before;
        if (!*more) return freed;
        if (progress) progress(freed, engine.statistics().dead_octets + freed);
    }
}

}  // namespace restante::store

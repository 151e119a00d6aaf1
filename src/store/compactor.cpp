#include "store/compactor.hpp"

#include <algorithm>

#include "store/cells.hpp"

namespace restante::store {
namespace {
constexpr std::uint64_t kPieceBytes = 2U << 20;
constexpr int kMaxPasses = 3;
}  // namespace

Result<Compactor::Rest> Compactor::step(Index& index, bool all_indexed, std::optional<unsigned> live_percent) {
    read_ = 0;
    Result<void> done;
    switch (phase_) {
        case Phase::idle: {
            const auto chosen = choose(index, all_indexed, live_percent.value_or(limits_.live_percent));
            if (!chosen) return Rest();
            done = begin(*chosen);
            break;
        }
        case Phase::copying:
            done = copy_some(index);
            break;
        case Phase::settling:
            if (!all_indexed) return Rest();
            done = finish(index);
            break;
        case Phase::removing:
            done = remove(index);
            break;
    }
    if (!done) {
        log_.warn("store.compaction_waits", {{"segment", std::uint64_t{segment_}}, {"error", done.error().detail}});
        return fail(std::move(done.error()));
    }
    if (limits_.bytes_per_second == 0 || live_percent) return Rest(0);
    return Rest(read_ * 1'000 / limits_.bytes_per_second);
}

std::uint64_t Compactor::live_bytes(const SegmentUse& use) const {
    // Nothing older is left that the oldest segment's removals could be about.
    const std::uint64_t dead = use.dead + (use.number == oldest_ ? use.removals : 0);
    return use.bytes > dead ? use.bytes - dead : 0;
}

std::optional<SegmentUse> Compactor::choose(Index& index, bool all_indexed, unsigned live_percent) {
    auto uses = index.segments();
    if (!uses || uses->empty()) return std::nullopt;
    oldest_ = uses->front().number;
    std::optional<SegmentUse> best;
    for (const SegmentUse& use : *uses) {
        const bool indexed = use.number < index.position().segment || all_indexed;
        if (!indexed || use.number >= log_queue_.current_segment() || hopeless_.contains(use.number)) continue;
        const std::uint64_t live = live_bytes(use);
        if (live * 100 >= use.bytes * live_percent && live > 0) continue;
        // Cross-multiplied: the smallest part alive.
        if (!best || live * best->bytes < live_bytes(*best) * use.bytes) best = use;
    }
    return best;
}

Result<void> Compactor::begin(const SegmentUse& use) {
    segment_ = use.number;
    auto file = files_.segment(segment_);
    char bytes[kSegmentHeaderBytes] = {};
    if (file) {
        if (auto got = (*file)->read(0, std::span(bytes)); !got) return fail(std::move(got.error()));
    } else if (file.error().kind != ErrorKind::not_found) {
        return fail(std::move(file.error()));
    }
    auto header = decode_segment_header(std::string_view(bytes, sizeof bytes));
    if (!header) {
        give_up(header.error().detail);
        return {};
    }
    auto size = (*file)->size();
    if (!size) return fail(std::move(size.error()));
    header_ = *header;
    file_ = std::move(*file);
    size_ = *size;
    passes_ = 1;
    copied_ = 0;
    start_pass();
    log_.info("store.compaction_began",
              {{"segment", std::uint64_t{segment_}}, {"octets", use.bytes}, {"dead", use.dead}});
    return {};
}

void Compactor::start_pass() {
    reader_ = std::make_unique<LogReader>(*file_, header_.salt, kSegmentHeaderBytes, size_);
    phase_ = Phase::copying;
}

Result<void> Compactor::copy_some(Index& index) {
    std::vector<Operation> copies;
    std::uint64_t copied = 0;
    bool at_end = false;
    while (read_ < kPieceBytes * 4 && copied < kPieceBytes && !at_end) {
        auto item = reader_->next();
        if (!item) return fail(std::move(item.error()));
        read_ += item->end - item->offset;
        at_end = item->kind == LogItem::Kind::end;
        if (item->kind == LogItem::Kind::damage) give_up("a part of it is damaged");
        if (phase_ != Phase::copying) return {};
        if (item->kind != LogItem::Kind::record) continue;
        auto copy = copy_of(index, *item);
        if (!copy) return fail(std::move(copy.error()));
        if (phase_ != Phase::copying) return {};
        if (!*copy) continue;
        copied += item->end - item->offset;
        copies.push_back(std::move(**copy));
    }
    if (!copies.empty()) {
        if (auto done = log_queue_.write_and_wait(std::move(copies)); !done) {
            // Some may have been written: they are no longer where this segment has them, and the next pass skips them.
            start_pass();
            return done;
        }
    }
    copied_ += copied;
    if (at_end) phase_ = Phase::settling;
    return {};
}

Result<std::optional<Operation>> Compactor::copy_of(Index& index, const LogItem& item) {
    Operation copy;
    Record& record = copy.out.record;
    const Logged here{0, item.record, {segment_, item.offset}, item.head.body_offset(), item.end - item.offset};
    if (item.record.kind == RecordKind::retirement) return copy_of_retirement(index, here);
    if (!item.record.has_message()) {
        // What was deleted must stay so when the index is made anew, as long as the message may stand in an older
        // segment.
        if (segment_ == oldest_) return std::optional<Operation>{};
        record = item.record;
        copy.cost = item.end - item.offset;
        return std::optional<Operation>(std::move(copy));
    }
    auto holders = index.holders(here);
    if (!holders) return fail(std::move(holders.error()));
    if (holders->empty()) return std::optional<Operation>{};
    auto good = reader_->body_is_good(item);
    if (!good) return fail(std::move(good.error()));
    if (!*good) {
        give_up("message " + std::to_string(item.record.id) + " is damaged");
        return std::optional<Operation>{};
    }
    record = item.record;
    record.kind = RecordKind::move;
    record.maildrops.clear();
    record.ids.clear();
    for (const Holder& holder : *holders) {
        record.maildrops.push_back(holder.maildrop);
        record.ids.push_back(holder.hidden_by);
    }
    copy.out.raw.resize(static_cast<std::size_t>(item.head.body_length + 4 * cell_count(0, item.head.body_length)));
    auto got = file_->read(item.head.body_offset(), std::span(copy.out.raw));
    if (!got) return fail(std::move(got.error()));
    copy.cost = item.end - item.offset;
    return std::optional<Operation>(std::move(copy));
}

/// It stays known as long as its messages may be had back, even when nothing older is left: it says until when.
Result<std::optional<Operation>> Compactor::copy_of_retirement(Index& index, const Logged& here) {
    auto counts = index.has_retirement(here);
    if (!counts) return fail(std::move(counts.error()));
    if (!*counts) return std::optional<Operation>{};
    Operation copy;
    copy.out.record = here.record;
    // Those that were had back must not be hidden again by a record that comes after the one which says so.
    auto hidden = index.hidden(here.record.maildrops.front(), here.record.id);
    if (!hidden) return fail(std::move(hidden.error()));
    copy.out.record.ids.clear();
    for (const HiddenRow& row : *hidden) copy.out.record.ids.push_back(row.entry.id);
    copy.cost = here.length;
    return std::optional<Operation>(std::move(copy));
}

Result<void> Compactor::finish(Index& index) {
    auto uses = index.segments();
    if (!uses) return fail(std::move(uses.error()));
    const auto use = std::find_if(uses->begin(), uses->end(), [this](const auto& u) { return u.number == segment_; });
    if (use != uses->end() && use->bytes > use->dead + use->removals) {
        // A deletion that was on its way when its message was to be copied, and then failed.
        if (++passes_ > kMaxPasses) {
            give_up("it does not get empty");
            return {};
        }
        start_pass();
        return {};
    }
    if (auto done = cut_previous(); !done) return done;
    if (auto done = index.forget_segment(segment_); !done) return done;
    phase_ = Phase::removing;
    return {};
}

Result<void> Compactor::cut_previous() {
    // This segment's header says where the one before it ends. When the header goes, the file itself must say so.
    if (header_.previous == 0) return {};
    auto file = files_.system().open(files_.segment_path(header_.previous), OpenMode::write);
    if (!file && file.error().kind == ErrorKind::not_found) return {};
    if (!file) return fail(std::move(file.error()));
    auto size = (*file)->size();
    if (!size) return fail(std::move(size.error()));
    if (*size <= header_.previous_end) return {};
    if (auto done = (*file)->truncate(header_.previous_end); !done) return done;
    return (*file)->sync();
}

Result<void> Compactor::remove(Index& index) {
    // Only when the index cannot fall back to a state that needs the segment may it go.
    if (auto done = index.checkpoint(); !done) return done;
    if (auto done = files_.remove_segment(segment_); !done && done.error().kind != ErrorKind::not_found) return done;
    if (auto done = files_.system().sync_directory(files_.directory()); !done) return done;
    freed_bytes_ += size_ > copied_ ? size_ - copied_ : 0;
    log_.info("store.compaction_ended", {{"segment", std::uint64_t{segment_}}, {"octets", size_}, {"copied", copied_}});
    reader_.reset();
    file_.reset();
    phase_ = Phase::idle;
    return {};
}

void Compactor::give_up(const std::string& why) {
    hopeless_.insert(segment_);
    log_.error("store.compaction_gave_up", {{"segment", std::uint64_t{segment_}}, {"error", why}});
    reader_.reset();
    file_.reset();
    phase_ = Phase::idle;
}

}  // namespace restante::store

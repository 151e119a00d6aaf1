#include "store/recovery.hpp"

#include <algorithm>

namespace restante::store {

Result<Recovered> Recovery::run() {
    auto names = files_.system().list(files_.directory());
    if (!names) return fail(std::move(names.error()));
    if (auto done = find_segments(*names); !done) return fail(std::move(done.error()));
    const Position indexed = index_.position();
    recovered_.highest_id = index_.highest_id();
    for (const std::string& name : *names) {
        // Files are numbered by ids, too: one that lives must not be replaced after the clock was set back.
        const auto number = static_cast<MessageId>(StoreFiles::big_number(name).value_or(0));
        recovered_.highest_id = std::max(recovered_.highest_id, number);
    }
    recovered_.highest_number = indexed.segment;
    report_missing();
    for (Segment& segment : segments_) {
        recovered_.highest_number = std::max(recovered_.highest_number, segment.number);
        if (!segment.readable) continue;
        recovered_.highest_id = std::max(recovered_.highest_id, segment.header.highest_id);
        if (segment.number < indexed.segment) continue;
        const std::uint64_t begin = segment.number == indexed.segment ? indexed.offset : kSegmentHeaderBytes;
        if (auto done = replay(segment, begin, &segment == &segments_.back()); !done)
            return fail(std::move(done.error()));
    }
    recovered_.highest_id = std::max(recovered_.highest_id, index_.highest_id());
    if (auto done = sweep(*names, indexed.segment); !done) return fail(std::move(done.error()));
    return recovered_;
}

Result<void> Recovery::find_segments(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (const auto number = StoreFiles::segment_number(name)) segments_.emplace_back().number = *number;
    }
    std::sort(segments_.begin(), segments_.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    for (Segment& segment : segments_) {
        auto keep = open_segment(segment);
        if (!keep) return fail(std::move(keep.error()));
        if (!*keep) segment.number = 0;
    }
    std::erase_if(segments_, [](const Segment& segment) { return segment.number == 0; });
    // What stands behind the point where the next segment took over was never confirmed.
    for (const Segment& later : segments_) {
        for (Segment& segment : segments_) {
            if (later.readable && later.header.previous == segment.number && later.header.previous_end > 0) {
                segment.end = std::min(segment.end, later.header.previous_end);
            }
        }
    }
    for (Segment& segment : segments_) {
        // Cut for good, as the statement goes when the later segment is compacted away.
        if (!segment.readable || segment.size <= segment.end) continue;
        if (auto done = segment.file->truncate(segment.end); !done) return done;
        if (auto done = segment.file->sync(); !done) return done;
        segment.size = segment.end;
    }
    return {};
}

Result<bool> Recovery::open_segment(Segment& segment) {
    auto file = files_.system().open(files_.segment_path(segment.number), OpenMode::write);
    if (!file) return fail(std::move(file.error()));
    auto size = (*file)->size();
    if (!size) return fail(std::move(size.error()));
    segment.file = std::move(*file);
    segment.size = segment.end = *size;
    char bytes[kSegmentHeaderBytes] = {};
    if (auto got = segment.file->read(0, std::span(bytes)); !got) return fail(std::move(got.error()));
    auto header = decode_segment_header(std::string_view(bytes, sizeof bytes));
    if (!header && header.error().kind == ErrorKind::newer_version) return fail(std::move(header.error()));
    if (header) {
        segment.header = *header;
        segment.readable = true;
        return true;
    }
    if (*size <= kSegmentHeaderBytes && segment.number == segments_.back().number) {
        // The program ended while it made the segment: nothing can have been confirmed in it.
        segment.file.reset();
        if (auto gone = files_.system().remove(files_.segment_path(segment.number)); !gone)
            return fail(std::move(gone.error()));
        recovered_.highest_number = std::max(recovered_.highest_number, segment.number);
        return false;
    }
    damaged_ = true;
    log_.error("store.segment_unreadable",
               {{"segment", std::uint64_t{segment.number}}, {"error", std::string_view(header.error().detail)}});
    return true;
}

void Recovery::report_missing() {
    auto uses = index_.segments();
    if (!uses) return;
    for (const SegmentUse& use : *uses) {
        recovered_.highest_number = std::max(recovered_.highest_number, use.number);
        const bool there = std::any_of(segments_.begin(), segments_.end(),
                                       [&](const Segment& segment) { return segment.number == use.number; });
        if (!there && use.bytes > use.dead + use.removals) {
            damaged_ = true;
            log_.error("store.segment_missing", {{"segment", std::uint64_t{use.number}},
                                                 {"file", files_.segment_path(use.number)},
                                                 {"live_octets", use.bytes - use.dead - use.removals}});
        }
    }
}

Result<void> Recovery::replay(Segment& segment, std::uint64_t begin, bool is_last) {
    std::uint64_t end = segment.end;
    if (end < begin) {
        // Synced data is gone: going on here would put new records where the index believes old ones.
        damaged_ = true;
        log_.error("store.segment_short",
                   {{"segment", std::uint64_t{segment.number}}, {"octets", segment.size}, {"expected", begin}});
        return {};
    }
    if (is_last) {
        auto cut = find_cut(segment, begin);
        if (!cut) return fail(std::move(cut.error()));
        end = *cut;
        recovered_.end = {segment.number, end};
        if (segment.size > end) {
            log_.info("store.tail_cut", {{"segment", std::uint64_t{segment.number}}, {"octets", segment.size - end}});
            if (auto done = segment.file->truncate(end); !done) return done;
        }
        // Before the index may refer to it: what was read back from memory must be on the disk.
        if (auto done = segment.file->sync(); !done) return done;
    }
    LogReader reader(*segment.file, segment.header.salt, begin, end);
    for (;;) {
        auto item = reader.next();
        if (!item) return fail(std::move(item.error()));
        if (item->kind == LogItem::Kind::end) break;
        if (item->kind == LogItem::Kind::damage) {
            damaged_ = true;
            log_.error("store.log_damaged", {{"segment", std::uint64_t{segment.number}},
                                             {"offset", item->offset},
                                             {"octets", item->end - item->offset}});
            continue;
        }
        if (auto done = apply(*item, segment.number); !done) return done;
    }
    return flush({segment.number, end});
}

Result<std::uint64_t> Recovery::find_cut(Segment& segment, std::uint64_t begin) {
    // Only the last batch can be incomplete, and its records say where it began. So a fault before that place is damage
    // to confirmed data, which is kept; the first one behind it ends the log.
    LogReader reader(*segment.file, segment.header.salt, begin, segment.end);
    std::vector<std::uint64_t> faults;
    std::uint64_t durable = 0;
    std::uint64_t end = begin;
    for (;;) {
        auto item = reader.next();
        if (!item) return fail(std::move(item.error()));
        if (item->kind == LogItem::Kind::end) break;
        end = item->end;
        if (item->kind == LogItem::Kind::damage) {
            faults.push_back(item->offset);
            continue;
        }
        durable = std::max(durable, item->head.durable);
        auto good = reader.body_is_good(*item);
        if (!good) return fail(std::move(good.error()));
        if (!*good) faults.push_back(item->offset);
    }
    const auto first =
        std::find_if(faults.begin(), faults.end(), [durable](std::uint64_t at) { return at >= durable; });
    return first == faults.end() ? end : *first;
}

Result<void> Recovery::apply(const LogItem& item, std::uint32_t segment) {
    if (!begun_) {
        if (auto done = index_.begin(); !done) return done;
        begun_ = true;
    }
    Logged logged{0, item.record, {segment, item.offset}, item.head.body_offset(), item.end - item.offset};
    recovered_.highest_id = std::max(recovered_.highest_id, item.record.id);
    ++recovered_.replayed;
    if (auto done = index_.apply(logged); !done) {
        index_.rollback();
        begun_ = false;
        return done;
    }
    return ++in_batch_ >= batch_records_ ? flush({segment, item.end}) : Result<void>{};
}

Result<void> Recovery::flush(Position reached) {
    if (!begun_) {
        if (reached <= index_.position()) return {};
        if (auto done = index_.begin(); !done) return done;
    }
    begun_ = false;
    in_batch_ = 0;
    auto done = index_.commit(reached);
    if (!done) index_.rollback();
    return done;
}

Result<void> Recovery::sweep(const std::vector<std::string>& names, std::uint32_t indexed_before) {
    auto uses = index_.segments();
    if (!uses) return fail(std::move(uses.error()));
    auto big = index_.big_files();
    if (!big) return fail(std::move(big.error()));
    (void)index_.take_dead_big_files();  // swept here with the rest
    for (const Segment& segment : segments_) {
        // Compacted away, but its removal did not reach the disk.
        const bool used =
            std::any_of(uses->begin(), uses->end(), [&](const auto& use) { return use.number == segment.number; });
        if (used || !segment.readable || segment.number >= indexed_before) continue;
        if (auto done = files_.remove_segment(segment.number); !done) return done;
    }
    for (const std::string& name : names) {
        const auto number = StoreFiles::big_number(name);
        // With part of the log unreadable nobody can tell which large files are orphans.
        if (!number || damaged_ || std::binary_search(big->begin(), big->end(), *number)) continue;
        if (auto done = files_.remove_big(*number); !done) return done;
    }
    auto drafts = files_.system().list(files_.draft_directory());
    if (!drafts) return fail(std::move(drafts.error()));
    for (const std::string& name : *drafts) {
        if (auto done = files_.system().remove(files_.draft_directory() + "/" + name); !done) return done;
    }
    // A name that was removed must not come back later, with a header that contradicts the log.
    return files_.system().sync_directory(files_.directory());
}

}  // namespace restante::store

#include "store/log_writer.hpp"

#include <cstring>

#include "base/random.hpp"

namespace restante::store {
namespace {

// Pieces of one record's bytes; the strings they point into live until the write is done.
struct Encoded {
    std::string head;
    std::string tail;
};

Encoded encode_outgoing(Outgoing& out, std::uint64_t offset, std::uint64_t durable, std::uint64_t salt) {
    const std::string meta = encode_meta(out.record);
    Encoded encoded{encode_head(out.record, meta, offset, durable, salt), {}};
    const std::uint64_t body = out.record.body_length();
    out.length = record_length(meta.size(), body);
    out.body_offset = offset + kHeadBytes + meta.size();
    if (out.raw.empty()) {
        std::uint64_t cell = 0;
        for (const std::uint32_t sum : out.sums) {
            const std::uint32_t sealed = seal_cell(sum, static_cast<std::uint64_t>(out.record.id), cell++);
            encoded.tail.append(reinterpret_cast<const char*>(&sealed), sizeof sealed);
        }
    }
    const std::uint64_t written = kHeadBytes + meta.size() + body + 4 * cell_count(0, body);
    encoded.tail.append(out.length - written, '\0');
    return encoded;
}

void add_piece(std::vector<iovec>& pieces, const std::string& bytes) {
    if (!bytes.empty()) pieces.push_back({const_cast<char*>(bytes.data()), bytes.size()});
}

}  // namespace

LogWriter::LogWriter(StoreFiles& files, const Clock& clock, Log& log, Limits limits)
    : files_(files), clock_(clock), log_(log), limits_(limits) {}

Result<void> LogWriter::resume(Position end, std::uint32_t highest_number, MessageId highest_id) {
    highest_number_ = std::max(highest_number, end.segment);
    highest_id_ = highest_id;
    number_ = end.segment;
    end_ = end.offset;
    if (end.segment == 0) return {};  // the first batch starts a segment
    auto file = files_.system().open(files_.segment_path(end.segment), OpenMode::write);
    if (!file) return fail(std::move(file.error()));
    char header[kSegmentHeaderBytes];
    if (auto got = (*file)->read(0, std::span(header)); !got) return fail(std::move(got.error()));
    auto decoded = decode_segment_header(std::string_view(header, sizeof header));
    if (!decoded) return fail(std::move(decoded.error()));
    auto size = (*file)->size();
    if (!size) return fail(std::move(size.error()));
    if (*size > end.offset) {
        if (auto done = (*file)->truncate(end.offset); !done) return done;
    }
    // What a killed process had written but not synced was read back from memory: only now is it on the disk. And the
    // cut must be there before anything is written behind it, or old bytes could come back between new ones.
    if (auto done = (*file)->sync(); !done) return done;
    salt_ = decoded->salt;
    old_format_ = decoded->version < kFormatVersion;
    file_ = std::move(*file);
    return {};
}

Result<void> LogWriter::append(std::span<Outgoing* const> batch) {
    if (!accepting_)
        return fail(ErrorKind::io, "the store stopped accepting after a disk fault; restart it once the disk is well");
    if (!file_ || end_ >= limits_.segment_bytes || old_format_) {
        if (auto done = start_segment(); !done) return done;
    }
    std::uint64_t end = end_;
    if (auto done = write_batch(batch, end); !done) return fail(undo(std::move(done.error()), false));
    ++syncs_;
    if (auto done = file_->sync(); !done) return fail(undo(std::move(done.error()), true));
    end_ = end;
    for (const Outgoing* out : batch) highest_id_ = std::max(highest_id_, out->record.id);
    return {};
}

Result<void> LogWriter::close_segment() {
    if (!accepting_ || !file_ || end_ == kSegmentHeaderBytes) return {};
    return start_segment();
}

Result<void> LogWriter::write_batch(std::span<Outgoing* const> batch, std::uint64_t& end) {
    std::vector<Encoded> encoded;
    encoded.reserve(batch.size());
    std::vector<iovec> pieces;
    pieces.reserve(batch.size() * 4);
    for (Outgoing* out : batch) {
        out->at = {number_, end};
        const Encoded& now = encoded.emplace_back(encode_outgoing(*out, end, end_, salt_));
        end += out->length;
        add_piece(pieces, now.head);
        add_piece(pieces, out->prefix);
        if (out->draft && !out->draft->is_in_file()) {
            for (const std::string& block : out->draft->blocks()) add_piece(pieces, block);
        }
        add_piece(pieces, out->raw);
        add_piece(pieces, now.tail);
    }
    return file_->write(end_, pieces);
}

Error LogWriter::undo(Error cause, bool sync_failed) {
    // A failed write can be cut off again. A failed sync cannot be trusted to be repeated (the kernel may have dropped
    // the pages), so the segment ends where it was durable last, and a fresh one says so in its header.
    if (!sync_failed) {
        auto cut = file_->truncate(end_);
        if (cut) cut = file_->sync();
        if (cut) return cause;
    }
    log_.error("store.segment_abandoned",
               {{"segment", std::uint64_t{number_}}, {"end", end_}, {"error", std::string_view(cause.detail)}});
    if (auto started = start_segment(); !started) {
        accepting_ = false;
        log_.error("store.stopped_accepting", {{"error", std::string_view(started.error().detail)}});
    }
    return cause;
}

Result<void> LogWriter::start_segment() {
    const std::string random = random_bytes(sizeof(std::uint64_t));
    std::uint64_t salt = 0;
    std::memcpy(&salt, random.data(), sizeof salt);
    const std::uint32_t number = ++highest_number_;
    auto created = create_segment(number, salt);
    if (!created) (void)files_.system().remove(files_.segment_path(number));
    return created;
}

Result<void> LogWriter::create_segment(std::uint32_t number, std::uint64_t salt) {
    auto file = files_.system().open(files_.segment_path(number), OpenMode::create);
    if (!file) return fail(std::move(file.error()));
    SegmentHeader header;
    header.number = number;
    header.salt = salt;
    header.previous = number_;
    header.previous_end = end_;
    header.highest_id = highest_id_;
    header.created_at = to_micros(clock_.now());
    if (auto done = (*file)->write(0, encode(header)); !done) return done;
    if (auto done = (*file)->sync(); !done) return done;
    if (auto done = files_.system().sync_directory(files_.directory()); !done) return done;
    file_ = std::move(*file);
    number_ = number;
    salt_ = salt;
    end_ = kSegmentHeaderBytes;
    old_format_ = false;
    return {};
}

}  // namespace restante::store

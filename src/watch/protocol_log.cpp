#include "watch/protocol_log.hpp"

#include "base/text.hpp"

namespace restante::watch {
namespace {

constexpr std::size_t kMaxField = 1'000;
constexpr std::string_view kFields =
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";

void add_field(std::string& out, std::string_view text) {
    const std::string shown = escape_for_log(text, kMaxField);
    if (!out.empty()) out += ',';
    if (shown.find_first_of(",\"") == std::string::npos) {
        out += shown;
        return;
    }
    out += '"';
    for (const char c : shown) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

std::string encode_row(std::string_view connector, const ProtocolRow& row) {
    std::string out = to_rfc3339(row.at);
    add_field(out, connector);
    add_field(out, row.session);
    add_field(out, std::to_string(row.sequence));
    add_field(out, row.local);
    add_field(out, row.remote);
    add_field(out, std::string_view(&row.event, 1));
    add_field(out, row.data);
    add_field(out, row.context);
    out += "\r\n";
    return out;
}

ProtocolLog::ProtocolLog(std::string service, const Clock& clock, Log& log, Metrics& metrics)
    : service_(std::move(service)),
      clock_(clock),
      log_(log),
      dropped_(metrics.counter("protocol_log_dropped_total", "Rows the protocol log lost", {{"service", service_}})),
      files_(service_) {}

ProtocolLog::~ProtocolLog() { set({}); }

void ProtocolLog::set(ProtocolLogOptions options) {
    const std::scoped_lock one(changes_);
    const bool enable = options.enabled;
    {
        const std::scoped_lock lock(mutex_);
        if (enable) options_ = std::move(options);  // what waits goes where it was to go
        stopping_ = !enable;
    }
    enabled_ = enable;
    if (enable && !thread_.joinable()) thread_ = std::thread([this] { run(); });
    if (enable || !thread_.joinable()) return;
    arrived_.notify_one();
    thread_.join();
}

void ProtocolLog::add(const ProtocolRow& row) {
    if (!enabled_) return;
    std::string line = encode_row(service_, row);
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_) return;
        if (waiting_bytes_ + line.size() > options_.queue_bytes) {
            ++lost_;
        } else {
            wake = waiting_.empty();
            waiting_bytes_ += line.size();
            ++added_;
            waiting_.push_back(std::move(line));
        }
    }
    if (wake) arrived_.notify_one();
}

void ProtocolLog::flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t all = added_;
    written_.wait(lock, [&] { return done_ >= all || !thread_.joinable(); });
}

void ProtocolLog::run() {
    for (;;) {
        std::vector<std::string> rows;
        ProtocolLogOptions options;
        std::uint64_t lost = 0;
        bool last = false;
        {
            std::unique_lock lock(mutex_);
            arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            rows.swap(waiting_);
            waiting_bytes_ = 0;
            lost = std::exchange(lost_, 0);
            last = stopping_;
            options = options_;
        }
        const std::size_t count = rows.size();
        if (lost > 0) {
            dropped_.add(lost);
            rows.push_back(lost_row(lost));
        }
        write(rows, options);
        {
            const std::scoped_lock lock(mutex_);
            done_ += count;
        }
        written_.notify_all();
        if (last) break;
    }
    files_.close();
}

std::string ProtocolLog::lost_row(std::uint64_t lost) const {
    const std::string text = std::to_string(lost) + " rows were lost here: the disk could not keep up";
    ProtocolRow row;
    row.at = clock_.now();
    row.data = text;
    return encode_row(service_, row);
}

void ProtocolLog::write(const std::vector<std::string>& rows, const ProtocolLogOptions& options) {
    if (rows.empty()) return;
    const LogFiles::Limits limits{options.folder, options.rotation, options.file_bytes, options.total_bytes,
                                  options.keep};
    const Timestamp now = clock_.now();
    const std::string header = "#Software: Restante\r\n#Log-type: " + service_ +
                               " protocol log\r\n#Date: " + to_rfc3339(now) + "\r\n#Fields: " + std::string(kFields) +
                               "\r\n";
    std::string piece;
    // In pieces, so that a file does not grow far beyond its size.
    constexpr std::size_t kPiece = 64 * 1024;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        piece += rows[i];
        if (piece.size() < kPiece && i + 1 < rows.size()) continue;
        auto done = files_.append(piece, header, now, limits);
        piece.clear();
        if (done) {
            failing_ = false;
            continue;
        }
        dropped_.add(rows.size() - i);
        if (!failing_) log_.error("protocol_log.failed", {{"service", service_}, {"error", done.error().detail}});
        failing_ = true;
        return;
    }
}

}  // namespace restante::watch

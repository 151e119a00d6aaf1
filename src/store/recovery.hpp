#pragma once
// What stands in the directory at start: finds the end of the log and brings the index up to it.
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "store/index.hpp"
#include "store/log_reader.hpp"
#include "store/store_files.hpp"

namespace restante::store {

struct Recovered {
    Position end;                      // where the log goes on; segment 0: in a new segment
    std::uint32_t highest_number = 0;  // of any segment there ever was
    MessageId highest_id = 0;
    std::uint64_t replayed = 0;  // records
};

/// Removes what an interrupted run left over; changes nothing that was confirmed. Damage is logged and kept.
class Recovery {
public:
    Recovery(StoreFiles& files, Index& index, Log& log, std::size_t batch_records)
        : files_(files), index_(index), log_(log), batch_records_(batch_records) {}
    Result<Recovered> run();

private:
    struct Segment {
        std::uint32_t number = 0;
        std::uint64_t size = 0;
        std::uint64_t end = 0;  // of what may be confirmed
        bool readable = false;
        SegmentHeader header;
        std::unique_ptr<File> file;
    };
    Result<void> find_segments(const std::vector<std::string>& names);
    Result<bool> open_segment(Segment& segment);
    void report_missing();
    Result<void> replay(Segment& segment, std::uint64_t begin, bool is_last);
    Result<std::uint64_t> find_cut(Segment& segment, std::uint64_t begin);
    Result<void> apply(const LogItem& item, std::uint32_t segment);
    Result<void> flush(Position reached);
    Result<void> sweep(const std::vector<std::string>& names, std::uint32_t indexed_before);

    StoreFiles& files_;
    Index& index_;
    Log& log_;
    const std::size_t batch_records_;
    std::vector<Segment> segments_;  // ascending numbers
    Recovered recovered_;
    std::size_t in_batch_ = 0;
    bool begun_ = false;
    bool damaged_ = false;
};

}  // namespace restante::store

#include "pop3/line_buffer.hpp"

namespace restante::pop3 {

LineBuffer::Status LineBuffer::next(std::string_view& line, std::size_t limit) {
    const std::size_t end = data_.find('\n', begin_ + scanned_);
    if (end == std::string::npos) {
        scanned_ = data_.size() - begin_;
        if (discarding_ || scanned_ >= limit) return discard(scanned_);
        compact();
        return Status::none;
    }
    const std::size_t length = end + 1 - begin_;
    line = std::string_view(data_).substr(begin_, length - 1);
    last_had_cr_ = !line.empty() && line.back() == '\r';
    if (last_had_cr_) line.remove_suffix(1);
    begin_ = end + 1;
    scanned_ = 0;
    if (!discarding_ && length <= limit) return Status::line;
    discarding_ = false;
    discarded_ = 0;
    return Status::too_long;
}

LineBuffer::Status LineBuffer::discard(std::size_t count) {
    discarding_ = true;
    discarded_ += count;
    data_.clear();
    begin_ = scanned_ = 0;
    return discarded_ > max_discarded_ ? Status::flood : Status::none;
}

void LineBuffer::compact() {
    // An idle session must not keep the room of its last burst.
    constexpr std::size_t keep = 1024;
    if (data_.capacity() > keep)
        data_ = std::string(data_, begin_);
    else
        data_.erase(0, begin_);
    begin_ = 0;
}

void LineBuffer::clear() {
    data_ = {};
    begin_ = scanned_ = discarded_ = 0;
    discarding_ = false;
}

}  // namespace restante::pop3

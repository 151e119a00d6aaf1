#pragma once
// Bytes that were read and not yet used, in one contiguous block that the agent reads into without a copy.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace restante::smtp {

class InputBuffer {
public:
    explicit InputBuffer(std::size_t capacity) { reallocate(capacity); }

    /// Free room behind the unused bytes; may move them, so spans taken before become invalid.
    std::span<char> space() {
        if (begin_ == end_) begin_ = end_ = 0;
        if (end_ == capacity_ && begin_ > 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, size());
            end_ -= begin_;
            begin_ = 0;
        }
        return {bytes_.get() + end_, capacity_ - end_};
    }
    /// count bytes were written to space().
    void received(std::size_t count) { end_ += std::min(count, capacity_ - end_); }

    std::span<char> unused() { return {bytes_.get() + begin_, size()}; }
    std::size_t size() const { return end_ - begin_; }
    std::size_t capacity() const { return capacity_; }
    void consume(std::size_t count) { begin_ += std::min(count, size()); }
    void clear() { begin_ = end_ = 0; }

    /// Another capacity, never less than what is unused.
    void resize(std::size_t capacity) {
        if (capacity != capacity_) reallocate(std::max(capacity, size()));
    }

private:
    void reallocate(std::size_t capacity) {
        auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
        const std::size_t kept = size();
        if (kept > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, kept);
        bytes_ = std::move(bytes);
        capacity_ = capacity;
        begin_ = 0;
        end_ = kept;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace restante::smtp

#pragma once
// Little-endian numbers in a byte string, written and read with bounds.
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace restante::store {

static_assert(std::endian::native == std::endian::little, "the log's byte order is the machine's");

template <std::integral T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes values off the front; after the first failure everything fails.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : left_(bytes) {}
    template <std::integral T>
    T take() {
        T value{};
        if (left_.size() < sizeof value) {
            failed_ = true;
            left_ = {};
            return value;
        }
        std::memcpy(&value, left_.data(), sizeof value);
        left_.remove_prefix(sizeof value);
        return value;
    }
    std::string_view take_bytes(std::size_t count) {
        if (left_.size() < count) {
            failed_ = true;
            left_ = {};
            return {};
        }
        const auto out = left_.substr(0, count);
        left_.remove_prefix(count);
        return out;
    }
    std::size_t left() const { return left_.size(); }
    bool ok() const { return !failed_; }
    void reject() { failed_ = true; }

private:
    std::string_view left_;
    bool failed_ = false;
};

}  // namespace restante::store

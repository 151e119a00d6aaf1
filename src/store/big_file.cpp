#include "store/big_file.hpp"

#include "store/bytes.hpp"
#include "store/crc32c.hpp"
#include "store/record.hpp"

namespace restante::store {
namespace {
constexpr std::string_view kMagic = "RESTBIG\n";
}

std::string encode(const BigHeader& header) {
    std::string out(kMagic);
    put(out, kFormatVersion);
    put(out, std::uint32_t{0});
    put(out, header.number);
    put(out, header.start);
    put(out, header.size);
    out.resize(kBigHeaderBytes - 4, '\0');
    put(out, crc32c(out));
    return out;
}

Result<BigHeader> decode_big_header(std::string_view bytes) {
    if (bytes.size() < kBigHeaderBytes || !bytes.starts_with(kMagic)) {
        return fail(ErrorKind::corrupt, "a large message's file has no header");
    }
    ByteReader reader(bytes.substr(kMagic.size()));
    const auto version = reader.take<std::uint32_t>();
    if (version > kFormatVersion) return fail(ErrorKind::newer_version, "a large message has a newer format version");
    reader.take<std::uint32_t>();
    BigHeader header;
    header.number = reader.take<std::uint64_t>();
    header.start = reader.take<std::uint64_t>();
    header.size = reader.take<std::uint64_t>();
    ByteReader tail(bytes.substr(kBigHeaderBytes - 4));
    if (tail.take<std::uint32_t>() != crc32c(bytes.substr(0, kBigHeaderBytes - 4)) || header.start < kBigHeaderBytes ||
        header.start > kBigRoom) {
        return fail(ErrorKind::corrupt, "a large message's header fails its checksum");
    }
    return header;
}

}  // namespace restante::store

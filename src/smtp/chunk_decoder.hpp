#pragma once
// The octets of BDAT (RFC 3030): counted, so nothing in them can end the message. Line ends are judged here.
//
// A text that came in by BDAT may go out by DATA, where another server judges its line ends: what is refused there is
// refused here as well. Of a BINARYMIME body nothing is asked, of its header section all.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smtp/data_decoder.hpp"

namespace restante::smtp {

class ChunkDecoder {
public:
    using Fault = DataDecoder::Fault;

    /// max_size: octets of the whole message; what is beyond is read without output.
    ChunkDecoder(std::uint64_t max_size, bool binary) : max_size_(max_size), binary_(binary) {}

    /// Octets of a chunk, whichever; the same octets if they are to be kept, or none.
    std::string_view decode(std::string_view octets);
    /// The last chunk has been decoded.
    void finish();

    Fault fault() const { return fault_; }

private:
    bool good_header(std::string_view octets);

    const std::uint64_t max_size_;
    const bool binary_;
    std::uint64_t size_ = 0;
    std::size_t line_ = 0;  // octets of this line of the header; its CRLF not counted
    char last_ = ' ';       // octet
    bool in_header_ = true;
    Fault fault_ = Fault::none;
};

}  // namespace restante::smtp

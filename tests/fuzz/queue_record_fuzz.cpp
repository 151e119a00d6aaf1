// Envelopes of queued mail: any bytes are refused or give an envelope that can be written again.
#include <cstdlib>

#include "relay/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto record = restante::relay::decode_record({reinterpret_cast<const char*>(data), size});
    if (!record) return 0;
    const auto again = restante::relay::decode_record(restante::relay::encode_record(*record));
    if (!again || again->envelope.recipients.size() != record->envelope.recipients.size()) std::abort();
    return 0;
}

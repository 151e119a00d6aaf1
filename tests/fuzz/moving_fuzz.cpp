// What other servers left in files: lists of UIDLs, formats, lines of mboxes. Cut into pieces or whole, the same comes out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "moving/line_ends.hpp"
#include "moving/mbox.hpp"
#include "moving/uid_lists.hpp"
#include "moving/uidl_format.hpp"

using namespace restante::moving;

namespace {

template <class Machine>
std::string run(Machine machine, std::string_view bytes, std::size_t piece) {
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) machine.convert(bytes.substr(0, piece), out);
    machine.finish(out);
    return out;
}

template <class Machine>
void same_in_pieces(const Machine& machine, std::string_view bytes, std::size_t piece) {
    if (run(machine, bytes, std::max<std::size_t>(bytes.size(), 1)) != run(machine, bytes, piece)) std::abort();
}

void check_list(const restante::Result<UidList>& list) {
    if (!list) return;
    for (const auto& [name, entry] : list->files)
        if (name.empty() || name.find(':') != std::string::npos) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t piece = data[0] % 13 + 1;
    check_list(parse_dovecot_uidlist(bytes));
    check_list(parse_courier_sizelist(bytes));
    (void)parse_from_line(bytes);
    if (const auto format = UidlFormat::parse(bytes)) {
        const auto made = format->apply({27, 1'276'528'487, "1.host", "guid", "md5"});
        if (made && !is_uidl(*made)) std::abort();
    }
    same_in_pieces(LineEnds(), bytes, piece);
    for (const FromQuoting quoting : {FromQuoting::mboxrd, FromQuoting::mboxo, FromQuoting::none}) same_in_pieces(FromUnquoter(quoting), bytes, piece);
    const std::string wire = run(LineEnds(), bytes, piece);
    if (wire.size() > 2 * bytes.size() + 2 || (!wire.empty() && !wire.ends_with("\r\n"))) std::abort();
    return 0;
}

#include "mta/draft_reading.hpp"

#include <algorithm>

#include "mailauth/header_fields.hpp"

namespace restante::mta {
namespace {
constexpr std::size_t kPiece = 32 * 1024;
}

Result<std::string> read_header(store::Draft& draft, std::size_t most) {
    std::string out, piece(kPiece, '\0');
    mailauth::HeaderEnd end;
    while (out.size() < most) {
        const auto got = draft.read_at(out.size(), piece);
        if (!got) return fail(got.error());
        if (*got == 0) break;
        const std::size_t found = end.feed({piece.data(), *got});
        out.append(piece, 0, *got);
        if (found == std::string_view::npos) continue;
        out.resize(found);
        break;
    }
    return out;
}

Result<void> read_on(store::Draft& draft, std::uint64_t offset, const std::function<void(std::string_view)>& take) {
    std::string piece(kPiece, '\0');
    for (;;) {
        const auto got = draft.read_at(offset, piece);
        if (!got) return fail(got.error());
        if (*got == 0) return {};
        take({piece.data(), *got});
        offset += *got;
    }
}

Result<std::unique_ptr<store::Draft>> copy_without(store::Draft& draft, const std::vector<Cut>& cuts,
                                                   store::MessageStore& store) {
    auto copy = store.create_draft();
    if (!copy) return copy;
    std::uint64_t at = 0;
    auto cut = cuts.begin();
    Result<void> appended;
    const auto take = [&](std::string_view piece) {
        while (!piece.empty() && appended) {
            while (cut != cuts.end() && cut->second <= at) ++cut;
            const bool inside = cut != cuts.end() && cut->first <= at;
            const std::uint64_t until = cut == cuts.end() ? UINT64_MAX : inside ? cut->second : cut->first;
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), until - at));
            if (!inside) appended = (*copy)->append(piece.substr(0, count));
            piece.remove_prefix(count);
            at += count;
        }
    };
    if (auto read = read_on(draft, 0, take); !read) return fail(read.error());
    if (!appended) return fail(appended.error());
    return copy;
}

}  // namespace restante::mta

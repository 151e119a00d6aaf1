#include "store/maildrop_rows.hpp"

#include <algorithm>
#include <charconv>

#include "store/body_reader.hpp"

namespace restante::store {
namespace {

constexpr auto kById = [](const auto& item, MessageId id) {
    if constexpr (requires { item.id; }) {
        return item.id < id;
    } else {
        return item.first < id;
    }
};

}  // namespace

Entry Logged::entry() const {
    if (record.big != 0) return {record.id, record.size, kBigSegment, record.big};
    return {record.id, record.size, at.segment, body_offset};
}

void MaildropRows::apply(const Logged& logged, MaildropId maildrop) {
    switch (logged.record.kind) {
        case RecordKind::delivery:
            return put(logged.entry(), logged.record.uidl, false);
        case RecordKind::move:
            return move(logged, maildrop);
        case RecordKind::restoration:
            if (!logged.record.restored) return;  // copied forward: it has had its effect
            for (const HiddenRow& row : *logged.record.restored) put(row.entry, row.uidl, true);
            return;
        case RecordKind::removal:
        case RecordKind::retirement:
            return remove(logged.record.ids);
        case RecordKind::clearing:
            return clear_up_to(logged.record.id);
    }
}

void MaildropRows::move(const Logged& logged, MaildropId maildrop) {
    const auto& maildrops = logged.record.maildrops;
    const auto place = std::lower_bound(maildrops.begin(), maildrops.end(), maildrop);
    if (logged.record.hidden_by(static_cast<std::size_t>(place - maildrops.begin())) != 0) {
        return remove({logged.record.id});
    }
    put(logged.entry(), logged.record.uidl, true);
}

void MaildropRows::put(const Entry& entry, const std::string& uidl, bool moved) {
    // New messages come last, except when a record is applied again.
    auto place = entries.empty() || entries.back().id < entry.id
                     ? entries.end()
                     : std::lower_bound(entries.begin(), entries.end(), entry.id, kById);
    if (place != entries.end() && place->id == entry.id) {
        if (moved) *place = entry;
        return;
    }
    entries.insert(place, entry);
    if (uidl.empty()) return;
    const auto beside = std::lower_bound(uidls.begin(), uidls.end(), entry.id, kById);
    if (beside == uidls.end() || beside->first != entry.id) uidls.insert(beside, {entry.id, uidl});
}

void MaildropRows::remove(std::vector<MessageId> ids) {
    std::sort(ids.begin(), ids.end());
    const auto gone = [&ids](MessageId id) { return std::binary_search(ids.begin(), ids.end(), id); };
    std::erase_if(entries, [&](const Entry& entry) { return gone(entry.id); });
    std::erase_if(uidls, [&](const auto& uidl) { return gone(uidl.first); });
}

void MaildropRows::clear_up_to(MessageId id) {
    std::erase_if(entries, [id](const Entry& entry) { return entry.id <= id; });
    std::erase_if(uidls, [id](const auto& uidl) { return uidl.first <= id; });
}

const Entry* MaildropRows::find(MessageId id) const {
    const auto found = std::lower_bound(entries.begin(), entries.end(), id, kById);
    return found == entries.end() || found->id != id ? nullptr : &*found;
}

void MaildropRows::append_uidl(MessageId id, std::string& out) const {
    if (!uidls.empty()) {
        const auto found = std::lower_bound(uidls.begin(), uidls.end(), id, kById);
        if (found != uidls.end() && found->first == id) {
            out += found->second;
            return;
        }
    }
    out += uidl_of(id);
}

std::size_t MaildropRows::memory() const {
    constexpr std::size_t kUsualUidl = 40;  // counting each one would cost more than it tells
    return sizeof *this + entries.capacity() * sizeof(Entry) + uidls.capacity() * (sizeof(uidls.front()) + kUsualUidl);
}

std::string uidl_of(MessageId id) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out(16, '0');
    auto left = static_cast<std::uint64_t>(id);
    for (std::size_t i = 16; i-- > 0; left >>= 4) out[i] = kDigits[left & 15];
    return out;
}

std::optional<MessageId> id_of_uidl(std::string_view uidl) {
    if (uidl.size() != 16 || uidl.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    std::from_chars(uidl.data(), uidl.data() + uidl.size(), value, 16);
    return static_cast<MessageId>(value);
}

}  // namespace restante::store

#include "mta/unwanted_fields.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "mailauth/results.hpp"
#include "mta/draft_reading.hpp"

namespace restante::mta {
namespace {

constexpr std::array<std::string_view, 3> kSpamFields{"X-Spam-Flag", "X-Spam-Score", "X-Spam-Tests"};
constexpr std::array<std::string_view, 2> kBcc{"Bcc", "Resent-Bcc"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](std::string_view one) { return iequals(one, name); });
}

struct Cutting {
    FieldsCut count;
    std::unique_ptr<store::Draft> copy;  // null: there is nothing to cut
};

Result<Cutting> cut(store::Draft& draft, const UnwantedFields& unwanted, store::MessageStore& store) {
    auto bytes = read_header(draft, kHeaderMost);
    if (!bytes) return fail(bytes.error());
    const mailauth::HeaderFields header(std::move(*bytes));
    std::vector<Cut> cuts;
    const auto add = [&](const mailauth::RawField& field) { cuts.emplace_back(field.offset, field.offset + field.length); };
    for (const mailauth::RawField* field : mailauth::forged_results(header, unwanted.authserv_id)) add(*field);
    Cutting out;
    out.count.results = cuts.size();
    for (const mailauth::RawField& field : header.all())
        if ((unwanted.spam_fields && is_among(kSpamFields, field.name)) || (unwanted.bcc && is_among(kBcc, field.name))) add(field);
    out.count.others = cuts.size() - out.count.results;
    if (cuts.empty()) return out;
    std::ranges::sort(cuts);
    auto copy = copy_without(draft, cuts, store);
    if (!copy) return fail(copy.error());
    out.copy = std::move(*copy);
    return out;
}

}  // namespace

net::Task<Result<FieldsCut>> cut_unwanted(std::unique_ptr<store::Draft>& draft, UnwantedFields unwanted,
                                          store::MessageStore& store, net::WorkPool& work, std::uint64_t inline_octets) {
    const auto job = [&] { return cut(*draft, unwanted, store); };
    Result<Cutting> done = fail(Error{});
    if (draft->size() <= inline_octets)
        done = job();
    else
        done = co_await work.run(job);
    if (!done) co_return fail(done.error());
    if (done->copy) draft = std::move(done->copy);
    co_return done->count;
}

}  // namespace restante::mta

#include "work/types.hpp"

#include <array>

namespace restante::work {
namespace {

constexpr std::array kVisibility{"members", "everyone"};
constexpr std::array kItemKind{"task", "request"};
constexpr std::array kItemState{"open", "in_progress", "done", "cancelled"};
constexpr std::array kReason{"watcher", "assignee", "creator", "commenter"};
constexpr std::array kOrigin{"api", "mail"};

template <class E, std::size_t N>
Result<E> parse(const std::array<const char*, N>& words, std::string_view text, const char* what) {
    std::string all;
    for (std::size_t i = 0; i < N; ++i) {
        if (text == words[i]) return static_cast<E>(i);
        all += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    return fail(ErrorKind::invalid, std::string(what) + " must be one of " + all);
}

}  // namespace

const char* to_string(Visibility v) { return kVisibility.at(static_cast<std::size_t>(v)); }
const char* to_string(ItemKind v) { return kItemKind.at(static_cast<std::size_t>(v)); }
const char* to_string(ItemState v) { return kItemState.at(static_cast<std::size_t>(v)); }
const char* to_string(SubscriptionReason v) { return kReason.at(static_cast<std::size_t>(v)); }
const char* to_string(CommentOrigin v) { return kOrigin.at(static_cast<std::size_t>(v)); }

Result<Visibility> parse_visibility(std::string_view text) {
    return parse<Visibility>(kVisibility, text, "visibility");
}
Result<ItemKind> parse_item_kind(std::string_view text) { return parse<ItemKind>(kItemKind, text, "kind"); }
Result<ItemState> parse_item_state(std::string_view text) { return parse<ItemState>(kItemState, text, "state"); }

}  // namespace restante::work

// Any message through parsing, trimming and the token search: nothing typed is lost, nothing is found that was not
// sealed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "message/message.hpp"
#include "reply/judge.hpp"
#include "reply/tokens.hpp"
#include "reply/trim.hpp"

using namespace restante;

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}

std::size_t letters(std::string_view s) {
    return static_cast<std::size_t>(
        std::count_if(s.begin(), s.end(), [](char c) { return c != '\n' && c != ' ' && c != '\t' && c != '\r'; }));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const message::Message m = message::parse({reinterpret_cast<const char*>(data), size});
    const reply::Trimmed trimmed = reply::trim_reply(m.text, m.regions);
    require(letters(trimmed.visible) + letters(trimmed.trimmed) == letters(m.text));
    require(trim(m.text).empty() == trim(trimmed.visible).empty());
    const reply::TokenSeal seal("a key nobody knows");
    require(reply::find_tokens(m, seal).empty());
    const auto judgement = reply::judge_reply(m, {}, {}, false, {});
    require(!std::holds_alternative<reply::Accept>(judgement) && !std::holds_alternative<reply::Reject>(judgement));
    return 0;
}

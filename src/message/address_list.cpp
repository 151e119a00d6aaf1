#include "message/address_list.hpp"

#include "base/text.hpp"
#include "message/header.hpp"

namespace restante::message {
namespace {
/// What Address::parse takes, and besides any local part without blanks and control characters before a good domain.
std::optional<Address> lenient_address(std::string_view text) {
    if (auto address = Address::parse(text)) return std::move(*address);
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 128 || text.front() == '"') return std::nullopt;
    const std::string_view local = text.substr(0, at);
    const std::string_view domain = text.substr(at + 1);
    if (!is_domain_name(domain) || !is_valid_utf8(local)) return std::nullopt;
    for (const char c : local)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '@' || c == '"') return std::nullopt;
    return Address{std::string(local), to_lower(domain)};
}

/// `"a \"b\" c" d` without the quotes and backslashes.
std::string unquote_phrase(std::string_view phrase) {
    std::string out;
    for (std::size_t i = 0; i < phrase.size(); ++i) {
        if (phrase[i] == '"') continue;
        if (phrase[i] == '\\' && i + 1 < phrase.size()) ++i;
        out += phrase[i];
    }
    return out;
}

class ListParser {
public:
    ListParser(std::string text, const Limits& limits, Oddities& oddities)
        : text_(std::move(text)), limits_(limits), oddities_(oddities) {}

    std::vector<Mailbox> run() {
        for (at_ = 0; at_ < text_.size() && !full_; ++at_) take(text_[at_]);
        flush();
        return std::move(out_);
    }

private:
    void take(char c) {
        switch (c) {
            case '(':
                skip_comment();
                return;
            case '"':
                copy_quoted(in_angle_ ? angle_ : plain_);
                return;
            case '[':
                copy_literal(in_angle_ ? angle_ : plain_);
                return;
            case '<':
                if (!in_angle_) angle_.clear();
                in_angle_ = has_angle_ = true;
                return;
            case '>':
                in_angle_ = false;
                return;
            case ',':
                if (in_angle_ && !angle_.empty() && angle_.front() == '@') break;  // obsolete route <@a,@b:x@c>
                flush();
                return;
            case ';':
                flush();
                in_group_ = false;
                return;
            case ':':
                if (in_angle_) break;
                if (in_group_) oddities_.add(Oddity::nested_groups);
                in_group_ = true;
                reset();  // what stood before is the name of the group
                return;
            default:
                break;
        }
        if (!in_angle_)
            plain_ += c;
        else if (c != ' ')
            angle_ += c;
    }

    void skip_comment() {
        std::size_t depth = 1;
        const std::size_t start = at_ + 1;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\')
                ++at_;
            else if (text_[at_] == '(')
                ++depth;
            else if (text_[at_] == ')' && --depth == 0)
                break;
        }
        const std::size_t end = std::min(at_, text_.size());
        if (comment_.empty()) comment_ = text_.substr(start, end - start);
    }

    /// A domain literal may hold colons: [IPv6:2001:db8::1].
    void copy_literal(std::string& target) {
        const std::size_t end = text_.find_first_of("]<>,;", at_);
        if (end == std::string::npos || text_[end] != ']') {
            target += '[';
            return;
        }
        target.append(text_, at_, end - at_ + 1);
        at_ = end;
    }

    void copy_quoted(std::string& target) {
        target += '"';
        for (++at_; at_ < text_.size(); ++at_) {
            target += text_[at_];
            if (text_[at_] == '"') return;
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) target += text_[++at_];
        }
        target += '"';  // never closed: ends with the field
    }

    void flush() {
        std::string name;
        std::string address;
        if (has_angle_) {
            address = angle_;
            if (!address.empty() && address.front() == '@') {
                const std::size_t colon = address.find(':');
                address = colon == std::string::npos ? "" : address.substr(colon + 1);
            }
            name = plain_;
        } else {
            address = without_blanks(plain_);
            name = comment_;
        }
        const bool nothing = trim(address).empty();
        if (!nothing) add(name, address);
        reset();
    }

    /// Blanks around '.' and '@' are obsolete syntax; quoted ones belong to the local part.
    static std::string without_blanks(std::string_view s) {
        std::string out;
        bool quoted = false;
        for (std::size_t i = 0; i < s.size(); ++i) {
            if (s[i] == '"') quoted = !quoted;
            if (s[i] == '\\' && i + 1 < s.size()) out += s[i++];
            if (s[i] != ' ' || quoted) out += s[i];
        }
        // Two words with a blank between them and no dot or '@' there are no address.
        const std::string_view trimmed = trim(s);
        for (std::size_t i = 1; i + 1 < trimmed.size() && !trimmed.empty() && trimmed.front() != '"'; ++i) {
            if (trimmed[i] != ' ') continue;
            const std::size_t next = trimmed.find_first_not_of(' ', i);
            const bool joined = std::string_view(".@").find(trimmed[i - 1]) != std::string_view::npos ||
                                std::string_view(".@").find(trimmed[next]) != std::string_view::npos;
            if (!joined) return "?";
            i = next;
        }
        return out;
    }

    void add(const std::string& name, const std::string& address) {
        if (out_.size() >= limits_.max_addresses) {
            oddities_.add(Oddity::too_many_addresses);
            full_ = true;
            return;
        }
        auto parsed = lenient_address(address);
        if (!parsed) {
            oddities_.add(Oddity::bad_address);
            return;
        }
        out_.push_back({decode_words(unquote_phrase(name)), std::move(*parsed)});
    }

    void reset() {
        plain_.clear();
        angle_.clear();
        comment_.clear();
        in_angle_ = has_angle_ = false;
    }

    const std::string text_;
    const Limits& limits_;
    Oddities& oddities_;
    std::size_t at_ = 0;
    std::string plain_, angle_, comment_;
    bool in_angle_ = false, has_angle_ = false, in_group_ = false, full_ = false;
    std::vector<Mailbox> out_;
};
}  // namespace

std::vector<Mailbox> parse_mailboxes(std::string_view raw, const Limits& limits, Oddities& oddities) {
    return ListParser(unfold(raw), limits, oddities).run();
}

}  // namespace restante::message

#include "mailauth/dkim_sign.hpp"

#include <array>

#include "base/text.hpp"
#include "mailauth/dkim.hpp"

namespace restante::mailauth {
namespace {

constexpr std::size_t kLine = 72;  // octets of a folded line, without its tab

// What a reader sees or a mail program acts on. Trace fields change on the way and are left out (RFC 6376 5.4.1).
constexpr std::array<std::string_view, 15> kSigned{"from",
                                                   "sender",
                                                   "reply-to",
                                                   "to",
                                                   "cc",
                                                   "subject",
                                                   "date",
                                                   "message-id",
                                                   "in-reply-to",
                                                   "references",
                                                   "mime-version",
                                                   "content-type",
                                                   "content-transfer-encoding",
                                                   "content-disposition",
                                                   "content-id"};
// Lists add these under way: signed where they are, not where they are absent.
constexpr std::array<std::string_view, 6> kSignedIfThere{
    "list-id",        "list-unsubscribe",  "list-unsubscribe-post",
    "auto-submitted", "tls-report-domain", "tls-report-submitter"};  // the last two: RFC 8460 5.3

/// "tag=" and a value that may be folded anywhere, or only behind separator.
void append_folded(std::string& out, std::string_view tag, std::string_view value, char separator) {
    out.append("\r\n\t").append(tag);
    std::size_t column = tag.size();
    while (!value.empty()) {
        std::size_t take = separator == '\0' ? std::min(value.size(), kLine - std::min(column, kLine))
                                             : std::min(value.find(separator), value.size() - 1) + 1;
        if (column > tag.size() && column + take > kLine) take = 0;
        if (take == 0) {
            out += "\r\n\t ";
            column = 1;
            continue;
        }
        out.append(value.substr(0, take));
        column += take;
        value.remove_prefix(take);
    }
}

std::string seconds(Timestamp now) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

}  // namespace

std::vector<std::string> fields_to_sign(const HeaderFields& header) {
    std::vector<std::string> out;
    for (const std::string_view name : kSigned) out.insert(out.end(), header.named(name).size() + 1, std::string(name));
    for (const std::string_view name : kSignedIfThere)
        out.insert(out.end(), header.named(name).size(), std::string(name));
    return out;
}

std::string dkim_signature_field(const HeaderFields& header, const std::string& body_digest, const SigningKey& key,
                                 Timestamp now, std::chrono::seconds lifetime) {
    const std::vector<std::string> names = fields_to_sign(header);
    std::string list;
    for (const std::string& name : names) (list.empty() ? list : list += ':') += name;
    std::string out = "DKIM-Signature: v=1; a=";
    out.append(to_string(key.key.type())).append("-sha256; c=relaxed/relaxed;");
    out.append("\r\n\td=").append(key.domain).append("; s=").append(key.selector).append(";");
    out.append("\r\n\tt=").append(seconds(now)).append(";");
    if (lifetime.count() > 0) out.append(" x=").append(seconds(now + lifetime)).append(";");
    append_folded(out, "h=", list + ";", ':');
    out.append("\r\n\tbh=").append(base64_encode(body_digest)).append(";");
    const std::string signature = key.key.sign(header_digest(header, names, Canon::relaxed, out + "\r\n\tb="));
    append_folded(out, "b=", base64_encode(signature), '\0');
    return out + "\r\n";
}

}  // namespace restante::mailauth

#include "reply/phrases.hpp"

#include <unicode/ucasemap.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante::reply {
namespace {
using Words = std::string_view;

// Field names of the header block that a program puts over an embedded message; '|' between them.
constexpr Words kSender =
    "|from|von|de|da|van|fra|från|od|от|від|kimden|gönderen|差出人|发件人|寄件者|寄件人|보낸 "
    "사람|보낸사람|lähettäjä|feladó|"
    "odesílatel|odosielateľ|από|de "
    "la|saatja|nuo|no|מאת|من|expéditeur|remitente|mittente|absender|afzender|frá|送信者|dari|"
    "từ|จาก|pošiljatelj|пошиљалац|";
constexpr Words kOther =
    "|sent|date|to|subject|cc|bcc|reply-to|reply to|importance|priority|attachments|sent at|on behalf of|"
    "gesendet|datum|an|betreff|kopie|antwort an|antworten an|wichtigkeit|gesendet am|"
    "envoyé|à|a|objet|date d'envoi|envoyé le|répondre à|copie|sujet|destinataire|"
    "enviado|enviado el|fecha|para|asunto|responder a|enviado em|enviada em|enviada|data|assunto|enviado a|"
    "inviato|oggetto|risposta|rispondi a|data invio|verzonden|aan|onderwerp|beantwoorden|verstuurd|"
    "sendt|dato|til|emne|kopi|skickat|till|ämne|kopia|lähetetty|pvm|päivämäärä|vastaanottaja|aihe|kopio|päiväys|"
    "wysłano|do|dw|temat|wysłane|odpowiedz do|отправлено|дата|кому|тема|копия|надіслано|копія|"
    "odesláno|komu|předmět|posláno|odoslané|predmet|poslano|zadeva|za|küldve|elküldve|dátum|címzett|tárgy|küldés "
    "dátuma|"
    "gönderildi|tarih|kime|konu|bilgi|gönderme "
    "tarihi|送信日時|送信日|宛先|件名|日時|日付|发送时间|收件人|主题|抄送|日期|"
    "寄件日期|傳送時間|收件者|主旨|副本|發送時間|主題|보낸 날짜|날짜|받는 "
    "사람|받는사람|제목|참조|trimis|către|subiect|dată|"
    "ημερομηνία|προς|θέμα|στάλθηκε|κοιν|נשלח|אל|נושא|תאריך|إلى|الموضوع|تاريخ|التاريخ|kepada|subjek|tanggal|dikirim|"
    "ngày|đến|"
    "chủ đề|gửi|saadetud|kellele|teema|sent on|sendt den|";

// Folded. A line between dashes that holds one of these, or starts with one and ends in a colon.
constexpr std::array<std::string_view, 38> kOriginal{"original message",
                                                     "message d'origine",
                                                     "message original",
                                                     "ursprüngliche nachricht",
                                                     "originalnachricht",
                                                     "original-nachricht",
                                                     "originalmail",
                                                     "mensaje original",
                                                     "messaggio originale",
                                                     "messaggio inoltrato",
                                                     "oorspronkelijk bericht",
                                                     "origineel bericht",
                                                     "oprindelig meddelelse",
                                                     "original meddelelse",
                                                     "opprinnelig melding",
                                                     "ursprungligt meddelande",
                                                     "originalmeddelande",
                                                     "wiadomość oryginalna",
                                                     "oryginalna wiadomość",
                                                     "исходное сообщение",
                                                     "оригинальное сообщение",
                                                     "пересылаемое сообщение",
                                                     "mensagem original",
                                                     "alkuperäinen viesti",
                                                     "původní zpráva",
                                                     "eredeti üzenet",
                                                     "orijinal ileti",
                                                     "orijinal mesaj",
                                                     "元のメッセージ",
                                                     "原始邮件",
                                                     "原始郵件",
                                                     "원본 메시지",
                                                     "forwarded message",
                                                     "weitergeleitete nachricht",
                                                     "message transféré",
                                                     "mensaje reenviado",
                                                     "mensagem encaminhada",
                                                     "reply message"};
constexpr std::array<std::string_view, 9> kForwardedStarts{"begin forwarded message",
                                                           "anfang der weitergeleiteten nachricht",
                                                           "début du message réexpédié",
                                                           "début du message transféré",
                                                           "inizio messaggio inoltrato",
                                                           "inicio del mensaje reenviado",
                                                           "início da mensagem encaminhada",
                                                           "begin doorgestuurd bericht",
                                                           "vidarebefordrat brev"};
constexpr std::array<std::string_view, 4> kReplyAbove{"reply above this line", "write above this line",
                                                      "type your reply above", "respond above this line"};

constexpr std::array<std::string_view, 55> kSentFrom{"sent from",
                                                     "sent via",
                                                     "sent using",
                                                     "sent with",
                                                     "sent by my",
                                                     "get outlook for",
                                                     "get typeapp for",
                                                     "via mobile",
                                                     "gesendet von",
                                                     "gesendet mit",
                                                     "gesendet über",
                                                     "von meinem",
                                                     "von unterwegs gesendet",
                                                     "diese nachricht wurde von mein",
                                                     "envoyé de",
                                                     "envoyé depuis",
                                                     "envoyé à partir",
                                                     "envoyé avec",
                                                     "envoyé par",
                                                     "obtenir outlook",
                                                     "téléchargez outlook",
                                                     "enviado desde",
                                                     "enviado do",
                                                     "enviado de",
                                                     "enviado con",
                                                     "enviado a partir",
                                                     "enviado pelo",
                                                     "enviado via",
                                                     "obtener outlook",
                                                     "inviato da",
                                                     "inviato con",
                                                     "scarica outlook",
                                                     "verzonden vanaf",
                                                     "verzonden met",
                                                     "verstuurd vanaf",
                                                     "outlook voor",
                                                     "sendt fra",
                                                     "hent outlook",
                                                     "skickat från",
                                                     "hämta outlook",
                                                     "lähetetty",
                                                     "wysłano z",
                                                     "wysłane z",
                                                     "pobierz outlook",
                                                     "отправлено с",
                                                     "отправлено из",
                                                     "надіслано з",
                                                     "odesláno z",
                                                     "odesláno ze",
                                                     "trimis de pe",
                                                     "στάλθηκε από",
                                                     "发自我的",
                                                     "從我的",
                                                     "發自我的",
                                                     "从我的"};
constexpr std::array<std::string_view, 7> kSentFromEnds{
    "から送信", "에서 보냄", "'umdan gönderildi", "'dan gönderildi", "umdan gönderildi", "dan gönderildi", "gesendet"};

constexpr std::array<std::string_view, 47> kWrote{"wrote",
                                                  "writes",
                                                  "a écrit",
                                                  "écrit",
                                                  "schrieb",
                                                  "hat geschrieben",
                                                  "escribió",
                                                  "ha escrito",
                                                  "ha scritto",
                                                  "scrive",
                                                  "ha scrit",
                                                  "schreef",
                                                  "geschreven",
                                                  "skrev",
                                                  "napisał",
                                                  "pisze",
                                                  "napisal",
                                                  "napsal",
                                                  "napísal",
                                                  "је написао",
                                                  "je napisao",
                                                  "написал",
                                                  "пишет",
                                                  "написав",
                                                  "пише",
                                                  "escreveu",
                                                  "kirjoitti",
                                                  "írta",
                                                  "yazdı",
                                                  "写道",
                                                  "寫道",
                                                  "님이 작성",
                                                  "작성:",
                                                  "さんは書きました",
                                                  "は書きました",
                                                  "のメッセージ",
                                                  "さんが書きました",
                                                  "a scris",
                                                  "έγραψε",
                                                  "kirjutas",
                                                  "rašė",
                                                  "menulis",
                                                  "đã viết",
                                                  "เขียนว่า",
                                                  "כתב",
                                                  "كتب",
                                                  "va escriure"};

constexpr Words kStarters =
    "|on|at|le|el|il|am|den|op|em|en|w|dnia|dne|dňa|på|pe|ma|ti|ke|to|la|su|no|a|in|in "
    "data|vào|pada|dana|στις|ב|kl|tor|tir|ons|fre|lør|søn|man|the|";

bool listed(Words words, std::string_view word) {
    if (word.empty() || word.find('|') != std::string_view::npos) return false;
    return words.find('|' + std::string(word) + '|') != std::string_view::npos;
}

template <std::size_t N>
bool contains_any(const std::array<std::string_view, N>& phrases, std::string_view line) {
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view p) { return line.find(p) != std::string_view::npos; });
}
template <std::size_t N>
bool starts_with_any(const std::array<std::string_view, N>& phrases, std::string_view line) {
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view p) { return line.substr(0, p.size()) == p; });
}
template <std::size_t N>
bool ends_with_any(const std::array<std::string_view, N>& phrases, std::string_view line) {
    return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view p) {
        return line.size() >= p.size() && line.substr(line.size() - p.size()) == p;
    });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Opened once: it never changes and any thread may read it.
const UCaseMap* case_map() {
    static const UCaseMap* const map = [] {
        UErrorCode status = U_ZERO_ERROR;
        return ucasemap_open("", U_FOLD_CASE_DEFAULT, &status);
    }();
    return map;
}

std::string fold_case(std::string_view s) {
    const bool ascii = std::none_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (ascii || case_map() == nullptr) return to_lower(s);
    std::string out(s.size() * 3 + 8, '\0');
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length = ucasemap_utf8ToLower(case_map(), out.data(), static_cast<std::int32_t>(out.size()),
                                                     s.data(), static_cast<std::int32_t>(s.size()), &status);
    if (U_FAILURE(status)) return to_lower(s);
    out.resize(static_cast<std::size_t>(length));
    return out;
}

/// The word before the colon of a header line.
std::string_view header_word(std::string_view line) {
    const std::size_t colon = line.find(':');
    return colon == std::string_view::npos || colon > 40 ? std::string_view{} : trim(line.substr(0, colon));
}

std::string_view without_link(std::string_view line) { return trim(line.substr(0, line.find_first_of("<["))); }
}  // namespace

std::string plain_line(std::string_view line) {
    std::string out;
    bool blank = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const std::string_view two = line.substr(i, 2);
        const std::string_view three = line.substr(i, 3);
        std::size_t skip = 0;
        std::string_view add = line.substr(i, 1);
        if (line[i] == ' ' || line[i] == '\t') skip = 1;
        if (two == "\xC2\xA0") skip = 2;                                   // no-break space
        if (three == "\xE2\x80\xAF" || three == "\xE3\x80\x80") skip = 3;  // narrow no-break, ideographic space
        if (skip > 0) {
            blank = true;
            i += skip - 1;
            continue;
        }
        // Emphasis, zero-width and direction marks.
        if (line[i] == '*') continue;
        if (three >= "\xE2\x80\x8B" && three <= "\xE2\x80\x8F") {
            i += 2;
            continue;
        }
        if (three >= "\xE2\x80\xAA" && three <= "\xE2\x80\xAE") {
            i += 2;
            continue;
        }
        if (three == "\xEF\xBB\xBF") {
            i += 2;
            continue;
        }
        if (three == "\xEF\xBC\x9A") {
            add = ":";
            i += 2;
        }
        if (three == "\xE2\x80\x99") {
            add = "'";
            i += 2;
        }
        if (blank && !out.empty()) out += ' ';
        blank = false;
        out += add;
    }
    return fold_case(out);
}

bool names_sender(std::string_view line) { return listed(kSender, header_word(line)); }

bool names_header(std::string_view line) { return names_sender(line) || listed(kOther, header_word(line)); }

bool is_original_marker(std::string_view line) {
    if (line.size() > 120) return false;
    if (contains_any(kReplyAbove, line)) return true;
    if (starts_with_any(kForwardedStarts, line) && line.back() == ':') return true;
    const std::size_t dashes = std::min(line.find_first_not_of("-_="), line.size());
    const std::size_t end = line.find_last_not_of("-_=");
    if (dashes < 2 || end == std::string_view::npos || line.size() - 1 - end < 2) return false;
    return contains_any(kOriginal, line);
}

bool is_sent_from(std::string_view line) {
    const std::string_view text = without_link(line);
    if (text.empty() || text.size() > 80 || std::count(text.begin(), text.end(), ' ') > 9) return false;
    // "Sent from my desk, which is quieter": a sentence, not a line that a program adds.
    if (text.find(", ") != std::string_view::npos) return false;
    if (ends_with_any(kSentFromEnds, text))
        return text.find(' ') == std::string_view::npos || text.find("phone") != std::string_view::npos ||
               text.find("ipad") != std::string_view::npos || text.find("android") != std::string_view::npos;
    return starts_with_any(kSentFrom, text);
}

bool has_wrote(std::string_view line) {
    for (const std::string_view verb : kWrote) {
        const std::size_t at = line.find(verb);
        if (at == std::string_view::npos) continue;
        const auto before = at == 0 ? ' ' : line[at - 1];
        if (verb[0] < 0 || before == ' ' || before == '/' || before == '>' || before == '"' || before == ',' ||
            before == ')')
            return true;
    }
    return false;
}

bool has_date(std::string_view line) {
    for (std::size_t i = 0; i + 2 < line.size(); ++i) {
        if (!is_digit(line[i]) || (i > 0 && is_digit(line[i - 1]))) continue;
        std::size_t end = i;
        while (end < line.size() && is_digit(line[end])) ++end;
        const std::string_view number = line.substr(i, end - i);
        if (number.size() == 4 && (number.substr(0, 2) == "20" || number.substr(0, 2) == "19")) return true;
        const bool separated = end + 1 < line.size() &&
                               std::string_view(":./-").find(line[end]) != std::string_view::npos &&
                               is_digit(line[end + 1]);
        if (separated && number.size() <= 2) return true;
    }
    return false;
}

bool starts_attribution(std::string_view line) {
    while (!line.empty() && (line[0] == '-' || line[0] == ' ')) line.remove_prefix(1);
    const std::size_t digit = line.find_first_of("0123456789");
    if (digit == std::string_view::npos) return false;
    std::string_view first = line.substr(0, line.find_first_of(" .,"));
    if (listed(kStarters, first)) return digit <= 60;
    return has_date(line) && digit <= 30;
}

bool is_rule(std::string_view line) {
    return line.size() >= 2 && line.find_first_not_of("_-=") == std::string_view::npos;
}

}  // namespace restante::reply

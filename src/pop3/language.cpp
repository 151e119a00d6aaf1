#include "pop3/language.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "pop3/reply.hpp"

namespace restante::pop3 {
namespace {

constexpr std::array kLanguages{LanguageName{Language::english, "en", "English"},
                                LanguageName{Language::german, "de", "Deutsch"}};

struct Pair {
    std::string_view english, german;
};

// UTF-8 (RFC 6856 3.2). What the service itself refuses stands behind what the machine refuses.
constexpr std::array kTexts{
    Pair{says::unknown_command.text, "Unbekannter Befehl"},
    Pair{says::syntax_error.text, "Fehler in den Argumenten"},
    Pair{says::wrong_state.text, "Dieser Befehl ist jetzt nicht erlaubt"},
    Pair{says::line_too_long.text, "Zeile zu lang"},
    Pair{says::too_many_errors.text, "Zu viele Fehler, die Verbindung wird beendet"},
    Pair{says::tls_first.text, "Kennwörter werden nur unter TLS angenommen: zuerst STLS"},
    Pair{says::binding_needed.text, "Anmeldungen müssen hier an TLS gebunden sein: AUTH SCRAM-SHA-256-PLUS"},
    Pair{says::tls_active.text, "TLS ist schon aktiv"},
    Pair{says::tls_not_offered.text, "TLS wird hier nicht angeboten"},
    Pair{says::tls_before_utf8.text, "STLS muss vor UTF8 kommen"},
    Pair{says::unknown_mechanism.text, "Dieses Verfahren wird nicht angeboten"},
    Pair{says::unknown_language.text, "Diese Sprache gibt es hier nicht"},
    Pair{says::bad_base64.text, "Kein Base64"},
    Pair{says::cancelled.text, "Anmeldung abgebrochen"},
    Pair{says::no_such_message.text, "Diese Nachricht gibt es nicht"},
    Pair{says::deleted_message.text, "Diese Nachricht ist als gelöscht markiert"},
    Pair{"Marked as deleted", "Als gelöscht markiert"},
    Pair{"Deleted and done", "Gelöscht, auf Wiedersehen"},
    Pair{"Goodbye", "Auf Wiedersehen"},
    Pair{"Begin TLS negotiation", "TLS kann beginnen"},
    Pair{"Capability list follows", "Liste der Fähigkeiten folgt"},
    Pair{"Languages follow", "Sprachen folgen"},
    Pair{"UTF-8 enabled", "UTF-8 ist eingeschaltet"},
    Pair{"Too many connections, try again later", "Zu viele Verbindungen, bitte später wieder versuchen"},
    Pair{"Wrong user name or password", "Benutzername oder Kennwort ist falsch"},
    Pair{"Logins cannot be checked now, try again later",
         "Anmeldungen können gerade nicht geprüft werden, bitte später wieder versuchen"},
    Pair{"Logins cannot be checked, ask the administrator",
         "Anmeldungen können nicht geprüft werden, bitte den Administrator fragen"},
    Pair{"Too many wrong passwords lately, try again later",
         "Zu viele falsche Kennwörter, bitte später wieder versuchen"},
    Pair{"Too many sessions of this account", "Zu viele Sitzungen dieses Kontos"},
    Pair{"Your last login was a moment ago, try again later",
         "Die letzte Anmeldung ist noch nicht lange her, bitte später wieder versuchen"},
    Pair{"Maildrop is in use by another session", "Das Postfach wird von einer anderen Sitzung benutzt"},
    Pair{"Maildrop cannot be opened now, try again later",
         "Das Postfach kann gerade nicht geöffnet werden, bitte später wieder versuchen"},
    Pair{"Maildrop cannot be opened, ask the administrator",
         "Das Postfach kann nicht geöffnet werden, bitte den Administrator fragen"},
    Pair{"Message cannot be read now, try again later",
         "Die Nachricht kann gerade nicht gelesen werden, bitte später wieder versuchen"},
    Pair{"Message cannot be read, ask the administrator",
         "Die Nachricht kann nicht gelesen werden, bitte den Administrator fragen"},
    Pair{"Nothing was deleted, try again later", "Nichts wurde gelöscht, bitte später wieder versuchen"},
    Pair{"Nothing was deleted, ask the administrator", "Nichts wurde gelöscht, bitte den Administrator fragen"},
};

}  // namespace

std::span<const LanguageName> languages() { return kLanguages; }

std::optional<Language> find_language(std::string_view tag) {
    if (tag == "*" || iequals(tag, "i-default")) return Language::english;
    for (std::string_view range = tag; !range.empty();) {
        for (const LanguageName& one : kLanguages)
            if (iequals(one.tag, range)) return one.language;
        const std::size_t cut = range.rfind('-');
        if (cut == std::string_view::npos) break;
        range = range.substr(0, cut);
    }
    return std::nullopt;
}

std::string_view translated(std::string_view english, Language language) {
    if (language == Language::english) return english;
    const auto found =
        std::find_if(kTexts.begin(), kTexts.end(), [english](const Pair& p) { return p.english == english; });
    return found == kTexts.end() ? english : found->german;
}

void translate_answer(std::string& output, std::size_t from, Language language) {
    if (language == Language::english || output.size() <= from) return;
    const std::string_view line = std::string_view(output).substr(from, output.find('\r', from) - from);
    std::size_t begin = line.find(' ');
    if (begin == std::string_view::npos || line.starts_with("+ ")) return;
    ++begin;
    if (line.substr(begin).starts_with('[')) begin = line.find("] ", begin) + 2;
    const std::string_view text = line.substr(begin);
    const std::string_view other = translated(text, language);
    if (other.data() != text.data()) output.replace(from + begin, text.size(), other);
}

}  // namespace restante::pop3

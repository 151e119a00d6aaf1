#include "filter/spam_filter.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::filter {
namespace {

constexpr std::array<db::Migration, 1> kMigrations{{{"filter", 1,
                                                     "CREATE TABLE filter_lessons ("
                                                     " id BIGINT PRIMARY KEY,"
                                                     " digest TEXT NOT NULL UNIQUE,"  // of what makes the message another one
                                                     " kind TEXT NOT NULL,"
                                                     " sender TEXT NOT NULL,"
                                                     " subject TEXT NOT NULL,"
                                                     " features BLOB NOT NULL,"  // eight octets each, lowest first
                                                     " taught_at BIGINT NOT NULL,"
                                                     " taught_by TEXT NOT NULL)"}}};

constexpr const char* kLessonColumns = "SELECT id, kind, sender, subject, taught_at, taught_by FROM filter_lessons ";
constexpr std::size_t kShown = 200;              // octets of sender and subject
constexpr std::int64_t kDroppedAtOnce = 100;     // lessons, so that one does not hold up everybody's writes

std::string packed(const std::vector<Feature>& features) {
    std::string out;
    out.reserve(features.size() * 8);
    for (const Feature feature : features)
        for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>(feature >> shift & 0xFFU);
    return out;
}

std::vector<Feature> unpacked(std::string_view bytes) {
    std::vector<Feature> out(bytes.size() / 8);
    for (std::size_t i = 0; i < out.size() * 8; ++i)
        out[i / 8] |= static_cast<Feature>(static_cast<unsigned char>(bytes[i])) << (i % 8 * 8);
    return out;
}

Class class_of(std::string_view text) { return text == "spam" ? Class::spam : Class::ham; }

Lesson read_lesson(const db::Row& row) {  // of kLessonColumns
    return {row.integer(0), class_of(row.text(1)), std::string(row.text(2)), std::string(row.text(3)), from_micros(row.integer(4)),
            std::string(row.text(5))};
}

/// Characters that turn the direction of what stands behind them, or end a line for some programs.
bool is_unsafe(std::string_view character) {
    return character.starts_with("\xE2\x80") && character.size() == 3
               ? (character[2] >= '\x8E' && character[2] <= '\x8F') || (character[2] >= '\xA8' && character[2] <= '\xAE')
               : character.starts_with("\xE2\x81") && character.size() == 3 && character[2] >= '\xA6' && character[2] <= '\xA9';
}

/// For tables and the audit: at most kShown octets, no character cut.
std::string shortened(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
        if (end - at + out.size() > kShown) break;
        if (!is_unsafe(text.substr(at, end - at))) out += text.substr(at, end - at);
        at = end;
    }
    return out;
}

/// The header, and of the body as much as is looked at: padding in the header does not push the text out of sight.
message::Message parse_start(std::string_view bytes, const Options& options) {
    std::size_t header = bytes.find("\r\n\r\n");
    if (header == std::string_view::npos) header = bytes.find("\n\n");
    return message::parse(bytes.substr(0, header == std::string_view::npos ? bytes.size() : header + options.inspected_octets));
}

bool is_mail(const message::Message& message) {
    return std::ranges::any_of(std::array{"From", "Date", "Subject", "Received", "Message-ID"},
                               [&](const char* name) { return message.find(name) != nullptr; });
}

std::string object_of(std::int64_t id) { return "lesson " + std::to_string(id); }

}  // namespace

SpamFilter::SpamFilter(Parts parts, Options options)
    : parts_(std::move(parts)), options_(std::make_shared<const Options>(std::move(options))) {}

Result<std::unique_ptr<SpamFilter>> SpamFilter::open(Parts parts, Options options) {
    if (auto migrated = parts.database.migrate(kMigrations); !migrated) return fail(std::move(migrated.error()));
    std::unique_ptr<SpamFilter> out(new SpamFilter(std::move(parts), std::move(options)));
    if (auto loaded = out->load(); !loaded) return fail(std::move(loaded.error()));
    return out;
}

Result<> SpamFilter::load() {
    return parts_.database.read([&](db::Session& session) {
        return session.query("SELECT kind, features FROM filter_lessons", {}, [&](const db::Row& row) {
            model_.learn(unpacked(row.text(1)), class_of(row.text(0)));
        });
    });
}

void SpamFilter::set(Options options) {
    auto next = std::make_shared<const Options>(std::move(options));
    const std::scoped_lock lock(options_mutex_);
    options_ = std::move(next);
}

std::shared_ptr<const Options> SpamFilter::options() const {
    const std::scoped_lock lock(options_mutex_);
    return options_;
}

Verdict SpamFilter::judge(std::string_view bytes, const Circumstances& circumstances, std::size_t clues) const {
    const auto options = this->options();
    const message::Message message = parse_start(bytes, *options);
    const auto features = features_of(message, clues > 0);
    const std::shared_lock lock(model_mutex_);
    return filter::judge(message, features, circumstances, model_, *options, clues);
}

Result<std::vector<SpamFilter::Known>> SpamFilter::drop_oldest(db::Session& session, Class kind, std::size_t limit) {
    std::vector<Known> out;
    const auto all = session.integer("SELECT COUNT(*) FROM filter_lessons WHERE kind = $1", {std::string_view(to_string(kind))});
    if (!all) return fail(all.error());
    const std::int64_t surplus = std::min(all->value_or(0) - static_cast<std::int64_t>(limit), kDroppedAtOnce);
    if (surplus <= 0) return out;
    auto read = session.query("SELECT id, features FROM filter_lessons WHERE kind = $1 ORDER BY id LIMIT $2",
                              {std::string_view(to_string(kind)), surplus}, [&](const db::Row& row) {
                                  out.push_back({row.integer(0), kind, unpacked(row.text(1))});
                              });
    if (!read) return fail(std::move(read.error()));
    for (const Known& known : out)
        if (auto removed = session.execute("DELETE FROM filter_lessons WHERE id = $1", {known.id}); !removed)
            return fail(std::move(removed.error()));
    return out;
}

Result<Taught> SpamFilter::teach(std::string_view bytes, Class kind, const std::string& actor) {
    const auto options = this->options();
    const message::Message message = parse_start(bytes, *options);
    std::vector<Feature> features;
    for (const FeatureText& feature : features_of(message, false)) features.push_back(feature.feature);
    if (features.empty() || !is_mail(message))
        return fail(ErrorKind::invalid, "this is no mail: it has neither From nor Subject, Date, Received or Message-ID, or nothing to learn");
    std::sort(features.begin(), features.end());
    const std::string octets = packed(features);
    const std::string digest = to_hex(sha256(octets + message.subject + '\0' + message.text));

    const std::scoped_lock changing(changes_);
    Taught out;
    out.lesson = {parts_.ids.next(), kind, message.from.empty() ? "" : shortened(message.from.front().address.to_string()),
                  shortened(message.subject), parts_.clock.now(), actor};
    std::vector<Known> dropped;
    auto written = parts_.database.write([&](db::Session& session) -> Result<> {
        std::optional<Lesson> old;
        auto found = session.query(std::string(kLessonColumns) + "WHERE digest = $1", {std::string_view(digest)},
                                   [&](const db::Row& row) { old = read_lesson(row); });
        if (!found) return found;
        if (old) out.before = old->kind;
        if (out.before == kind) {
            out.lesson = std::move(*old);
            return {};
        }
        if (auto removed = session.execute("DELETE FROM filter_lessons WHERE digest = $1", {std::string_view(digest)}); !removed)
            return fail(std::move(removed.error()));
        const Lesson& lesson = out.lesson;
        auto inserted = session.execute("INSERT INTO filter_lessons VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                                        {lesson.id, std::string_view(digest), std::string_view(to_string(kind)),
                                         std::string_view(lesson.sender), std::string_view(lesson.subject), db::Blob{octets},
                                         to_micros(lesson.taught_at), std::string_view(lesson.taught_by)});
        if (!inserted) return fail(std::move(inserted.error()));
        auto oldest = drop_oldest(session, kind, options->training_limit);
        if (!oldest) return fail(std::move(oldest.error()));
        dropped = std::move(*oldest);
        const std::string detail = std::string(to_string(kind)) + ": " + lesson.subject + " (from " + lesson.sender + ")" +
                                   (out.before ? std::string(", was ") + to_string(*out.before) : "");
        return parts_.audit(session, actor, "spam.teach", object_of(lesson.id), detail);
    });
    if (!written) return fail(std::move(written.error()));
    if (out.before == kind) return out;
    {
        const std::unique_lock lock(model_mutex_);
        if (out.before) model_.unlearn(features, *out.before);
        model_.learn(features, kind);
    }
    for (const Known& known : dropped) {  // one at a time: connections wait for this lock
        const std::unique_lock lock(model_mutex_);
        model_.unlearn(known.features, known.kind);
    }
    return out;
}

Result<> SpamFilter::forget(std::int64_t id, const std::string& actor) {
    const std::scoped_lock changing(changes_);
    std::optional<Known> known;
    auto written = parts_.database.write([&](db::Session& session) -> Result<> {
        auto found = session.query("SELECT kind, features FROM filter_lessons WHERE id = $1", {id}, [&](const db::Row& row) {
            known = Known{id, class_of(row.text(0)), unpacked(row.text(1))};
        });
        if (!found) return found;
        if (!known) return fail(ErrorKind::not_found, "no lesson " + std::to_string(id));
        if (auto removed = session.execute("DELETE FROM filter_lessons WHERE id = $1", {id}); !removed)
            return fail(std::move(removed.error()));
        return parts_.audit(session, actor, "spam.forget", object_of(id), to_string(known->kind));
    });
    if (!written) return written;
    const std::unique_lock lock(model_mutex_);
    model_.unlearn(known->features, known->kind);
    return {};
}

Result<std::vector<Lesson>> SpamFilter::lessons(std::int64_t before, std::size_t most) {
    std::vector<Lesson> out;
    const std::int64_t newest = before == 0 ? INT64_MAX : before;
    auto read = parts_.database.read([&](db::Session& session) {
        return session.query(std::string(kLessonColumns) + "WHERE id < $1 ORDER BY id DESC LIMIT $2",
                             {newest, static_cast<std::int64_t>(most)}, [&](const db::Row& row) { out.push_back(read_lesson(row)); });
    });
    if (!read) return fail(std::move(read.error()));
    return out;
}

SpamFilter::Counts SpamFilter::counts() const {
    const std::shared_lock lock(model_mutex_);
    return {model_.messages(Class::spam), model_.messages(Class::ham), model_.features()};
}

}  // namespace restante::filter

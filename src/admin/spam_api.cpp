// The spam filter: what it was taught, and what it says of a message.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "admin/router.hpp"
#include "base/text.hpp"
#include "filter/spam_filter.hpp"

namespace restante::admin {
namespace {

constexpr const char* kMessage = "message/rfc822";
constexpr std::size_t kHeaderMost = 1 << 20;  // octets, as the parser
constexpr std::size_t kClues = 15;  // told of a judgement

json::object write_lesson(const filter::Lesson& lesson) {
    return {{"id", id_json(lesson.id)},     {"kind", to_string(lesson.kind)},             {"sender", lesson.sender},
            {"subject", lesson.subject},    {"taught_at", to_rfc3339(lesson.taught_at)},  {"taught_by", lesson.taught_by}};
}

json::object write_finding(const filter::Finding& finding) {
    return {{"name", finding.name}, {"about", finding.about}, {"weight", finding.weight}};
}

Result<Response> show_filter(Parts& parts, const Request&) {
    const auto options = parts.spam_filter->options();
    const auto counts = parts.spam_filter->counts();
    json::array rules;
    for (const filter::Finding& rule : filter::all_rules()) rules.push_back(write_finding(rule));
    const bool ready = counts.spam >= options->least_training && counts.ham >= options->least_training;
    return Response::of({{"action", options->action},
                         {"mark_at", options->mark_at},
                         {"refuse_at", options->refuse_at},
                         {"spam", counts.spam},
                         {"ham", counts.ham},
                         {"needed", options->least_training},
                         {"classifier_ready", ready},
                         {"features", counts.features},
                         {"rules", std::move(rules)}});
}

Result<Response> list_lessons(Parts& parts, const Request& request) {
    const PageRequest page = page_in(request);
    const auto before = static_cast<std::int64_t>(parse_u64(page.after).value_or(0));
    const auto lessons = parts.spam_filter->lessons(before, page.limit + 1);
    if (!lessons) return fail(lessons.error());
    return page_of(*lessons, page.limit, write_lesson, [](const filter::Lesson& lesson) { return id_json(lesson.id); });
}

Result<Response> forget_lesson(Parts& parts, const Request& request) {
    return nothing(parts.spam_filter->forget(request.path_id("id"), request.principal.name));
}

Result<Response> teach(Parts& parts, const Request& request, const std::string& message) {
    const auto kind = request.query_value("kind").value_or("") == "spam" ? filter::Class::spam : filter::Class::ham;
    const auto taught = parts.spam_filter->teach(message, kind, request.principal.name);
    if (!taught) return fail(taught.error());
    json::object out = write_lesson(taught->lesson);
    out["known"] = taught->before ? to_string(*taught->before) : "no";
    return Response::of(std::move(out));
}

Result<Response> judge_message(Parts& parts, const Request&, const std::string& message) {
    const auto options = parts.spam_filter->options();
    const filter::Verdict verdict = parts.spam_filter->judge(message, {}, kClues);
    json::array findings, clues;
    for (const filter::Finding& finding : verdict.findings) findings.push_back(write_finding(finding));
    for (const filter::Clue& clue : verdict.clues)
        clues.push_back(json::object{{"text", clue.text}, {"probability", clue.probability}, {"spam", clue.count.spam}, {"ham", clue.count.ham}});
    return Response::of({{"score", verdict.score},
                         {"marked", options->marks(verdict.score)},
                         {"refused", options->refuses(verdict.score)},
                         {"classified", verdict.classified},
                         {"findings", std::move(findings)},
                         {"clues", std::move(clues)}});
}

using MessageHandler = Result<Response> (*)(Parts&, const Request&, const std::string& message);

/// Keeps as much of a message as the filter looks at.
class StartSink final : public BodySink {
public:
    StartSink(Parts& parts, const Request& request, MessageHandler handler)
        : parts_(parts), request_(request), handler_(handler), most_(kHeaderMost + parts.spam_filter->options()->inspected_octets) {}

    net::Task<Result<void>> take(std::string piece) override {
        start_.append(piece, 0, most_ - start_.size());
        co_return Result<void>{};
    }
    net::Task<Result<Response>> finish() override {
        const auto job = [this]() -> Result<Response> {
            if (start_.empty()) return fail(ErrorKind::invalid, "the body must be a message, and is empty");
            return handler_(parts_, request_, start_);
        };
        auto out = co_await parts_.moving_in.pool->run(job);
        co_return out;
    }

private:
    Parts& parts_;
    const Request request_;
    const MessageHandler handler_;
    const std::size_t most_;
    std::string start_;
};

Route upload(Parts& parts, const char* path, const char* id, const char* summary, const char* response, MessageHandler handler) {
    Route route;
    route.method = "POST";
    route.path = std::string("/api/v1") + path;
    route.operation = id;
    route.summary = summary;
    route.tag = "spam filter";
    route.response = response;
    route.media_type = kMessage;
    route.sink_handler = [&parts, handler](const Request& request) -> Result<std::unique_ptr<BodySink>> {
        if (parts.moving_in.pool == nullptr) return fail(ErrorKind::unavailable, "no message can be taken here");
        return std::make_unique<StartSink>(parts, request, handler);
    };
    return route;
}

void declare_spam(Schemas& schemas) {
    schemas.add({"SpamFinding",
                 "Something that speaks for or against a message.",
                 {field("name", Type::string).required(), field("about", Type::string).required(),
                  field("weight", Type::number).required().about("Logarithm of the odds; below 0 it speaks for the message")}});
    schemas.add({"SpamClue",
                 "What a message was recognised by.",
                 {field("text", Type::string).required().about("A word, two words, or \"subject:word\", \"from:domain\", \"host:name\""),
                  field("probability", Type::number).required().about("That a message with it is spam"),
                  field("spam", Type::integer).required().about("Taught messages that have it"), field("ham", Type::integer).required()}});
    schemas.add({"SpamFilter",
                 "The spam filter; its settings are the section \"filter\".",
                 {field("action", Type::string).required().one_of({"off", "mark", "refuse"}), field("mark_at", Type::integer).required(),
                  field("refuse_at", Type::integer).required(),
                  field("spam", Type::integer).required().about("Messages it was taught"), field("ham", Type::integer).required(),
                  field("needed", Type::integer).required().about("Of each, before the classifier has a say"),
                  field("classifier_ready", Type::boolean).required(), field("features", Type::integer).required().about("Known to it"),
                  object_array_field("rules", "SpamFinding").required()}});
    schemas.add({"SpamLesson",
                 "A message the filter was taught.",
                 {field("id", Type::id).required(), field("kind", Type::string).required().one_of({"spam", "ham"}),
                  field("sender", Type::string).required(), field("subject", Type::string).required(),
                  field("taught_at", Type::timestamp).required(), field("taught_by", Type::string).required(),
                  field("known", Type::string).one_of({"no", "spam", "ham"}).about("As what the message was known before; in answer to a lesson")}});
    declare_page(schemas, "SpamLesson");
    schemas.add({"SpamJudgement",
                 "What the filter says of a message.",
                 {field("score", Type::integer).required().about("0 to 100: percent sure that it is spam"),
                  field("marked", Type::boolean).required().about("As things are set now"),
                  field("refused", Type::boolean).required().about("As things are set now"),
                  field("classified", Type::boolean).required().about("The classifier had a say"),
                  object_array_field("findings", "SpamFinding").required(), object_array_field("clues", "SpamClue").required()}});
}

}  // namespace

Group spam_group() {
    Operation list = operation("GET", "/spam-filter/lessons", "listSpamLessons", "List what the spam filter was taught, newest first", "",
                               "SpamLessonPage", list_lessons);
    list.query = paged();
    Operation forget = operation("DELETE", "/spam-filter/lessons/{id}", "forgetSpamLesson",
                                 "Take a lesson back: as if the message had never been taught", "", "", forget_lesson);
    forget.status = 204;
    return {"spam filter",
            declare_spam,
            {operation("GET", "/spam-filter", "showSpamFilter", "Show the spam filter: what it does, how much it knows, its rules", "", "SpamFilter",
                       show_filter),
             std::move(list), std::move(forget)}};
}

void add_spam_uploads(Router& router, Parts& parts) {
    Route lesson = upload(parts, "/spam-filter/lessons", "teachSpamFilter",
                          "Teach the spam filter a message; the same one again changes nothing, as the other kind it moves", "SpamLesson", teach);
    lesson.query = {field("kind", Type::string).required().one_of({"spam", "ham"}).about("ham: good mail")};
    router.add(std::move(lesson));
    router.add(upload(parts, "/spam-filter/judgements", "judgeSpam", "What the spam filter says of a message; nothing is stored", "SpamJudgement",
                      judge_message));
}

}  // namespace restante::admin

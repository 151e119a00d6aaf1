// Comments on items.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMaxBody = 65'536;      // work::Options::max_comment_bytes decides
constexpr std::size_t kMaxTrimmed = 262'144;  // work::Options::max_trimmed_bytes decides

json::object write_comment(const work::Comment& comment) {
    return {{"id", id_json(comment.id)},
            {"item_id", id_json(comment.item_id)},
            {"author_id", id_json(comment.author_id)},
            {"author", comment.author_name},
            {"body", comment.body},
            {"trimmed", comment.trimmed},
            {"origin", work::to_string(comment.origin)},
            {"has_original", comment.original_id != 0},
            {"in_reply_to", id_or_null(comment.in_reply_to)},
            {"created_at", to_rfc3339(comment.created_at)}};
}

Result<Response> list_comments(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.work.threads().list(id, *page);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page->limit - 1, write_comment, [](const auto& row) { return id_json(row.id); });
}

Result<Response> add_comment(Parts& parts, const Request& request) {
    work::Threads::New wanted{request.path_id("id"), 0, *get_string(request.json, "body"), 0};
    auto author = person_in(parts, *get_string(request.json, "author"));
    if (!author) return at_field("author", std::move(author.error()));
    wanted.author_id = *author;
    wanted.in_reply_to = get_id(request.json, "in_reply_to").value_or(0);
    return answer(parts.work.threads().add_comment(wanted), write_comment, 201);
}

Result<Response> show_comment(Parts& parts, const Request& request) {
    return answer(parts.work.threads().find(request.path_id("id")), write_comment);
}

Result<Response> comment_original(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    auto comment = parts.work.threads().find(id);
    if (!comment) return fail(std::move(comment.error()));
    return original_mail(parts, comment->original_id);
}

void declare_thread(Schemas& schemas) {
    schemas.add(
        {"Comment",
         "One entry of an item's thread.",
         {field("id", Type::id).required(), field("item_id", Type::id).required(),
          field("author_id", Type::id).required(), field("author", Type::string).required(),
          field("body", Type::string).required().length(1, kMaxBody),
          field("trimmed", Type::string)
              .required()
              .length(0, kMaxTrimmed)
              .about("Cut from the mail: signature, quoted text"),
          field("origin", Type::string).required().one_of({"api", "mail"}),
          field("has_original", Type::boolean).required().about("The mail it came from can be read"),
          field("in_reply_to", Type::id).required().nullable(), field("created_at", Type::timestamp).required()}});
    schemas.add({"CommentCreate",
                 "A new comment.",
                 {field("author", Type::string).required().length(1, 320).about("A person by id or e-mail address"),
                  field("body", Type::string).required().length(1, kMaxBody),
                  field("in_reply_to", Type::id).about("A comment of the same item")}});
    declare_page(schemas, "Comment");
}

}  // namespace

Group thread_group() {
    return {"comments",
            declare_thread,
            {{"GET",
              "/items/{id}/comments",
              "listComments",
              "The thread, oldest first",
              Access::administrator,
              paged(),
              {},
              "CommentPage",
              200,
              list_comments},
             {"POST",
              "/items/{id}/comments",
              "addComment",
              "Comment, and notify the subscribers",
              Access::administrator,
              {},
              "CommentCreate",
              "Comment",
              201,
              add_comment},
             {"GET",
              "/comments/{id}",
              "showComment",
              "Show a comment",
              Access::administrator,
              {},
              {},
              "Comment",
              200,
              show_comment},
             {"GET",
              "/comments/{id}/original",
              "commentOriginal",
              "The mail a comment came from, as received",
              Access::administrator,
              {},
              {},
              "message/rfc822",
              200,
              comment_original}}};
}

}  // namespace restante::admin

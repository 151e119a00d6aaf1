#pragma once
// Values of the work tracker: people, projects, items, comments. Plain data, no behaviour beyond names of enumerators.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace restante::work {

// Project and item ids are small numbers counted up from 1, since people read and type them ("ref# 12"). All other
// ids come from the IdSource. 0 is nobody or nothing.

/// Limits. Text lengths are octets of UTF-8.
struct Options {
    std::size_t max_name_bytes = 200;  // names of people and projects
    std::size_t max_title_bytes = 500;
    std::size_t max_description_bytes = 65'536;
    std::size_t max_comment_bytes = 65'536;
    std::size_t max_trimmed_bytes = 262'144;      // cut part of a mail kept beside the comment; longer is cut off
    std::size_t max_subscribers = 500;            // per item: each is one notification in the comment's transaction
    std::size_t max_page = 1'000;                 // rows of one listing call
    std::chrono::hours token_lifetime{24 * 365};  // how long a notification can be answered
};

/// Who makes a change, for its audit row: a login name, "socket:root", "system".
struct By {
    std::string actor = "system";
};

/// One page of a listing: at most `limit` rows (capped at Options::max_page) behind the row with id `after`.
struct Page {
    std::int64_t after = 0;  // 0: from the start
    std::size_t limit = 50;
};

struct Person {
    std::int64_t id = 0;
    std::string name;
    std::string email;            // unique without regard to case
    std::int64_t account_id = 0;  // POP account on this server, 0: none
    bool active = true;           // may be notified and may comment
    Timestamp created_at{};
};

enum class Visibility { members, everyone };

struct Project {
    std::int64_t id = 0;
    std::string name;  // unique
    std::string description;
    Visibility visibility = Visibility::members;  // who may view its items
    bool archived = false;                        // items can be read, not changed
    Timestamp created_at{};
};

struct Member {
    std::int64_t person_id = 0;
    std::string name, email;
};

enum class ItemKind { task, request };
enum class ItemState { open, in_progress, done, cancelled };

struct Item {
    std::int64_t id = 0;
    std::int64_t project_id = 0;
    std::string project_name;
    ItemKind kind = ItemKind::task;
    std::string title, description;
    ItemState state = ItemState::open;
    std::int64_t assignee_id = 0;
    std::int64_t creator_id = 0;
    Timestamp created_at{}, updated_at{};
};

/// Why somebody is notified. The first reason stays.
enum class SubscriptionReason { watcher, assignee, creator, commenter };

struct Subscriber {
    std::int64_t person_id = 0;
    std::string name, email;
    SubscriptionReason reason = SubscriptionReason::watcher;
};

enum class CommentOrigin { api, mail };

struct Comment {
    std::int64_t id = 0;
    std::int64_t item_id = 0;
    std::int64_t author_id = 0;
    std::string author_name;
    std::string body;
    std::string trimmed;  // what was cut from the mail (signature, quoted text)
    CommentOrigin origin = CommentOrigin::api;
    store::MessageId original_id = 0;  // the mail as received, in maildrop store::kOriginals
    std::int64_t in_reply_to = 0;      // comment
    Timestamp created_at{};
};

/// What a notification's token stands for: only this person may answer with it.
struct ReplyToken {
    std::string token;
    std::int64_t person_id = 0, item_id = 0, comment_id = 0;
    Timestamp created_at{}, expires_at{};
};

const char* to_string(Visibility v);
const char* to_string(ItemKind v);
const char* to_string(ItemState v);
const char* to_string(SubscriptionReason v);
const char* to_string(CommentOrigin v);
// The reverse; ErrorKind::invalid names the words that are allowed.
Result<Visibility> parse_visibility(std::string_view text);
Result<ItemKind> parse_item_kind(std::string_view text);
Result<ItemState> parse_item_state(std::string_view text);

}  // namespace restante::work

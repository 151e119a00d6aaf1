#include <array>

#include "work/context.hpp"

namespace restante::work {
namespace {

constexpr std::array kSteps{
    db::Migration{"work", 1, R"(
CREATE TABLE work_person(
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,           -- email in lower case
  account_id BIGINT NOT NULL, active BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE work_project(
  id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL,
  visibility BIGINT NOT NULL, archived BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE work_member(
  project_id BIGINT NOT NULL REFERENCES work_project(id), person_id BIGINT NOT NULL REFERENCES work_person(id),
  PRIMARY KEY(project_id, person_id));
CREATE TABLE work_item(
  id BIGINT PRIMARY KEY, project_id BIGINT NOT NULL REFERENCES work_project(id), kind BIGINT NOT NULL,
  title TEXT NOT NULL, description TEXT NOT NULL, state BIGINT NOT NULL,
  assignee_id BIGINT REFERENCES work_person(id), creator_id BIGINT NOT NULL REFERENCES work_person(id),
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX work_item_project ON work_item(project_id, id);
CREATE INDEX work_item_assignee ON work_item(assignee_id, id);
CREATE TABLE work_subscription(
  item_id BIGINT NOT NULL REFERENCES work_item(id), person_id BIGINT NOT NULL REFERENCES work_person(id),
  reason BIGINT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY(item_id, person_id));
CREATE TABLE work_comment(
  id BIGINT PRIMARY KEY, item_id BIGINT NOT NULL REFERENCES work_item(id),
  author_id BIGINT NOT NULL REFERENCES work_person(id), body TEXT NOT NULL, trimmed TEXT NOT NULL,
  origin BIGINT NOT NULL, original_id BIGINT NOT NULL, in_reply_to BIGINT REFERENCES work_comment(id),
  created_at BIGINT NOT NULL,
  delivery_id TEXT UNIQUE);                 -- the mail it came from, so that a repeated intake finds it
CREATE INDEX work_comment_item ON work_comment(item_id, id);
CREATE TABLE work_token(
  token TEXT PRIMARY KEY, person_id BIGINT NOT NULL REFERENCES work_person(id),
  item_id BIGINT NOT NULL REFERENCES work_item(id), comment_id BIGINT NOT NULL REFERENCES work_comment(id),
  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX work_token_expiry ON work_token(expires_at);
CREATE TABLE work_mail_log(
  id BIGINT PRIMARY KEY, at BIGINT NOT NULL, delivery_id TEXT UNIQUE, connection_id BIGINT NOT NULL,
  uidl TEXT NOT NULL, message_id TEXT NOT NULL, sha256 TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL,
  original_id BIGINT NOT NULL, verdict BIGINT NOT NULL, reason TEXT NOT NULL,
  item_id BIGINT NOT NULL, comment_id BIGINT NOT NULL);
CREATE INDEX work_mail_log_verdict ON work_mail_log(verdict, id);
CREATE INDEX work_mail_log_connection ON work_mail_log(connection_id, id))"},
};

}  // namespace

std::span<const db::Migration> migrations() { return kSteps; }

}  // namespace restante::work

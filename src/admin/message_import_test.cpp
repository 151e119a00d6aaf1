#include <gmock/gmock.h>

#include "admin/api_test_fixture.hpp"

namespace restante::admin {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

class MessageImport : public ApiTest {
protected:
    MessageImport() {
        run("createTenant", local_, {}, R"({"name":"shop","password":"correct-horse"})");
        run("createDomain", local_, {}, R"({"name":"shop.org","tenant":"shop"})");
        account_ = std::stoll(run("createAccount", local_, {}, R"({"name":"rob","domain":"shop.org","password":"long-enough"})").text("id"));
    }
    Answer import(const std::string& body) { return run("importMessages", local_, {{"name", "rob"}}, body); }
    static std::string message(const std::string& id, const std::string& text, const std::string& more = "") {
        return "{\"delivery_id\":\"" + id + "\",\"octets\":" + std::to_string(text.size()) + more + "}\n" + text;
    }
    std::vector<std::string> stored() { return store_.maildrops[account_]; }
    std::int64_t account_ = 0;
};

TEST_F(MessageImport, KeepsOrderAndBytesButLineEnds) {
    const Answer answer = import(message("a", "Subject: 1\n\nx") + message("b", "Subject: 2\r\n\r\na\rb\n") + message("c", "") +
                                 message("d", std::string(1'500, 'x') + "\n") + message("e", "last\n"));
    EXPECT_EQ(answer.body.at("stored").as_int64(), 5);
    EXPECT_EQ(answer.body.at("octets").as_int64(), 17 + 19 + 0 + 1'502 + 6);
    EXPECT_THAT(stored(), ElementsAre("Subject: 1\r\n\r\nx\r\n", "Subject: 2\r\n\r\na\rb\r\n", "", std::string(1'500, 'x') + "\r\n", "last\r\n"));
    EXPECT_EQ(directory_->audit(1)->front().action, "account.import");
}

TEST_F(MessageImport, ARepetitionStoresNothing) {
    import(message("a", "x\n"));
    const Answer answer = import(message("a", "x\n") + message("b", "y\n"));
    EXPECT_EQ(answer.body.at("stored").as_int64(), 1);
    EXPECT_EQ(answer.body.at("repeated"), (json::array{"a"}));
    EXPECT_EQ(stored().size(), 2u);
}

TEST_F(MessageImport, OneBadMessageDoesNotStopTheOthers) {
    const Answer answer = import(message("a", std::string(3'000, 'x')) + message("b", "y\n"));
    EXPECT_EQ(answer.body.at("failed").as_int64(), 1);
    EXPECT_THAT(std::string(answer.body.at("failures").at(0).at("detail").as_string()), HasSubstr("max_message"));
    EXPECT_THAT(stored(), ElementsAre("y\r\n"));
}

TEST_F(MessageImport, WhatIsNoRowOfMessagesIsRefused) {
    EXPECT_EQ(import("no json\n").status, 400);
    EXPECT_EQ(import("{\"octets\":1}\nx").status, 400);
    EXPECT_EQ(import("{\"delivery_id\":\"a\",\"octets\":-1}\nx").status, 400);
    EXPECT_EQ(import("{\"delivery_id\":\"a\",\"octets\":9}\nshort").status, 400);
    EXPECT_EQ(import(std::string(10'000, '{')).status, 400);
    EXPECT_EQ(run("importMessages", local_, {{"name", "nobody"}}, "").status, 415);
    EXPECT_EQ(run("importMessages", local_, {{"name", "nobody"}}, message("a", "x")).status, 404);
    EXPECT_TRUE(stored().empty());
}

TEST_F(MessageImport, WaitsForTheSessionThatHasTheMaildrop) {
    shown_.leased = account_;
    EXPECT_EQ(import(message("a", "x\n")).status, 409);
    EXPECT_EQ(run("listMaildropMessages", local_, {{"name", "rob"}}).status, 409);
}

TEST_F(MessageImport, AFullDiskEndsIt) {
    store_.failure = Error{ErrorKind::no_space, "disk full", Retry::later};
    const Answer answer = send(route("importMessages"), local_, {{"name", "rob"}}, message("a", "x\n"), {});
    EXPECT_GE(answer.status, 500);
}

TEST_F(MessageImport, ListsInPages) {
    const Answer first = run("listMaildropMessages", local_, {{"name", "rob"}}, "", {{"limit", "1"}});
    EXPECT_EQ(first.items().at(0).at("uidl").as_string(), "uidl-5");
    EXPECT_FALSE(first.items().at(0).as_object().contains("sha256"));
    const Answer second = run("listMaildropMessages", local_, {{"name", "rob"}}, "", {{"limit", "1"}, {"after", first.text("next")}});
    EXPECT_EQ(second.items().at(0).at("number").as_int64(), 2);
    EXPECT_FALSE(second.body.as_object().contains("next"));
}

}  // namespace
}  // namespace restante::admin

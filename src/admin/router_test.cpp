#include "admin/router.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "admin/framework_routes.hpp"
#include "admin/percent.hpp"

namespace restante::admin {
namespace {
using testing::HasSubstr;

Result<Principal> by_token(const Request& request) {
    if (request.bearer() == "admin") return Principal{.tenant = 1, .name = "root", .administrator = true};
    if (request.bearer() == "user") return Principal{.tenant = 2, .name = "bob"};
    return fail(ErrorKind::unauthenticated, "sign in first");
}

Result<Response> echo_thing(const Request& r) {
    json::object out{{"id", id_json(r.path_id("id"))}, {"who", r.principal.name}};
    if (const auto limit = r.query_integer("limit")) out["limit"] = *limit;
    return Response::of(std::move(out));
}

class RouterTest : public testing::Test {
protected:
    RouterTest() {
        router.set_authenticator(by_token);
        router.schemas().add(
            {"Thing",
             "",
             {field("id", Type::id).required(), field("who", Type::string), field("limit", Type::integer)}});
        router.schemas().add({"NewThing", "", {field("name", Type::string).required()}});
        router.add({.method = "GET",
                    .path = "/things/{id}",
                    .operation = "getThing",
                    .summary = "One thing",
                    .access = Access::authenticated,
                    .query = {field("limit", Type::integer).range(1, 100)},
                    .response = "Thing",
                    .handler = echo_thing});
        router.add({.method = "POST",
                    .path = "/things",
                    .operation = "addThing",
                    .summary = "Add",
                    .request = "NewThing",
                    .response = "Thing",
                    .success = {201},
                    .handler = [](const Request& r) -> Result<Response> {
                        if (get_string(r.json, "name") == "taken")
                            return fail(ErrorKind::already_exists, "there is a thing named taken");
                        return Response::of(json::object{{"id", "7"}}, 201);
                    }});
        router.add(
            {.method = "GET",
             .path = "/named/{name}",
             .operation = "getNamed",
             .summary = "",
             .access = Access::open,
             .handler = [](const Request& r) -> Result<Response> { return Response::text(r.path_value("name")); }});
        router.add({.method = "GET",
                    .path = "/named/me",
                    .operation = "getMe",
                    .summary = "",
                    .access = Access::open,
                    .handler = [](const Request&) -> Result<Response> { return Response::text("it is me"); }});
        router.add({.method = "GET",
                    .path = "/broken",
                    .operation = "broken",
                    .summary = "",
                    .access = Access::open,
                    .response = "Thing",
                    .handler = [](const Request&) -> Result<Response> {
                        return Response::of(json::object{{"x", 1}});
                    }});
        router.add({.method = "GET",
                    .path = "/throws",
                    .operation = "throws",
                    .summary = "",
                    .access = Access::open,
                    .handler = [](const Request&) -> Result<Response> { throw std::runtime_error("secret detail"); }});
        router.add({.method = "DELETE",
                    .path = "/named/{name}",
                    .operation = "failing",
                    .summary = "",
                    .access = Access::open,
                    .handler = [](const Request&) -> Result<Response> {
                        return fail(ErrorKind::corrupt, "page 7 of /var/x");
                    }});
    }

    Response ask(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::string& token = "admin", const std::string& type = "application/json") {
        Request r;
        r.method = method;
        r.path = target.substr(0, target.find('?'));
        if (r.path != target) r.query = target.substr(r.path.size() + 1);
        r.headers = {{"Authorization", "Bearer " + token}, {"content-type", type}, {"Cookie", "a=1; session=abc"}};
        r.body = body;
        return router.answer(r).response;
    }
    std::string shown(const Response& r) { return std::to_string(r.status) + " " + r.body; }

    Router router{null_log(), {.check_responses = true}};
};

TEST_F(RouterTest, CallsTheHandlerWithDecodedAndCheckedParts) {
    EXPECT_EQ(shown(ask("GET", "/things/12?limit=5")), R"(200 {"id":"12","who":"root","limit":5})");
    EXPECT_EQ(shown(ask("HEAD", "/things/12", "", "user")), R"(200 {"id":"12","who":"bob"})");
    EXPECT_EQ(shown(ask("POST", "/things", R"({"name":"a"})")), R"(201 {"id":"7"})");
    EXPECT_EQ(shown(ask("GET", "/named/a%2Fb%20%C3%A9")), "200 a/b \xC3\xA9");
    EXPECT_EQ(shown(ask("GET", "/named/me")), "200 it is me");
}

TEST_F(RouterTest, ErrorsAreProblems) {
    const Response missing = ask("GET", "/nothing");
    EXPECT_EQ(missing.content_type, "application/problem+json");
    EXPECT_EQ(
        missing.body,
        R"({"type":"urn:restante:problem:not_found","title":"Not Found","status":404,"detail":"there is nothing at /nothing"})");
    EXPECT_EQ(ask("GET", "/things/x").status, 404);
    EXPECT_EQ(ask("GET", "/things/012").status, 404);
    EXPECT_EQ(ask("GET", "/things/12/").status, 404);
    EXPECT_EQ(ask("GET", "/named/%00").status, 404);
    EXPECT_EQ(ask("GET", "/named/%zz").status, 404);
    const Response method = ask("PUT", "/named/me");
    EXPECT_EQ(method.status, 405);
    EXPECT_THAT(method.headers, testing::Contains(testing::Pair("Allow", HasSubstr("GET"))));
    EXPECT_THAT(shown(ask("POST", "/things", R"({"name":"taken"})")), testing::StartsWith("409 "));
}

TEST_F(RouterTest, CredentialsComeBeforeEverythingElse) {
    const Response nobody = ask("POST", "/things", "not json", "");
    EXPECT_EQ(nobody.status, 401);
    EXPECT_THAT(nobody.headers, testing::Contains(testing::Key("WWW-Authenticate")));
    EXPECT_EQ(ask("POST", "/things", "not json", "user").status, 403);
    EXPECT_EQ(ask("POST", "/things", "not json", "admin").status, 400);
}

TEST_F(RouterTest, BodiesAreStrict) {
    EXPECT_EQ(ask("POST", "/things", R"({"name":"a"})", "admin", "text/plain").status, 415);
    EXPECT_EQ(ask("POST", "/things", R"({"name":"a"})", "admin", "application/json; charset=utf-8").status, 201);
    EXPECT_THAT(shown(ask("POST", "/things", R"({"name":"a","age":1})")),
                HasSubstr(R"("errors":[{"field":"age","detail":"is not known here"}])"));
    EXPECT_THAT(shown(ask("POST", "/things", "")), HasSubstr("400"));
    EXPECT_THAT(shown(ask("POST", "/things", std::string(100'000, '['))), HasSubstr("not proper JSON"));
    EXPECT_THAT(shown(ask("POST", "/things", "{\"name\":\"\xff\"}")), HasSubstr("not proper JSON"));
    EXPECT_THAT(shown(ask("GET", "/things/12", "{}")), HasSubstr("no body is expected"));
}

TEST_F(RouterTest, QueriesAreStrict) {
    EXPECT_THAT(shown(ask("GET", "/things/12?limit=0")), HasSubstr("must be at least 1"));
    EXPECT_THAT(shown(ask("GET", "/things/12?limit=x")), HasSubstr("must be a whole number"));
    EXPECT_THAT(shown(ask("GET", "/things/12?limit=99999999999999999999")), HasSubstr("must be a whole number"));
    EXPECT_THAT(shown(ask("GET", "/things/12?limit=1&limit=2")), HasSubstr("is given twice"));
    EXPECT_THAT(shown(ask("GET", "/things/12?colour=red")), HasSubstr("is not known here"));
    EXPECT_THAT(shown(ask("GET", "/things/12?limit=%")), HasSubstr("percent-encoded"));
}

TEST_F(RouterTest, FaultsOfTheServerTellNoSecrets) {
    EXPECT_THAT(shown(ask("GET", "/throws")),
                testing::AllOf(testing::StartsWith("500"), testing::Not(HasSubstr("secret"))));
    EXPECT_THAT(shown(ask("DELETE", "/named/x")),
                testing::AllOf(testing::StartsWith("500"), testing::Not(HasSubstr("/var/x"))));
    EXPECT_THAT(shown(ask("GET", "/broken")), HasSubstr("breaks schema Thing"));
}

TEST_F(RouterTest, TheFallbackServesPagesOnly) {
    router.set_fallback(
        [](const Request& r) -> Result<Response> { return Response::text("page " + r.path, "text/html"); });
    EXPECT_EQ(shown(ask("GET", "/console")), "200 page /console");
    EXPECT_EQ(ask("POST", "/console").status, 404);
}

TEST_F(RouterTest, WrongTablesAreFoundAtStart) {
    EXPECT_THROW(router.add({.method = "GET", .path = "/a", .operation = "noHandler", .summary = ""}),
                 std::logic_error);
    EXPECT_THROW(
        router.add({.method = "GET", .path = "/b", .operation = "getThing", .summary = "", .handler = echo_thing}),
        std::logic_error);
    router.check_complete();
    router.add(
        {.method = "GET", .path = "/c", .operation = "c", .summary = "", .response = "Nowhere", .handler = echo_thing});
    EXPECT_THROW(router.check_complete(), std::logic_error);
}

TEST_F(RouterTest, TheFrameworkDescribesAndShowsItself) {
    Metrics metrics;
    metrics.counter("things_total", "Things").add(3);
    bool store_ok = true;
    add_framework_routes(router, metrics, {{"store", [&]() -> Result<> {
                                                if (store_ok) return {};
                                                return fail(ErrorKind::no_space, "the disk is full");
                                            }}});
    router.check_complete();
    EXPECT_EQ(shown(ask("GET", "/livez")), "200 ok\n");
    EXPECT_EQ(shown(ask("GET", "/readyz")), R"(200 {"status":"ok","checks":[{"name":"store","ok":true}]})");
    store_ok = false;
    EXPECT_EQ(shown(ask("GET", "/readyz")),
              R"(503 {"status":"failed","checks":[{"name":"store","ok":false,"detail":"the disk is full"}]})");
    EXPECT_THAT(shown(ask("GET", "/metrics")), HasSubstr("things_total 3\n"));
    const json::value document = json::parse(ask("GET", "/api/v1/openapi.json").body);
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    const json::value& get = document.at("paths").at("/things/{id}").at("get");
    EXPECT_EQ(get.at("operationId"), "getThing");
    EXPECT_EQ(get.at("parameters").as_array().size(), 2u);
    EXPECT_EQ(get.at("responses").at("200").at("content").at("application/json").at("schema").at("$ref"),
              "#/components/schemas/Thing");
    EXPECT_EQ(document.at("paths").at("/things").at("post").at("requestBody").at("required"), json::value(true));
    EXPECT_EQ(document.at("paths").at("/readyz").at("get").at("security").as_array().size(), 0u);
    // Every reference leads somewhere.
    const std::string text = json::serialize(document);
    const std::string lead = "\"#/components/schemas/";
    for (std::size_t at = text.find(lead); at != std::string::npos; at = text.find(lead, at + 1)) {
        const std::string name = text.substr(at + lead.size(), text.find('"', at + lead.size()) - at - lead.size());
        EXPECT_TRUE(document.at("components").at("schemas").as_object().contains(name)) << name;
    }
}

TEST(RequestTest, ReadsHeadersAndCookies) {
    Request r;
    r.headers = {{"cookie", "a=1; session=abc; session2=x"}, {"AUTHORIZATION", "bearer  tok "}};
    EXPECT_EQ(r.cookie("session"), "abc");
    EXPECT_EQ(r.cookie("none"), "");
    EXPECT_EQ(r.bearer(), "tok");
    EXPECT_EQ(r.header("Nope"), "");
}

TEST(PercentTest, EncodesAndDecodes) {
    EXPECT_EQ(percent_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
    EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
    EXPECT_EQ(percent_decode("a+b", true), "a b");
    for (const char* wrong : {"%", "%4", "%g0", "%00", "%ff"}) EXPECT_FALSE(percent_decode(wrong)) << wrong;
}

}  // namespace
}  // namespace restante::admin

#include "admin/schema.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace restante::admin {
namespace {
using testing::ElementsAre;

class SchemaTest : public testing::Test {
protected:
    SchemaTest() {
        schemas.add({"Member", "", {field("address", Type::string).required().length(3, 20)}});
        schemas.add({"List",
                     "A mailing list",
                     {field("name", Type::string).required().length(1, 8).about("Unique"),
                      field("size", Type::integer).range(0, 10), field("open", Type::boolean),
                      field("kind", Type::string).one_of({"a", "b"}), field("owner_id", Type::id).nullable(),
                      field("made_at", Type::timestamp), object_array_field("members", "Member").length(0, 2),
                      array_field("tags", Type::string)}});
    }
    std::vector<std::string> faults(const char* text) {
        std::vector<std::string> out;
        for (const FieldFault& fault : schemas.check("List", json::parse(text)))
            out.push_back(fault.field + " " + fault.detail);
        return out;
    }
    Schemas schemas;
};

TEST_F(SchemaTest, AcceptsWhatIsDeclared) {
    EXPECT_THAT(faults(R"({"name":"x"})"), ElementsAre());
    EXPECT_THAT(
        faults(R"({"name":"x","size":10,"open":true,"kind":"b","owner_id":"12","made_at":"2026-11-21T22:03:45.12Z",
                          "members":[{"address":"a@b"}],"tags":["q"]})"),
        ElementsAre());
    EXPECT_THAT(faults(R"({"name":"x","owner_id":null})"), ElementsAre());
}

TEST_F(SchemaTest, NamesEveryFault) {
    EXPECT_THAT(faults("[]"), ElementsAre("(body) must be an object"));
    EXPECT_THAT(faults("{}"), ElementsAre("name is required"));
    EXPECT_THAT(faults(R"({"name":"","colour":1})"), ElementsAre("name must not be empty", "colour is not known here"));
    EXPECT_THAT(faults(R"({"name":"123456789"})"), ElementsAre("name must have at most 8 bytes"));
    EXPECT_THAT(faults(R"({"name":7})"), ElementsAre("name must be a string"));
    EXPECT_THAT(faults(R"({"name":null})"), ElementsAre("name must be a string"));
    EXPECT_THAT(faults(R"({"name":"x","size":11})"), ElementsAre("size must be at most 10"));
    EXPECT_THAT(faults(R"({"name":"x","size":-1})"), ElementsAre("size must be at least 0"));
    EXPECT_THAT(faults(R"({"name":"x","size":1.5})"), ElementsAre("size must be a whole number"));
    EXPECT_THAT(faults(R"({"name":"x","size":18446744073709551615})"), ElementsAre("size is too large"));
    EXPECT_THAT(faults(R"({"name":"x","open":"yes"})"), ElementsAre("open must be true or false"));
    EXPECT_THAT(faults(R"({"name":"x","kind":"c"})"), ElementsAre("kind must be one of: a, b"));
    EXPECT_THAT(faults(R"({"name":"x","tags":["q",1]})"), ElementsAre("tags[1] must be a string"));
    EXPECT_THAT(faults(R"({"name":"x","tags":"q"})"), ElementsAre("tags must be an array"));
    EXPECT_THAT(faults(R"({"name":"x","members":[{"address":"a@b"},{"adress":"a@b"}]})"),
                ElementsAre("members[1].address is required", "members[1].adress is not known here"));
    EXPECT_THAT(faults(R"({"name":"x","members":[1,2,3]})"), ElementsAre("members must have at most 2 items"));
}

TEST_F(SchemaTest, IdsAreDigitsInAString) {
    for (const char* wrong :
         {R"({"name":"x","owner_id":12})", R"({"name":"x","owner_id":"012"})", R"({"name":"x","owner_id":"0"})",
          R"({"name":"x","owner_id":"-1"})", R"({"name":"x","owner_id":"9223372036854775808"})"})
        EXPECT_THAT(faults(wrong), ElementsAre("owner_id must be an id, as a string of digits")) << wrong;
    const json::object o = json::parse(R"({"a":"9223372036854775807","b":5,"c":true,"d":null})").as_object();
    EXPECT_EQ(get_id(o, "a"), INT64_MAX);
    EXPECT_EQ(get_integer(o, "b"), 5);
    EXPECT_EQ(get_boolean(o, "c"), true);
    EXPECT_EQ(get_string(o, "d"), std::nullopt);
    EXPECT_EQ(get_string(o, "e"), std::nullopt);
}

TEST_F(SchemaTest, TimesAreRfc3339InUtc) {
    for (const char* wrong : {"2026-11-21", "2026-11-21T22:03:45", "2026-11-21T22:03:45+01:00", "2026-11-21T22:03:45.Z",
                              "2026-11-21 22:03:45Z"})
        EXPECT_TRUE(check_value(field("t", Type::timestamp), json::value(wrong))) << wrong;
    EXPECT_FALSE(check_value(field("t", Type::timestamp), json::value("2026-11-21T22:03:45Z")));
}

TEST_F(SchemaTest, FaultsAreLimited) {
    std::string text = R"({"name":"x")";
    for (int i = 0; i < 1000; ++i) text += ",\"u" + std::to_string(i) + "\":1";
    EXPECT_EQ(faults((text + "}").c_str()).size(), 20u);
}

TEST_F(SchemaTest, DescribesItselfAsJsonSchema) {
    const json::object all = schemas.describe();
    const json::object& list = all.at("List").as_object();
    EXPECT_EQ(list.at("additionalProperties"), json::value(false));
    EXPECT_EQ(json::serialize(list.at("required")), R"(["name"])");
    const json::object& p = list.at("properties").as_object();
    EXPECT_EQ(json::serialize(p.at("size")), R"({"type":"integer","minimum":0,"maximum":10})");
    EXPECT_EQ(json::serialize(p.at("kind")), R"({"type":"string","enum":["a","b"]})");
    EXPECT_EQ(json::serialize(p.at("owner_id")), R"({"type":["string","null"],"pattern":"^[1-9][0-9]{0,18}$"})");
    EXPECT_EQ(json::serialize(p.at("members")),
              R"({"type":"array","items":{"$ref":"#/components/schemas/Member"},"maxItems":2})");
}

TEST_F(SchemaTest, UndeclaredAndDoubleNamesAreFaultsOfTheProgram) {
    EXPECT_THROW(schemas.add({"List", "", {}}), std::logic_error);
    EXPECT_THROW(schemas.check("None", json::value()), std::logic_error);
    schemas.add({"Broken", "", {object_field("x", "Nowhere")}});
    EXPECT_THAT(schemas.missing(), ElementsAre("Nowhere"));
}

}  // namespace
}  // namespace restante::admin

// D2: the public SPF test suite, every case of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "mailauth/spf.hpp"

namespace restante::mailauth {
namespace {

namespace json = boost::json;
using Status = net::DnsAnswer::Status;
using Type = net::DnsQuestion::Type;

std::string text(const json::value& value) { return std::string(value.as_string()); }

/// One scenario's records: "name": [["TXT", "..."], ...]. TIMEOUT: what is not listed before it is not answered.
class ScenarioZone {
public:
    explicit ScenarioZone(const json::object& zone) {
        for (const auto& entry : zone) names_[net::canonical_name(entry.key())] = &entry.value().as_array();
    }

    net::DnsAnswer answer(const net::DnsQuestion& question, int aliases = 8) const {
        net::DnsAnswer out;
        const auto found = names_.find(question.name);
        if (found == names_.end()) {
            out.status = Status::nxdomain;
            return out;
        }
        out.status = Status::nodata;
        for (const json::value& record : *found->second) {
            const std::string type = text(record.at(0)), data = text(record.at(1));
            if (type == "TIMEOUT" || (type == to_string(question.type) && data == "TIMEOUT")) {
                if (out.status == Status::nodata) out.status = Status::servfail;
                return out;
            }
            if (type == "CNAME" && aliases > 0) return answer({question.type, net::canonical_name(data)}, aliases - 1);
            if (type != to_string(question.type)) continue;
            out.status = Status::ok;
            add(question.type, data, out);
        }
        return out;
    }

private:
    static void add(Type type, const std::string& data, net::DnsAnswer& out) {
        if (type == Type::txt) out.texts.push_back(data);
        if (type == Type::ptr) out.names.push_back(net::canonical_name(data));
        if (type == Type::mx) out.exchangers.push_back({0, net::canonical_name(data.substr(data.find(' ') + 1))});
        if (type == Type::a || type == Type::aaaa) out.addresses.push_back(*net::Address::parse_ip(data));
    }
    std::map<std::string, const json::array*> names_;
};

SpfVerdict judge(const json::object& test, const ScenarioZone& zone) {
    SpfQuery query;
    query.client = *net::Address::parse_ip(text(test.at("host")));
    query.helo = text(test.at("helo"));
    const std::string from = text(test.at("mailfrom"));
    const std::size_t at = from.rfind('@');
    query.local_part = at == std::string::npos ? "" : from.substr(0, at);
    query.domain = from.empty() ? query.helo : from.substr(at + 1);
    Answers answers;
    for (;;) {
        if (auto verdict = check_spf(query, answers)) return *verdict;
        const auto missing = answers.take_missing();
        if (missing.empty()) throw std::logic_error("gave up without a question");
        for (const auto& question : missing) answers.put(question, zone.answer(question));
    }
}

json::value corpus() {
    std::ifstream in(SPF_CORPUS);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return json::parse(bytes.str());
}

TEST(SpfCorpus, D2EveryCaseOfThePublicSuite) {
    std::size_t cases = 0;
    const json::value scenarios = corpus();
    for (const json::value& scenario : scenarios.as_array()) {
        const ScenarioZone zone(scenario.at("zone").as_object());
        for (const json::value& test : scenario.at("tests").as_array()) {
            SCOPED_TRACE(text(scenario.at("description")) + ": " + text(test.at("name")));
            ++cases;
            const SpfVerdict verdict = judge(test.as_object(), zone);
            const auto& wanted = test.at("result").as_array();
            EXPECT_TRUE(
                std::ranges::any_of(wanted, [&](const auto& w) { return text(w) == to_string(verdict.result); }))
                << "want " << json::serialize(wanted) << ", got " << to_string(verdict.result) << " by "
                << verdict.mechanism << " (" << verdict.problem << ")";
            const std::string explanation = text(test.at("explanation"));
            if (explanation.empty() || verdict.result != SpfResult::fail) continue;
            EXPECT_TRUE(iequals(verdict.explanation, explanation == "DEFAULT" ? "" : explanation))
                << verdict.explanation << " instead of " << explanation;
        }
    }
    EXPECT_EQ(cases, 203U);
}

}  // namespace
}  // namespace restante::mailauth

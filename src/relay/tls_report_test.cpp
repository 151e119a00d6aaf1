#include "relay/tls_report.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include <boost/json/parse.hpp>

#include "relay/gzip.hpp"
#include "relay/tls_record.hpp"

namespace restante::relay {
namespace {
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
constexpr ReportDay kDay = 20'785;  // 2026-11-28

std::vector<ReportTarget> targets(const std::string& text) { return tls_report_targets({text}); }

TEST(TlsRecordTest, NamesWhereReportsGo) {  // Row D4: RFC 8460 3
    const auto both =
        targets("v=TLSRPTv1;rua=mailto:a%2Bb@example.com , https://reports.example.com:8443/v1?x=1; extension=1");
    ASSERT_THAT(both, SizeIs(2));
    EXPECT_EQ(both[0].address, "a+b@example.com");
    EXPECT_EQ(both[1].kind, ReportTarget::Kind::https);
    EXPECT_EQ(both[1].host, "reports.example.com");
    EXPECT_EQ(both[1].port, 8443);
    EXPECT_EQ(both[1].target, "/v1?x=1");
    EXPECT_EQ(targets("v=TLSRPTv1; rua=https://x.example").at(0).target, "/");
    EXPECT_THAT(tls_report_targets({"v=spf1 -all", "v=TLSRPTv1; rua=mailto:a@x.example"}), SizeIs(1));
}

TEST(TlsRecordTest, IsOneOrNone) {  // Row D4: RFC 8460 3
    EXPECT_THAT(tls_report_targets({}), IsEmpty());
    EXPECT_THAT(tls_report_targets({"v=TLSRPTv1;rua=mailto:a@x.example", "v=TLSRPTv1;rua=mailto:b@x.example"}),
                IsEmpty());
    for (const char* useless :
         {"v=TLSRPTv2;rua=mailto:a@x.example", "v=TLSRPTv1", "v=TLSRPTv1;rua=", "v=TLSRPTv1;rua=mailto:nobody",
          "v=TLSRPTv1;rua=http://x.example/", "v=TLSRPTv1;rua=mailto:a%0D%0ABcc:b@x.example",
          "v=TLSRPTv1;rua=mailto:a%4@x.example", "v=TLSRPTv1;rua=https://x.example:0/", "v=TLSRPTv1;rua=https:///v1",
          "rua=mailto:a@x.example"})
        EXPECT_THAT(targets(useless), IsEmpty()) << useless;
    EXPECT_THAT(targets("v=TLSRPTv1;rua=mailto:a@x.example,mailto:a@x.example"), SizeIs(1));
}

TlsReport report() {
    TlsSession good;
    good.domain = "far.test";
    good.policy = {TlsPolicy::Type::sts, {"version: STSv1", "mode: testing", "mx: *.far.test", "max_age: 86400"}};
    good.host = "mx.far.test";
    TlsSession expired = good;
    expired.result = TlsResult::certificate_expired;
    expired.sending_ip = "2001:db8::1";
    expired.receiving_ip = "192.0.2.1";
    TlsSession clear = good;
    clear.policy = {};
    clear.result = TlsResult::starttls_not_supported;
    return {"Example \"Mail\"",
            "tls@example.org",
            "example.org",
            "far.test",
            kDay,
            {{kDay, good, 5326}, {kDay, expired, 3}, {kDay, clear, 1}}};
}

TEST(TlsReportTest, SaysWhatBecameOfTheSessionsPolicyByPolicy) {  // Row D4: RFC 8460 4.4
    const auto json = boost::json::parse(write_tls_report(report())).as_object();
    EXPECT_EQ(json.at("organization-name"), "Example \"Mail\"");
    EXPECT_EQ(json.at("date-range").at("start-datetime"), "2026-11-28T00:00:00Z");
    EXPECT_EQ(json.at("date-range").at("end-datetime"), "2026-11-28T23:59:59Z");
    EXPECT_EQ(json.at("contact-info"), "tls@example.org");
    EXPECT_EQ(json.at("report-id"), "2026-11-28.far.test@example.org");
    const auto& policies = json.at("policies").as_array();
    ASSERT_THAT(policies, SizeIs(2));
    const auto& sts = policies[0].as_object();
    EXPECT_EQ(sts.at("policy").at("policy-type"), "sts");
    EXPECT_EQ(sts.at("policy").at("policy-string").at(1), "mode: testing");
    EXPECT_EQ(sts.at("policy").at("policy-domain"), "far.test");
    EXPECT_EQ(sts.at("policy").at("mx-host").at(0), "*.far.test");
    EXPECT_EQ(sts.at("summary").at("total-successful-session-count"), 5326);
    EXPECT_EQ(sts.at("summary").at("total-failure-session-count"), 3);
    const auto& failure = sts.at("failure-details").at(0);
    EXPECT_EQ(failure.at("result-type"), "certificate-expired");
    EXPECT_EQ(failure.at("sending-mta-ip"), "2001:db8::1");
    EXPECT_EQ(failure.at("receiving-mx-hostname"), "mx.far.test");
    EXPECT_EQ(failure.at("receiving-ip"), "192.0.2.1");
    EXPECT_EQ(failure.at("failed-session-count"), 3);
    EXPECT_FALSE(failure.as_object().contains("failure-reason-code"));
    EXPECT_EQ(policies[1].at("policy").at("policy-type"), "no-policy-found");
    EXPECT_FALSE(policies[1].at("policy").as_object().contains("policy-string"));
}

TEST(TlsReportTest, ForeignOctetsInAPolicyDoNotBreakIt) {  // Row D4
    TlsReport odd = report();
    odd.counts[0].session.policy.lines = {"x: \xFF\"\x01"};
    EXPECT_NO_THROW((void)boost::json::parse(write_tls_report(odd)));
}

TEST(TlsReportTest, IsAMailThatProgramsFind) {  // Row D4: RFC 8460 5.1, 5.3
    const TlsReport about = report();
    const std::string mail = write_tls_report_mail({about, "tls@example.org", "reports@far.test", std::string(100, 'z'),
                                                    "1@example.org", "b0", start_of(kDay + 1)});
    for (const char* expected :
         {"From: <tls@example.org>\r\nTo: <reports@far.test>\r\n",
          "Subject: Report Domain: far.test\r\n\tSubmitter: example.org\r\n\tReport-ID: "
          "<2026-11-28.far.test@example.org>\r\n",
          "\r\nTLS-Report-Domain: far.test\r\nTLS-Report-Submitter: example.org\r\n", "\r\nMIME-Version: 1.0\r\n",
          "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"b0\"\r\n\r\n",
          "Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n",
          "filename=\"example.org!far.test!1795824000!1795910399.json.gz\"\r\n\r\nenp6", "\r\n--b0--\r\n"})
        EXPECT_THAT(mail, HasSubstr(expected));
    for (std::size_t at = mail.find('\n'); at != std::string::npos; at = mail.find('\n', at + 1))
        EXPECT_EQ(mail[at - 1], '\r');
}

TEST(GzipTest, GivesWhatOthersUnpack) {  // Row D4: RFC 1952
    const std::string text(100'000, 'x'), packed = gzip(text);
    EXPECT_LT(packed.size(), 1'000U);
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    std::string out(200'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    EXPECT_EQ(out, text);
    EXPECT_EQ(gzip(text), packed);
}

TEST(TlsCountsTest, CountsByDayAndOutcome) {  // Row D4: RFC 8460 4.1
    TlsCounts counts;
    TlsSession session;
    session.domain = "far.test";
    session.receiving_ip = "192.0.2.1";
    const Timestamp midnight = start_of(kDay);
    counts.add(session, midnight - std::chrono::microseconds(1));
    counts.add(session, midnight);
    counts.add(session, midnight);
    session.result = TlsResult::certificate_expired;
    counts.add(session, midnight);
    const auto taken = counts.take();
    ASSERT_THAT(taken, SizeIs(3));
    EXPECT_THAT(counts.take(), IsEmpty());
    std::int64_t sessions = 0;
    for (const TlsCount& count : taken) {
        sessions += count.sessions;
        EXPECT_EQ(count.session.receiving_ip.empty(), count.session.result == TlsResult::success);
    }
    EXPECT_EQ(sessions, 4);
    counts.put_back(taken);
    EXPECT_THAT(counts.take(), SizeIs(3));
    EXPECT_EQ(to_text(kDay), "2026-11-28");
    EXPECT_EQ(parse_report_day("2026-11-28"), kDay);
    for (const char* none : {"", "2026-11-31", "2026-1-1", "2026-11-28x", "yesterday!"})
        EXPECT_FALSE(parse_report_day(none)) << none;
}

}  // namespace
}  // namespace restante::relay

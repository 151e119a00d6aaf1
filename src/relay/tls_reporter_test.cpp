#include "relay/tls_reporter.hpp"

#include <zlib.h>

#include "relay/fake_web_server.hpp"
#include "relay/relay_fixture.hpp"

namespace restante::relay {
namespace {

std::string unzipped(const std::string& bytes) {
    std::string out(1 << 16, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The clock stands at 08:00 UTC of a day.
class TlsReporterTest : public RelayFixture {
protected:
    TlsReporterTest() : outbox_(*database_, clock_, ids_) {
        EXPECT_TRUE(database_->migrate(store::Outbox::migrations()));
        settings_.tls_report_from = "tls@example.org";
        settings_.tls_report_spread = 4h;
        queue_->set_options(settings_);
        make_reporter();
    }
    ~TlsReporterTest() override {
        reporter_->stop();
        shut();
    }

    void make_reporter() {
        reporter_ = std::make_unique<TlsReporter>(
            TlsReporter::Parts{*io_, *work_, *group_, *database_, *queue_, outbox_, resolver_, tls_counts_, clock_,
                               null_log(), metrics_, [this](const std::string&, const std::string& domain, Timestamp) {
                                   return signs_ ? "DKIM-Signature: d=" + domain + "\r\n" : std::string();
                               }});
    }
    void restart() {
        reporter_->stop();
        shut();
        reporter_.reset();
        open();
        make_reporter();
        reporter_->start();
    }
    void remote_has_tls(const std::vector<std::string>& names) {
        const auto made = net::make_self_signed(names, 10).value();
        FakeRemote::Script script;
        script.ehlo = "250-far.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n";
        script.tls = net::TlsServerContext::make({made.certificate_pem, made.private_key_pem}).value();
        fingerprint_ = script.tls->fingerprint();
        remote_.say(script);
    }
    /// Makes a zone that DNSSEC vouches for out of far.test's.
    void sign_zone(std::vector<net::TlsaRecord> records) {
        using Type = net::DnsQuestion::Type;
        net::DnsAnswer answer;
        answer.status = net::DnsAnswer::Status::ok;
        answer.authenticated = true;
        net::DnsAnswer mx = answer, address = answer, tlsa = answer, none = answer;
        mx.exchangers = {{10, "mx.far.test"}};
        resolver_.set(Type::mx, "far.test", mx);
        address.addresses = {*net::Address::parse_ip("127.0.0.1")};
        resolver_.set(Type::a, "mx.far.test", address);
        none.status = net::DnsAnswer::Status::nodata;
        resolver_.set(Type::aaaa, "mx.far.test", none);
        tlsa.tlsa = std::move(records);
        resolver_.set(Type::tlsa, "_" + std::to_string(settings_.port) + "._tcp.mx.far.test", tlsa);
    }
    void wants_reports(const std::string& rua) {
        net::DnsAnswer answer;
        answer.status = net::DnsAnswer::Status::ok;
        answer.texts = {"v=TLSRPTv1; rua=" + rua};
        resolver_.set(net::DnsQuestion::Type::txt, "_smtp._tls.far.test", answer);
    }
    void send_one() {
        const auto before = remote_.mails().size();
        ASSERT_TRUE(submit(envelope({to("a@far.test")})));
        relay_->start();
        ASSERT_TRUE(eventually([&] { return remote_.mails().size() == before + 1 && relay_->sessions() == 0; }));
    }
    /// What was counted of today.
    std::vector<TlsCount> counted() {
        auto preview = reporter_->preview("far.test", day_of(clock_.now()));
        return preview ? preview->report.counts : std::vector<TlsCount>();
    }
    std::vector<store::WaitingMail> waiting() { return outbox_.due(clock_.now(), 10).value(); }
    std::string state(ReportDay day) {
        const auto preview = reporter_->preview("far.test", day);
        if (!preview) return "nothing";
        for (const auto& one : preview->settled)
            if (one.uri.empty()) return one.state;
        return "open";
    }

    store::Outbox outbox_;
    std::unique_ptr<TlsReporter> reporter_;
    std::string fingerprint_;
    bool signs_ = true;
};

TEST_F(TlsReporterTest, CountsSessionsAndTellsTheirDomainAfterMidnightOnce) {  // Row D4: RFC 8460 4.1, 5.3
    wants_reports("mailto:reports@far.test,mailto:other@else.test");
    send_one();  // in clear
    remote_has_tls({"anything.test"});
    send_one();
    send_one();
    const auto counts = counted();
    ASSERT_THAT(counts, SizeIs(2));
    EXPECT_EQ(counts[0].session.result, TlsResult::success);
    EXPECT_EQ(counts[0].sessions, 2);
    EXPECT_EQ(counts[1].session.result, TlsResult::starttls_not_supported);
    EXPECT_EQ(counts[1].session.host, "mx.far.test");
    EXPECT_EQ(counts[1].session.receiving_ip, "127.0.0.1");
    const ReportDay day = day_of(clock_.now());
    reporter_->start();
    clock_.advance(15h);  // 23:00
    std::this_thread::sleep_for(50ms);
    EXPECT_THAT(waiting(), IsEmpty()) << "the day is not over";
    clock_.advance(5h);
    ASSERT_TRUE(eventually([&] { return state(day) == "done"; }));
    ASSERT_THAT(waiting(), SizeIs(2));
    const auto mail = waiting()[0].mail;
    EXPECT_EQ(mail.reverse_path, "tls@example.org");
    EXPECT_THAT(mail.recipients, ElementsAre("reports@far.test"));
    EXPECT_THAT(mail.bytes, testing::StartsWith("DKIM-Signature: d=example.org\r\nFrom: <tls@example.org>\r\n"));
    EXPECT_THAT(mail.bytes, HasSubstr("\r\nTLS-Report-Domain: far.test\r\nTLS-Report-Submitter: example.org\r\n"));
    restart();
    clock_.advance(24h);
    std::this_thread::sleep_for(50ms);
    EXPECT_THAT(waiting(), SizeIs(2)) << "a day is told of once";
}

TEST_F(TlsReporterTest, ReportsArePostedUntilTheyAreTaken) {  // Row D4: RFC 8460 5.4
    const auto made = net::make_self_signed({"web.far.test"}, 10).value();
    FakeWebServer web(net::TlsServerContext::make({made.certificate_pem, made.private_key_pem}).value());
    resolver_.a("web.far.test", {"127.0.0.1"});
    const std::string uri = "https://web.far.test:" + std::to_string(web.port()) + "/v1/reports?of=tls";
    wants_reports(uri);
    send_one();
    const ReportDay day = day_of(clock_.now());
    web.answer(503);
    reporter_->start();
    clock_.advance(24h);
    ASSERT_TRUE(eventually([&] { return web.requests().size() == 1; }));
    EXPECT_EQ(state(day), "open") << "it was not taken";
    web.answer(201);
    ASSERT_TRUE(eventually([&] {
        if (state(day) != "done") clock_.advance(10min);
        return state(day) == "done";
    }));
    EXPECT_EQ(reporter_->preview("far.test", day)->settled.at(1).state, "sent");
    const auto request = web.requests().back();
    EXPECT_EQ(request.line, "POST /v1/reports?of=tls HTTP/1.1");
    EXPECT_THAT(request.fields, testing::Contains("Content-Type: application/tlsrpt+gzip"));
    EXPECT_THAT(unzipped(request.body), HasSubstr("\"policy-domain\":\"far.test\""));
    EXPECT_EQ(unzipped(web.requests().front().body), unzipped(request.body)) << "one report, whenever it is posted";
    EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(TlsReporterTest, ARestartForgetsNothing) {  // Row D4
    wants_reports("mailto:reports@far.test");
    send_one();
    const ReportDay day = day_of(clock_.now());
    restart();
    clock_.advance(3 * 24h);
    ASSERT_TRUE(eventually([&] { return state(day) == "done"; }));
    EXPECT_THAT(waiting(), SizeIs(1));
    clock_.advance(15 * 24h);
    EXPECT_TRUE(eventually([&] { return state(day) == "nothing"; })) << "older than tls_report_keep";
}

TEST_F(TlsReporterTest, DomainsThatAskForNoneGetNone) {  // Row D4: RFC 8460 3
    send_one();
    const ReportDay day = day_of(clock_.now());
    reporter_->start();
    resolver_.status(net::DnsQuestion::Type::txt, "_smtp._tls.far.test", net::DnsAnswer::Status::servfail);
    clock_.advance(24h);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(state(day), "open") << "to be asked again";
    resolver_.status(net::DnsQuestion::Type::txt, "_smtp._tls.far.test", net::DnsAnswer::Status::nxdomain);
    clock_.advance(1h);
    EXPECT_TRUE(eventually([&] { return state(day) == "not wanted"; }));
    EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(TlsReporterTest, WithoutASignatureNoMailGoes) {  // Row D4: RFC 8460 3
    signs_ = false;
    wants_reports("mailto:reports@far.test");
    send_one();
    const ReportDay day = day_of(clock_.now());
    reporter_->start();
    clock_.advance(24h);
    ASSERT_TRUE(eventually([&] { return state(day) == "done"; }));
    EXPECT_THAT(waiting(), IsEmpty());
    EXPECT_EQ(reporter_->preview("far.test", day)->settled.at(1).state, "unsigned");
}

TEST_F(TlsReporterTest, DaneIsCountedByItsRecords) {  // Row D4: RFC 8460 4.2, 4.3
    remote_has_tls({"mx.far.test"});
    std::string digest(32, '\0');
    for (std::size_t i = 0; i < 32; ++i)
        digest[i] = static_cast<char>(std::stoi(fingerprint_.substr(2 * i, 2), nullptr, 16));
    sign_zone({{3, 0, 1, digest}});
    send_one();
    auto counts = counted();
    ASSERT_THAT(counts, SizeIs(1));
    EXPECT_EQ(counts[0].session.policy.type, TlsPolicy::Type::tlsa);
    EXPECT_THAT(counts[0].session.policy.lines, ElementsAre(testing::StartsWith("3 0 1 ")));
    EXPECT_EQ(counts[0].session.result, TlsResult::success);
    digest[0] = static_cast<char>(~digest[0]);
    sign_zone({{3, 0, 1, digest}});
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    ASSERT_TRUE(eventually([&] { return counted().size() == 2; }));
    std::set<TlsResult> results;
    for (const TlsCount& count : counted()) results.insert(count.session.result);
    EXPECT_THAT(results, ElementsAre(TlsResult::success, TlsResult::validation_failure));
}

TEST_F(TlsReporterTest, ReportsGoWhateverIsWrongWithTheTls) {  // Row D4: RFC 8460 3
    remote_has_tls({"mx.far.test"});
    sign_zone({{3, 0, 1, std::string(32, 'x')}});
    ASSERT_TRUE(submit(envelope({to("reports@far.test")}, "tls@example.org"),
                       "From: tls@example.org\r\nTLS-Report-Domain: far.test\r\n\r\nreport\r\n"));
    ASSERT_TRUE(submit(envelope({to("a@far.test")})));
    ASSERT_TRUE(eventually([&] { return queued().size() == 2; }));
    relay_->start();
    ASSERT_TRUE(eventually([&] { return !remote_.mails().empty(); }));
    EXPECT_THAT(remote_.mails()[0].to, ElementsAre("RCPT TO:<reports@far.test>"));
    ASSERT_TRUE(eventually([&] { return !counted().empty(); }));
    EXPECT_THAT(remote_.mails(), SizeIs(1)) << "other mail waits for the right certificate";
    EXPECT_EQ(counted().size(), 1U) << "the report's own session is not counted";
}

TEST_F(TlsReporterTest, NothingIsCountedWhereThatIsOff) {  // Row D4
    settings_.tls_reports = false;
    queue_->set_options(settings_);
    send_one();
    EXPECT_THAT(counted(), IsEmpty());
}

}  // namespace
}  // namespace restante::relay

#include "dovecot.hpp"
#include "road_fixture.hpp"

namespace restante::fetch {
namespace {

class DovecotFetchTest : public RoadFixture {
protected:
    void SetUp() override {
        if (!Dovecot::is_installed()) GTEST_SKIP() << "Dovecot's POP3 server is not installed";
        dovecot_ = std::make_unique<Dovecot>();
        bob_ = add("bob");
    }
    Settings settings(TlsMode tls) {
        Settings s;
        s.name = std::string("Dovecot ") + to_string(tls);
        s.address = "127.0.0.1";
        s.port = static_cast<std::uint16_t>(tls == TlsMode::implicit ? dovecot_->tls_port() : dovecot_->port());
        s.tls = tls;
        if (tls != TlsMode::none) s.ca_pem = dovecot_->certificate();
        s.user = "foreign";
        s.password = "pw-foreign";
        s.timeout_seconds = 20;
        s.purpose = Purpose::maildrop;
        s.account = "bob";
        return s;
    }
    static std::string crlf(const std::string& text) {
        std::string out;
        for (const char c : text) (out += c == '\n' ? "\r" : "") += c;
        return out;
    }
    std::unique_ptr<Dovecot> dovecot_;
    std::int64_t bob_ = 0;
};

TEST_F(DovecotFetchTest, EveryModeBringsTheMailUnchangedAndEmptiesTheMailbox) {
    const std::string texts[] = {"Subject: dots\n\n.\n..\n.x\nend\n",
                                 "Subject: 8-bit\n\ngr\xc3\xbc\xc3\x9f"
                                 "e \xe4\n",
                                 "Subject: long\n\n" + std::string(5000, 'x') + "\n", "Subject: no body\n\n"};
    std::size_t arrived = 0;
    for (const TlsMode mode : {TlsMode::none, TlsMode::stls, TlsMode::implicit}) {
        int n = 0;
        for (const std::string& text : texts) dovecot_->put("1." + std::to_string(++n) + "." + to_string(mode), text);
        const PollReport report = poll(create(settings(mode)));
        ASSERT_TRUE(report.outcome) << to_string(mode) << ": " << report.outcome.error().detail;
        EXPECT_EQ(report.taken, 4U);
        EXPECT_EQ(report.deleted, 4U);
        EXPECT_EQ(dovecot_->count(), 0U);
        const auto mails = maildrop(bob_);
        ASSERT_EQ(mails.size(), arrived + 4);
        std::multiset<std::string> expected, got;
        for (const std::string& text : texts) expected.insert(crlf(text));
        for (std::size_t i = arrived; i < mails.size(); ++i) got.insert(mails[i].substr(mails[i].find("Subject:")));
        EXPECT_EQ(got, expected) << to_string(mode);
        arrived = mails.size();
    }
}

TEST_F(DovecotFetchTest, RepliesAreTakenOnceOverARestart) {
    Settings s = settings(TlsMode::implicit);
    s.purpose = Purpose::replies;
    s.leave_on_server = true;
    const auto id = create(s);
    for (int i = 0; i < 40; ++i)
        dovecot_->put("2." + std::to_string(i) + ".x", "Subject: r" + std::to_string(i) + "\n\nyes\n");
    EXPECT_EQ(poll(id).taken, 40U);
    restart();
    EXPECT_EQ(poll(id).taken, 0U);
    EXPECT_EQ(intake_.comments(), 40U);
    EXPECT_EQ(maildrop(store::kOriginals).size(), 40U);
    s.leave_on_server = false;
    s.password.clear();
    ASSERT_TRUE(connections_->update(id, s, {}));
    EXPECT_EQ(poll(id).deleted, 40U) << "what was left is cleared without another comment";
    EXPECT_EQ(intake_.comments(), 40U);
    EXPECT_EQ(dovecot_->count(), 0U);
}

TEST_F(DovecotFetchTest, AProbeNamesWhatIsWrong) {
    dovecot_->put("3.1.x", "Subject: x\n\n");
    const auto good = probe(settings(TlsMode::stls));
    EXPECT_TRUE(good.back().ok) << good.back().detail;
    EXPECT_EQ(good.back().detail.substr(0, 7), "1 mails");
    Settings s = settings(TlsMode::stls);
    s.password = "wrong";
    const auto refused = probe(s);
    EXPECT_EQ(refused.back().name, "login");
    EXPECT_NE(refused.back().detail.find("check user name and password"), std::string::npos);
    s = settings(TlsMode::implicit);
    s.ca_pem.clear();
    EXPECT_EQ(probe(s).back().name, "tls");
    s = settings(TlsMode::none);
    s.port = static_cast<std::uint16_t>(dovecot_->tls_port());
    s.timeout_seconds = 2;
    EXPECT_FALSE(probe(s).back().ok) << "clear talk to a TLS port";
}

}  // namespace
}  // namespace restante::fetch

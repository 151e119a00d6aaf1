#include "relay/receipts.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace restante::relay {
namespace {
using testing::HasSubstr;

TEST(ReceiptsTest, AReportGoesToTheSenderOnceThroughTheOutbox) {  // SM24: RFC 3461 4.1, 6.1
    std::string pattern = testing::TempDir() + "restante-XXXXXX";
    const std::string folder = ::mkdtemp(pattern.data());
    {
        ManualClock clock(from_micros(1'790'000'000'000'000));
        IdSource ids(clock);
        const auto database = db::Database::open({.sqlite = {.path = folder + "/x.db"}}).value();
        ASSERT_TRUE(database->migrate(store::Outbox::migrations()));
        store::Outbox outbox(*database, clock, ids);
        Receipts receipts(outbox, null_log(), "mail.test");
        mda::Receipts::Arrival arrival;
        arrival.envelope.reverse_path = message::Address::parse("x@elsewhere.example").value();
        arrival.envelope.envid = "E-1";
        arrival.recipients.push_back({message::Address::parse("bob@example.org").value(), {.success = true}});
        arrival.head = "Subject: hello\r\n\r\nbody";
        arrival.delivery_id = "d1";
        arrival.at = clock.now();
        receipts.delivered(arrival);
        receipts.delivered(arrival);
        const auto waiting = outbox.due(clock.now(), 10).value();
        ASSERT_EQ(waiting.size(), 1U);
        EXPECT_EQ(waiting[0].mail.reverse_path, "");
        EXPECT_THAT(waiting[0].mail.recipients, testing::ElementsAre("x@elsewhere.example"));
        EXPECT_THAT(waiting[0].mail.bytes, HasSubstr("Action: delivered\r\nStatus: 2.0.0\r\n"));
        EXPECT_THAT(waiting[0].mail.bytes, HasSubstr("Original-Envelope-Id: E-1\r\n"));
        EXPECT_THAT(waiting[0].mail.bytes, HasSubstr("Content-Type: text/rfc822-headers\r\n\r\nSubject: hello\r\n"));
    }
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace restante::relay

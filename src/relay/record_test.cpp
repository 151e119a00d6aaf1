#include "relay/record.hpp"

#include <gtest/gtest.h>

namespace restante::relay {
namespace {

QueueRecord full_record() {
    QueueRecord record;
    record.queued_at = from_micros(1'800'000'000'000'000);
    message::Envelope& envelope = record.envelope;
    envelope.reverse_path = message::Address::parse("\"a b\"@x.org").value();
    envelope.ret = message::Ret::hdrs;
    envelope.envid = "QQ 314159";
    envelope.body = message::Body::eight_bit_mime;
    envelope.smtputf8 = envelope.require_tls = true;
    envelope.recipients.push_back({message::Address::parse("bob@elsewhere.example").value()});
    envelope.recipients.push_back({message::Address::parse("jörg@[192.0.2.1]").value(),
                                   {.success = true, .failure = true},
                                   message::OriginalRecipient{"utf-8", "jörg; x@y.org"}});
    return record;
}

TEST(QueueRecordTest, BringsTheWholeEnvelopeBack) {  // SM24
    const QueueRecord record = full_record();
    const auto back = decode_record(encode_record(record));
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(back->envelope, record.envelope);
    EXPECT_EQ(back->queued_at, record.queued_at);
    QueueRecord bounce;
    bounce.envelope.recipients = {{message::Address::parse("bob@x.org").value()}};
    EXPECT_EQ(decode_record(encode_record(bounce))->envelope, bounce.envelope) << "the null reverse-path";
}

TEST(QueueRecordTest, NoByteOfAValueBreaksTheFormat) {
    QueueRecord record = full_record();
    record.envelope.envid = "a\nto eve@x.org\r\n";
    record.envelope.recipients[0].orcpt = message::OriginalRecipient{"rfc822", "x\nto eve@x.org"};
    const auto back = decode_record(encode_record(record));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->envelope.recipients.size(), 2U);
    EXPECT_EQ(back->envelope.envid, "a?to eve@x.org??");
}

TEST(QueueRecordTest, DamageIsFound) {
    const std::string good = encode_record(full_record());
    for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(decode_record(good.substr(0, cut)));
    for (std::size_t cut = 1; cut < good.size(); ++cut) EXPECT_FALSE(decode_record(good.substr(cut)));
    const std::string footer = good.substr(good.size() - kFooterOctets);
    EXPECT_EQ(record_octets(footer, 1'000'000).value(), good.size());
    EXPECT_FALSE(record_octets(footer, good.size() - 1)) << "longer than what is stored";
    EXPECT_FALSE(decode_record("restante-queue1 00000018"));
}

}  // namespace
}  // namespace restante::relay

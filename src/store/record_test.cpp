#include "store/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/big_file.hpp"
#include "store/cells.hpp"
#include "store/crc32c.hpp"
#include "store/maildrop_rows.hpp"

namespace restante::store {
namespace {

using testing::ElementsAre;

TEST(Crc32c, GivesThePublishedValues) {
    // RFC 3720 B.4
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstructionAndInPieces) {
    std::string text;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(crc32c(text), crc32c_portable(text));
        const auto cut = text.size() / 3;
        EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text));
        text += static_cast<char>(i * 37);
    }
}

TEST(Cells, EndAtTheGridWhateverTheStart) {
    EXPECT_EQ(cell_count(0, 0), 0U);
    EXPECT_EQ(cell_count(0, kCellBytes), 1U);
    EXPECT_EQ(cell_count(0, kCellBytes + 1), 2U);
    EXPECT_EQ(cell_count(kCellBytes - 1, 2), 2U);
    const std::string text(40'000, 'x');
    for (const std::uint64_t start : {0U, 1U, 16'383U, 16'384U, 65'000U}) {
        CellSums whole(start);
        whole.add(text);
        CellSums pieces(start);
        for (std::size_t at = 0; at < text.size(); at += 777) pieces.add(std::string_view(text).substr(at, 777));
        const auto sums = whole.finish();
        EXPECT_EQ(sums.size(), cell_count(start, text.size()));
        EXPECT_EQ(sums, pieces.finish());
    }
}

TEST(Cells, AreBoundToTheirOwner) {
    EXPECT_NE(seal_cell(7, 1, 0), seal_cell(7, 2, 0));
    EXPECT_NE(seal_cell(7, 1, 0), seal_cell(7, 1, 1));
    EXPECT_EQ(seal_cell(seal_cell(7, 1, 0), 1, 0), 7U);
}

Record delivery() {
    Record record;
    record.id = 77;
    record.received_at = -5;
    record.size = 1'000;
    record.maildrops = {3, 9};
    record.uidl = "uidl";
    record.delivery_id = std::string("with\0zero", 9);
    return record;
}

std::optional<Record> decode(const std::string& bytes, std::uint64_t offset, std::uint64_t salt) {
    const auto head = decode_head(bytes, offset);
    if (!head) return std::nullopt;
    return decode_record(*head, bytes.substr(0, kHeadBytes), bytes.substr(kHeadBytes), salt);
}

std::string encode_whole(const Record& record, std::uint64_t offset, std::uint64_t salt) {
    return encode_head(record, encode_meta(record), offset, 64, salt);
}

TEST(LogRecord, ComesBackAsItWas) {
    const Record record = delivery();
    const auto back = decode(encode_whole(record, 4'096, 5), 4'096, 5);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id, 77);
    EXPECT_EQ(back->received_at, -5);
    EXPECT_EQ(back->size, 1'000U);
    EXPECT_THAT(back->maildrops, ElementsAre(3, 9));
    EXPECT_EQ(back->uidl, "uidl");
    EXPECT_EQ(back->delivery_id, record.delivery_id);
    const auto head = decode_head(encode_whole(record, 4'096, 5), 4'096);
    EXPECT_EQ(head->durable, 64U);
    EXPECT_EQ(head->end() % 8, 0U);
}

TEST(LogRecord, IsNoRecordElsewhereOrWithAnyBitWrong) {
    const std::string good = encode_whole(delivery(), 4'096, 5);
    EXPECT_FALSE(decode(good, 4'104, 5)) << "another offset";
    EXPECT_FALSE(decode(good, 4'096, 6)) << "another segment's salt";
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 16);
        EXPECT_FALSE(decode(bad, 4'096, 5)) << i;
        EXPECT_FALSE(decode(good.substr(0, i), 4'096, 5)) << i;
    }
}

TEST(LogRecord, MustMakeSense) {
    const auto accepted = [](const Record& record) { return decode(encode_whole(record, 64, 1), 64, 1).has_value(); };
    Record nobody = delivery();
    nobody.maildrops.clear();
    EXPECT_FALSE(accepted(nobody));
    Record removal;
    removal.kind = RecordKind::removal;
    removal.maildrops = {1};
    removal.ids = {1, 2, 3};
    EXPECT_TRUE(accepted(removal));
    removal.size = 4;
    EXPECT_FALSE(accepted(removal));
    Record unknown = delivery();
    unknown.kind = static_cast<RecordKind>(99);
    EXPECT_FALSE(accepted(unknown));
}

TEST(LogRecord, SaysWhoRetiredWhat) {
    Record retirement;
    retirement.kind = RecordKind::retirement;
    retirement.id = 9;
    retirement.maildrops = {4};
    retirement.ids = {1, 2};
    retirement.deletion = std::make_shared<const Deletion>(Deletion{77, {2, 300}, "me@example.org", "192.0.2.1"});
    const std::string bytes = encode_whole(retirement, 64, 1);
    const auto back = decode(bytes, 64, 1);
    ASSERT_TRUE(back);
    EXPECT_THAT(back->ids, ElementsAre(1, 2));
    ASSERT_TRUE(back->deletion);
    EXPECT_EQ(back->deletion->until, 77);
    EXPECT_EQ(back->deletion->size.messages, 2U);
    EXPECT_EQ(back->deletion->size.octets, 300U);
    EXPECT_EQ(back->deletion->login, "me@example.org");
    EXPECT_EQ(back->deletion->peer, "192.0.2.1");
    for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_FALSE(decode(bytes.substr(0, i), 64, 1)) << i;
}

TEST(LogRecord, SaysWhereAMovedMessageShows) {
    Record move = delivery();
    move.kind = RecordKind::move;
    move.ids = {0, 12};
    const auto back = decode(encode_whole(move, 64, 1), 64, 1);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->hidden_by(0), 0);
    EXPECT_EQ(back->hidden_by(1), 12);
    move.ids = {12};
    EXPECT_FALSE(decode(encode_whole(move, 64, 1), 64, 1)) << "one for each maildrop, or none";
}

TEST(LogRecord, DoesNotTrustItsCounts) {
    // A million maildrops announced in a few octets: refused before anything is allocated for them.
    std::string meta(32, '\1');
    meta += std::string("\x40\x42\x0F\x00", 4);
    const std::string bytes = encode_head(delivery(), meta, 64, 0, 1);
    EXPECT_FALSE(decode(bytes, 64, 1));
}

TEST(SegmentHeader, ComesBackAndRefusesNewerVersions) {
    SegmentHeader header;
    header.number = 7;
    header.salt = 0xFEDCBA9876543210;
    header.previous = 6;
    header.previous_end = 12'345;
    header.highest_id = 99;
    header.created_at = 11;
    std::string bytes = encode(header);
    ASSERT_EQ(bytes.size(), kSegmentHeaderBytes);
    const auto back = decode_segment_header(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->salt, header.salt);
    EXPECT_EQ(back->previous, 6U);
    EXPECT_EQ(back->previous_end, 12'345U);
    EXPECT_EQ(back->highest_id, 99);
    bytes[50] = static_cast<char>(bytes[50] ^ 1);
    EXPECT_EQ(decode_segment_header(bytes).error().kind, ErrorKind::corrupt);
    bytes[8] = 3;
    EXPECT_EQ(decode_segment_header(bytes).error().kind, ErrorKind::newer_version);
    EXPECT_EQ(decode_segment_header("short").error().kind, ErrorKind::corrupt);
}

TEST(BigHeader, ComesBackAndIsChecked) {
    std::string bytes = encode(BigHeader{5, 65'000, 70'000'000});
    const auto back = decode_big_header(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->number, 5U);
    EXPECT_EQ(back->start, 65'000U);
    EXPECT_EQ(back->size, 70'000'000U);
    EXPECT_FALSE(decode_big_header(encode(BigHeader{5, 70'000, 1}))) << "starts behind the room for prefixes";
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    EXPECT_EQ(decode_big_header(bytes).error().kind, ErrorKind::corrupt);
}

TEST(Uidl, IsTheIdInFixedLength) {
    EXPECT_EQ(uidl_of(1), "0000000000000001");
    EXPECT_EQ(uidl_of(0x7FEDCBA987654321), "7fedcba987654321");
    EXPECT_EQ(id_of_uidl("7fedcba987654321"), 0x7FEDCBA987654321);
    EXPECT_EQ(id_of_uidl("7FEDCBA987654321"), std::nullopt);
    EXPECT_EQ(id_of_uidl("abc"), std::nullopt);
}

}  // namespace
}  // namespace restante::store

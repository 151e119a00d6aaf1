#include "base/secret_box.hpp"

#include <gtest/gtest.h>

namespace restante {
namespace {

TEST(SecretBox, OpensForItsOwnerOnly) {
    const SecretBox box(std::string(SecretBox::kKeyOctets, 'k'));
    const std::string sealed = box.seal("account 1", "hunter2");
    EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
    EXPECT_EQ(box.open("account 1", sealed).value(), "hunter2");
    EXPECT_EQ(box.open("account 2", sealed).error().kind, ErrorKind::corrupt);
    EXPECT_NE(box.seal("account 1", "hunter2"), sealed) << "a nonce is never used twice";
}

TEST(SecretBox, NoticesDamageAndAnotherKey) {
    const SecretBox box(std::string(SecretBox::kKeyOctets, 'k'));
    std::string sealed = box.seal("account 1", "hunter2");
    const SecretBox other(std::string(SecretBox::kKeyOctets, 'o'));
    EXPECT_EQ(other.open("account 1", sealed).error().kind, ErrorKind::corrupt);
    sealed.back() = static_cast<char>(sealed.back() ^ 1);
    EXPECT_EQ(box.open("account 1", sealed).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(box.open("account 1", "").error().kind, ErrorKind::corrupt);
    EXPECT_THROW(SecretBox("short"), std::invalid_argument);
}

}  // namespace
}  // namespace restante

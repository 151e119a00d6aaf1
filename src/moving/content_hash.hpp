#pragma once
// SHA-256 of a mail that passes by in pieces.
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace restante::moving {

class ContentHash {
public:
    ContentHash();
    ~ContentHash();
    ContentHash(const ContentHash&) = delete;
    ContentHash& operator=(const ContentHash&) = delete;
    void update(std::string_view bytes);
    /// Lower-case hex; once.
    std::string finish();

private:
    evp_md_ctx_st* context_;
};

}  // namespace restante::moving

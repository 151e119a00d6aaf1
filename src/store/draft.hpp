#pragma once
// A message under way: in memory up to a limit, then in a file.
#include <memory>
#include <string>
#include <vector>

#include "store/cells.hpp"
#include "store/store.hpp"
#include "store/store_files.hpp"

namespace restante::store {

class SpooledDraft final : public Draft {
public:
    /// `number` names the file, should one be needed; never used twice.
    SpooledDraft(std::shared_ptr<StoreFiles> files, std::size_t memory_bytes, std::uint64_t number);
    ~SpooledDraft() override;
    SpooledDraft(const SpooledDraft&) = delete;
    SpooledDraft& operator=(const SpooledDraft&) = delete;

    Result<void> append(std::string_view bytes) override;
    std::uint64_t size() const override { return size_; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override;

    bool is_in_file() const { return file_ != nullptr; }
    std::uint64_t number() const { return number_; }
    /// What is in memory, in order.
    const std::vector<std::string>& blocks() const { return blocks_; }
    /// For a draft in a file: completes it behind `prefix` and makes it the store's large file number(). Blocking:
    /// syncs.
    Result<void> keep(std::string_view prefix);

private:
    Result<void> spill();
    Result<void> flush();

    const std::shared_ptr<StoreFiles> files_;
    const std::size_t memory_bytes_;
    const std::uint64_t number_;
    std::uint64_t size_ = 0;
    std::uint64_t in_file_ = 0;        // octets written; the rest of size_ is in blocks_
    std::vector<std::string> blocks_;  // each is filled up to its capacity before the next
    std::unique_ptr<File> file_;
    CellSums sums_{0};
    bool kept_ = false;
};

}  // namespace restante::store

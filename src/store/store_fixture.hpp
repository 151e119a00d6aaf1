#pragma once
// For tests: a store on a real directory, with its threads.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "store/options.hpp"
#include "store/store.hpp"

namespace restante::store {

class StoreFixture : public testing::Test {
protected:
    StoreFixture() {
        char name[] = "/tmp/restante-store-XXXXXX";
        directory_ = mkdtemp(name);
        options_.directory = directory_ + "/mail";
        options_.draft_memory_bytes = 50'000;
        options_.index_delay = std::chrono::milliseconds(20);
        options_.free_bytes = 0;
        open();
    }
    ~StoreFixture() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }

    void open() {
        auto opened = open_store(options_, *files_, clock_, ids_, null_log());
        ASSERT_TRUE(opened) << opened.error().detail;
        store_ = std::move(*opened);
    }
    void reopen() {
        store_.reset();
        open();
    }

    Result<Committed> commit(std::string_view text, Delivery delivery) {
        auto draft = store_->create_draft();
        if (!draft) return fail(draft.error());
        while (!text.empty()) {
            const auto part = text.substr(0, 7'000);
            if (auto done = (*draft)->append(part); !done) return fail(done.error());
            text.remove_prefix(part.size());
        }
        std::promise<Result<Committed>> answer;
        store_->commit(std::move(*draft), std::move(delivery),
                       [&](Result<Committed> result) { answer.set_value(std::move(result)); });
        return answer.get_future().get();
    }
    MessageId put(std::string_view text, std::vector<MaildropId> maildrops) {
        Delivery delivery;
        delivery.prefix = "Return-Path: <a@b>\r\n";
        delivery.maildrops = std::move(maildrops);
        auto done = commit(text, delivery);
        EXPECT_TRUE(done) << done.error().detail;
        return done ? done->id : 0;
    }
    std::unique_ptr<Maildrop> maildrop(MaildropId id) {
        auto opened = store_->open_maildrop(id);
        EXPECT_TRUE(opened) << opened.error().detail;
        return opened ? std::move(*opened) : nullptr;
    }
    static std::string read_all(Maildrop& drop, const Entry& entry, std::size_t buffer = 10'000) {
        std::string out;
        std::string room(buffer, '\0');
        for (;;) {
            auto got = drop.read(entry, out.size(), room);
            if (!got) return "error: " + got.error().detail;
            if (*got == 0) return out;
            out += room.substr(0, *got);
        }
    }
    static Result<void> remove(Maildrop& drop, std::vector<MessageId> ids) {
        std::promise<Result<void>> answer;
        drop.delete_messages(std::move(ids), [&](Result<void> result) { answer.set_value(std::move(result)); });
        return answer.get_future().get();
    }
    static std::string uidl(const Maildrop& drop, std::size_t index) {
        std::string out;
        drop.append_uidl(index, out);
        return out;
    }

    std::string directory_;
    Options options_;
    std::unique_ptr<FileSystem> files_ = posix_file_system();
    SystemClock clock_;
    IdSource ids_{clock_};
    std::unique_ptr<MessageStore> store_;
};

inline std::string text_of(std::size_t size, char seed = 'a') {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) out += static_cast<char>(seed + i % 23);
    return out;
}

}  // namespace restante::store

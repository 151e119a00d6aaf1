#pragma once
// One random life of a store on a simulated disk, compared with the model all along.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "store/embedded_store.hpp"
#include "store/simulated_disk.hpp"
#include "store/store_model.hpp"

namespace restante::store {

struct RunProfile {
    DiskFaults faults;      // set and lifted at random
    double fault_time = 0;  // part of the run with faults
    bool power_loss = true;
    int steps = 100;
    bool index_loss = false;  // the index is removed now and then and made anew from the log
};

/// Counts what the store did, so that a test can tell that it tested something.
class EventCounts final : public Log {
public:
    bool enabled(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
        ++counts[std::string(event)];
        if (std::getenv("RESTANTE_STORE_SHOW") == nullptr) return;
        std::string line(event);
        for (const LogField& field : fields) {
            line += ' ' + std::string(field.key) + '=';
            if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
            if (const auto* number = std::get_if<std::int64_t>(&field.value)) line += std::to_string(*number);
        }
        std::puts(line.c_str());
    }
    std::map<std::string, int> counts;
};

class StoreRun {
public:
    StoreRun(std::uint64_t seed, const RunProfile& profile, EventCounts& events);
    ~StoreRun();
    /// Returns what went wrong, empty if nothing.
    std::string run();

private:
    struct Reader {
        MaildropId maildrop = 0;
        std::unique_ptr<Maildrop> drop;
        std::vector<std::string> bodies;  // expected, in order
    };
    void step();
    void deliver();
    void open_reader();
    void use_reader();
    void delete_some(Reader& reader);
    void retire_some(Reader& reader);
    std::vector<MessageId> choose(Reader& reader);
    void restore_some();
    void check_hidden(MaildropId maildrop);
    void clear();
    void pump();
    void toggle_faults();
    void restart(bool orderly);
    bool open_store();
    void check_all();
    std::string read_body(Maildrop& drop, const Entry& entry, std::string& out);
    std::string read_maildrop(Maildrop& drop, std::vector<Seen>& out);
    std::string bytes_for(std::size_t number);

    void stop_disk();
    void lose_index();
    void wrong(const std::string& what);
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    Engine& engine() { return *engine_; }
    /// Does anybody still hear what the store answers?
    bool heard() { return powered_ && !disk_.is_off(); }
    bool may_fail() { return faulty_ || disk_.is_off(); }
    bool accepting() { return engine_->statistics().accepting; }

    const std::uint64_t seed_;
    const RunProfile profile_;
    EventCounts& events_;
    std::mt19937_64 random_;
    SimulatedDisk disk_;
    ManualClock clock_;
    std::unique_ptr<IdSource> ids_;
    Options options_;
    StoreModel model_;
    std::unique_ptr<EmbeddedStore> store_;
    Engine* engine_ = nullptr;  // store_'s, also while it closes
    std::vector<Reader> readers_;
    std::set<std::pair<MaildropId, MessageId>> being_deleted_;
    bool faulty_ = false;
    bool powered_ = false;  // answers count
    std::string wrong_;
};

}  // namespace restante::store

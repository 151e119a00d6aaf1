// What the message store costs by itself: store_bench [DIRECTORY] [SECONDS]. Every commit is durable before it counts.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "store/maintenance.hpp"
#include "store/options.hpp"

namespace restante::store {
namespace {

using Clock = std::chrono::steady_clock;

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Octets this process caused to be written to the disk.
std::uint64_t disk_octets() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:") return value;
    }
    return 0;
}

struct Bench {
    explicit Bench(std::string directory) {
        options.directory = std::move(directory);
        std::filesystem::remove_all(options.directory);
        open();
    }
    ~Bench() {
        store.reset();
        std::filesystem::remove_all(options.directory);
    }
    void open() {
        store.reset();
        auto opened = open_store(options, *files, clock, ids, null_log());
        if (!opened) {
            std::fprintf(stderr, "cannot open the store: %s\n", opened.error().detail.c_str());
            std::exit(1);
        }
        store = std::move(*opened);
    }

    Options options;
    std::unique_ptr<FileSystem> files = posix_file_system();
    SystemClock clock;
    IdSource ids{clock};
    std::unique_ptr<MessageStore> store;
};

/// Keeps `writers` commits under way from one thread, as a server's loop does.
class Load {
public:
    Load(MessageStore& store, std::size_t writers, std::size_t size, std::size_t recipients, std::int64_t maildrops)
        : store_(store), free_(writers), text_(size, 'x'), recipients_(recipients), maildrops_(maildrops) {
        for (std::size_t i = 76; i + 1 < size; i += 78) text_.replace(i, 2, "\r\n");
    }
    void run(double seconds, std::uint64_t most = UINT64_MAX) {
        const std::size_t all = free_;
        const auto start = Clock::now();
        while (seconds_since(start) < seconds && started_ < most) {
            wait_for(1);
            const std::size_t now = std::exchange(ready_, 0);
            for (std::size_t i = 0; i < now; ++i) start_one();
        }
        while (ready_ < all) wait_for(all);
    }
    std::uint64_t stored() const { return stored_; }
    std::vector<double> latencies;

private:
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ready_ + free_ >= count; });
        ready_ += std::exchange(free_, 0);
    }
    void start_one() {
        ++started_;
        auto draft = store_.create_draft();
        for (std::size_t i = 0; i < text_.size(); i += 16'384) {
            (void)(*draft)->append(std::string_view(text_).substr(i, 16'384));
        }
        Delivery delivery;
        delivery.prefix = "Return-Path: <someone@example.org>\r\nReceived: from client by here; now\r\n";
        for (std::size_t i = 0; i < recipients_; ++i) {
            delivery.maildrops.push_back(2 +
                                         static_cast<MaildropId>(random_() % static_cast<std::uint64_t>(maildrops_)));
        }
        store_.commit(std::move(*draft), std::move(delivery), [this, begun = Clock::now()](Result<Committed> result) {
            const std::lock_guard lock(mutex_);
            if (result) ++stored_;
            latencies.push_back(seconds_since(begun));
            ++free_;
            changed_.notify_one();
        });
    }

    MessageStore& store_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t free_;       // answered, guarded by mutex_
    std::size_t ready_ = 0;  // of those, taken over by the loop
    std::uint64_t started_ = 0;
    std::uint64_t stored_ = 0;
    std::string text_;
    const std::size_t recipients_;
    const std::int64_t maildrops_;
    std::mt19937_64 random_{1};
};

void measure_commits(const std::string& directory, double seconds) {
    std::printf("%8s %8s %6s %12s %12s %10s %9s %9s %9s\n", "writers", "size", "rcpts", "messages/s", "CPU us/msg",
                "written/B", "msgs/sync", "p50 ms", "p99 ms");
    for (const std::size_t size : {4'096U, 51'200U}) {
        for (const auto& [writers, recipients] :
             std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {16, 1}, {64, 1}, {64, 50}}) {
            Bench bench(directory);
            Load load(*bench.store, writers, size, recipients, 1'000);
            const double cpu = cpu_seconds();
            const std::uint64_t disk = disk_octets();
            const auto start = Clock::now();
            load.run(seconds);
            const double took = seconds_since(start);
            const auto statistics = bench.store->statistics();
            bench.store.reset();  // what the index still has to do belongs to the cost
            const auto count = static_cast<double>(load.stored());
            std::sort(load.latencies.begin(), load.latencies.end());
            const auto at = [&](double part) {
                return load.latencies[static_cast<std::size_t>(part * static_cast<double>(load.latencies.size() - 1))] *
                       1e3;
            };
            std::printf("%8zu %8zu %6zu %12.0f %12.1f %10.2f %9.1f %9.2f %9.2f\n", writers, size, recipients,
                        count / took, (cpu_seconds() - cpu) / count * 1e6,
                        static_cast<double>(disk_octets() - disk) / (count * static_cast<double>(size)),
                        count / static_cast<double>(std::max<std::uint64_t>(statistics.syncs, 1)), at(0.5), at(0.99));
            std::fflush(stdout);
        }
    }
}

void measure_opening(const std::string& directory) {
    for (const std::uint64_t count : {10'000U, 100'000U}) {
        Bench bench(directory);
        Load(*bench.store, 256, 1'024, 1, 1).run(1e9, count);
        for (const bool cold : {true, false}) {
            if (cold) bench.open();
            const double cpu = cpu_seconds();
            const auto start = Clock::now();
            const int rounds = cold ? 1 : 200;
            for (int i = 0; i < rounds; ++i) (void)bench.store->open_maildrop(2);
            std::printf("open a maildrop of %6zu, %s: %9.1f us, CPU %9.1f us\n",
                        (*bench.store->open_maildrop(2))->messages().size(), cold ? "cold" : "warm",
                        seconds_since(start) * 1e6 / rounds, (cpu_seconds() - cpu) * 1e6 / rounds);
        }
        auto drop = std::move(*bench.store->open_maildrop(2));
        std::string room(65'536, '\0');
        const double cpu = cpu_seconds();
        std::size_t octets = 0;
        for (const Entry& entry : drop->messages()) octets += drop->read(entry, 0, room).value_or(0);
        std::printf("read every message once: CPU %.2f us each (%zu octets)\n",
                    (cpu_seconds() - cpu) * 1e6 / static_cast<double>(drop->messages().size()), octets);
    }
}

}  // namespace
}  // namespace restante::store

int main(int argc, char** argv) {
    const std::string directory = std::string(argc > 1 ? argv[1] : "/tmp") + "/restante-store-bench";
    restante::store::measure_commits(directory, argc > 2 ? std::atof(argv[2]) : 5);
    restante::store::measure_opening(directory);
}

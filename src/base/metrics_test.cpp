#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace restante {
namespace {
using testing::HasSubstr;

TEST(Metrics, SameNameAndLabelsIsTheSameCounter) {
    Metrics m;
    Counter& a = m.counter("mail_total", "Mails", {{"road", "smtp"}});
    a.add();
    m.counter("mail_total", "Mails", {{"road", "smtp"}}).add(2);
    m.counter("mail_total", "Mails", {{"road", "pop3"}}).add(5);
    EXPECT_EQ(a.value(), 3u);
    EXPECT_EQ(m.prometheus(),
              "# HELP mail_total Mails\n# TYPE mail_total counter\n"
              "mail_total{road=\"pop3\"} 5\nmail_total{road=\"smtp\"} 3\n");
}

TEST(Metrics, LabelValuesAreEscaped) {
    Metrics m;
    m.gauge("g", "two\nlines", {{"host", "a\"b\\c\nd"}}).set(-4);
    EXPECT_EQ(m.prometheus(), "# HELP g two\\nlines\n# TYPE g gauge\ng{host=\"a\\\"b\\\\c\\nd\"} -4\n");
}

TEST(Metrics, HistogramCumulatesAndCountsTheBoundItself) {
    Metrics m;
    Histogram& h = m.histogram("seconds", "Time", {{"op", "x"}}, {0.1, 1});
    for (const double v : {0.1, 0.5, 7.0}) h.observe(v);
    const std::string text = m.prometheus();
    EXPECT_THAT(text, HasSubstr("seconds_bucket{op=\"x\",le=\"0.1\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("seconds_bucket{op=\"x\",le=\"1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("seconds_sum{op=\"x\"} 7.6\n"));
    EXPECT_THAT(text, HasSubstr("seconds_count{op=\"x\"} 3\n"));
}

TEST(Metrics, WrongUseIsAFault) {
    Metrics m;
    m.counter("c", "");
    EXPECT_THROW(m.gauge("c", ""), std::logic_error);
    EXPECT_THROW(m.counter("no-dash", ""), std::logic_error);
    EXPECT_THROW(m.counter("d", "", {{"1x", ""}}), std::logic_error);
}

TEST(Metrics, CountsFromManyThreads) {
    Metrics m;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&m] {
            for (int i = 0; i < 1000; ++i) {
                m.counter("n", "").add();
                m.histogram("h", "").observe(1);
            }
        });
    for (auto& t : threads) t.join();
    EXPECT_EQ(m.counter("n", "").value(), 4000u);
    EXPECT_EQ(m.histogram("h", "").sum(), 4000.0);
}

}  // namespace
}  // namespace restante

#pragma once
// What a classifier learns a message by: words and where they stand. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "message/message.hpp"

namespace restante::filter {

/// Stable across versions and machines: it is stored.
using Feature = std::uint64_t;
Feature feature_of(std::string_view text);

struct FeatureText {
    Feature feature = 0;
    std::string text;  // "subject:invoice", "wire transfer", "host:example.org"; where asked for
};

/// Each once, in the order of the message; at most kMostFeatures. Nothing that delivery adds or that differs between two
/// copies of one mail (Received, Return-Path, Delivered-To, Message-ID, Date) is among them.
std::vector<FeatureText> features_of(const message::Message& message, bool with_texts);
inline constexpr std::size_t kMostFeatures = 2'800;

}  // namespace restante::filter

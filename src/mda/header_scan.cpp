#include "mda/header_scan.hpp"

#include "base/text.hpp"

namespace restante::mda {

bool HeaderScan::feed(std::string_view bytes) {
    for (const char c : bytes) {
        if (at_ == At::end) return false;
        if (at_ == At::line_start) start_line(c);
        if (at_ == At::name) {
            if (c == ':')
                end_name();
            else if (c != ' ' && c != '\t') {  // RFC 5322 4.5 allows blanks before the colon
                if (name_size_ < name_.size()) name_[name_size_] = ascii_lower(c);
                ++name_size_;
            }
        }
        ++position_;
        if (c == '\n' && at_ != At::end) at_ = At::line_start;
    }
    return at_ != At::end;
}

void HeaderScan::start_line(char first) {
    if (first == ' ' || first == '\t') {  // a fold belongs to the field before it
        at_ = At::rest;
        return;
    }
    if (open_return_path_) return_path_ = Span{*open_return_path_, position_};
    open_return_path_.reset();
    line_begin_ = position_;
    name_size_ = 0;
    at_ = first == '\r' || first == '\n' ? At::end : At::name;
}

void HeaderScan::end_name() {
    at_ = At::rest;
    if (name_size_ > name_.size()) return;
    const std::string_view name(name_.data(), name_size_);
    if (name == "received") ++received_;
    if (name == "return-path" && !return_path_) open_return_path_ = line_begin_;
}

}  // namespace restante::mda

#include "message/html_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "message/charset.hpp"
#include "message/html_regions.hpp"
#include "message/html_tokens.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kMaxOpen = 200;
constexpr std::size_t kMaxRegions = 1'000;

template <std::size_t N>
bool any_of(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 14> kVoid{"br",   "hr",  "img",  "meta",  "link",   "input", "col",
                                                 "base", "wbr", "area", "param", "source", "track", "embed"};
constexpr std::array<std::string_view, 17> kParagraphs{"p",     "h1",   "h2",     "h3", "h4",      "h5",
                                                       "h6",    "ul",   "ol",     "dl", "pre",     "blockquote",
                                                       "table", "form", "figure", "hr", "fieldset"};
constexpr std::array<std::string_view, 18> kLines{"div",     "tr",     "li",     "dt",     "dd",    "section",
                                                  "article", "header", "footer", "center", "tbody", "thead",
                                                  "address", "main",   "nav",    "aside",  "body",  "caption"};

bool is_block(std::string_view name) { return any_of(kParagraphs, name) || any_of(kLines, name); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

struct OpenElement {
    std::string name;
    std::optional<std::size_t> region;  // index into the regions
    std::string href;
    std::size_t text_start = 0;  // of the output, for links
    int counter = 0;             // of an ordered list; 0: bullets
};

class Renderer {
public:
    explicit Renderer(const HtmlOptions& options) : options_(options) {}

    HtmlText run(std::string_view html) {
        HtmlReader reader(html);
        while (auto token = reader.next()) {
            if (out_.text.size() > options_.max_text_bytes) break;
            switch (token->kind) {
                case HtmlToken::Kind::text:
                    text(token->text);
                    break;
                case HtmlToken::Kind::start:
                    start(*token);
                    break;
                case HtmlToken::Kind::end:
                    end(token->name);
                    break;
            }
        }
        while (!open_.empty()) pop();
        trim_line();
        if (!out_.text.empty() && out_.text.back() != '\n') out_.text += '\n';
        for (TextRegion& region : out_.regions) {
            region.end = std::min(region.end, out_.text.size());
            region.begin = std::min(region.begin, region.end);
            if (region.kind == TextRegion::Kind::rest) region.end = out_.text.size();
        }
        return std::move(out_);
    }

private:
    void text(std::string_view s) {
        if (preformatted_ > 0) {
            for (const char c : s) c == '\n' ? hard_break() : put(c);
            return;
        }
        for (std::size_t i = 0; i < s.size(); ++i) {
            const bool nbsp = s.substr(i, 2) == "\xC2\xA0";
            if (!nbsp && !is_blank(s[i])) {
                put(s[i]);
                continue;
            }
            i += nbsp ? 1 : 0;
            blank_ = true;
        }
    }

    void put(char c) {
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return;
        begin_line();
        if (blank_ && line_has_text_) out_.text += ' ';
        blank_ = false;
        out_.text += c;
        line_has_text_ = true;
    }

    /// Writes the line ends that are due and the quote and list marks of a new line.
    void begin_line() {
        if (out_.text.empty()) due_lines_ = 0;
        if (due_lines_ > 0) {
            trim_line();
            out_.text += '\n';
            if (due_lines_ > 1) {
                // An empty line between two quoted ones is quoted too.
                append_quote_mark(std::min(quotes_, last_quotes_));
                trim_line();
                out_.text += '\n';
            }
            due_lines_ = 0;
            at_line_start_ = true;
        }
        if (!at_line_start_) return;
        append_quote_mark(quotes_);
        last_quotes_ = quotes_;
        if (list_depth_ > 1) out_.text.append(2 * std::min<std::size_t>(list_depth_ - 1, 10), ' ');
        out_.text += marker_;
        marker_.clear();
        at_line_start_ = line_has_text_ = blank_ = false;
    }

    void append_quote_mark(std::size_t depth) {
        for (std::size_t i = 0; i < std::min<std::size_t>(depth, 10); ++i) out_.text += "> ";
    }

    void trim_line() {
        while (!out_.text.empty() && out_.text.back() == ' ') out_.text.pop_back();
    }

    /// At least `lines` line ends before the next text.
    void break_line(std::size_t lines) {
        due_lines_ = std::max(due_lines_, lines);
        blank_ = false;
    }

    /// One more line end than there is already: <br>, or a line of preformatted text.
    void hard_break() {
        due_lines_ = std::min<std::size_t>(due_lines_ + 1, 2);
        blank_ = false;
    }

    void start(const HtmlToken& tag) {
        const std::string& name = tag.name;
        if (name == "br") return hard_break();
        close_implied(name);
        const auto kind = region_of(tag);
        if (is_block(name) || kind == TextRegion::Kind::rest) break_line(any_of(kParagraphs, name) ? 2 : 1);
        if (name == "td" || name == "th") blank_ = true;
        if (name == "hr" && kind) open_region(*kind);
        if (any_of(kVoid, name)) return;
        if (open_.size() >= kMaxOpen) {
            ++untracked_;
            return;
        }
        OpenElement element{name, std::nullopt, {}, out_.text.size(), 0};
        if (kind) element.region = open_region(*kind);
        if (name == "a") element.href = tag.attribute("href");
        if (name == "ol") element.counter = 1;
        if (name == "blockquote") ++quotes_;
        if (name == "ul" || name == "ol") ++list_depth_;
        if (name == "pre") ++preformatted_;
        if (name == "li") list_item();
        open_.push_back(std::move(element));
    }

    std::optional<std::size_t> open_region(TextRegion::Kind kind) {
        if (out_.regions.size() >= kMaxRegions) return std::nullopt;
        out_.regions.push_back({out_.text.size(), out_.text.size(), kind});
        return out_.regions.size() - 1;
    }

    void list_item() {
        marker_ = "- ";
        for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
            if (it->name != "ul" && it->name != "ol") continue;
            if (it->counter > 0) marker_ = std::to_string(it->counter++) + ". ";
            return;
        }
    }

    /// End tags that HTML lets authors leave out.
    void close_implied(std::string_view name) {
        if (name == "li") return close_up_to("li", {"ul", "ol"});
        if (name == "dt" || name == "dd") {
            close_up_to("dt", {"dl", "table"});
            return close_up_to("dd", {"dl", "table"});
        }
        if (name == "td" || name == "th") {
            close_up_to("td", {"tr", "table"});
            return close_up_to("th", {"tr", "table"});
        }
        if (name == "tr") return close_up_to("tr", {"table", "table"});
        if (is_block(name)) close_up_to("p", {"div", "blockquote"});
    }

    void close_up_to(std::string_view name, std::array<std::string_view, 2> barriers) {
        for (std::size_t i = open_.size(); i-- > 0 && open_.size() - i < 20;) {
            if (open_[i].name == name) {
                while (open_.size() > i) pop();
                return;
            }
            if (open_[i].name == barriers[0] || open_[i].name == barriers[1] || open_[i].name == "td") return;
        }
    }
    void end(const std::string& name) {
        if (untracked_ > 0 && !any_of(kVoid, name)) {
            --untracked_;
            if (is_block(name)) break_line(1);
            return;
        }
        if (name == "br") return hard_break();
        if (name == "p" || is_block(name)) break_line(any_of(kParagraphs, name) ? 2 : 1);
        for (std::size_t i = open_.size(); i-- > 0;) {
            if (open_[i].name == name) {
                while (open_.size() > i) pop();
                return;
            }
            // An inline end tag does not reach out of its cell or quotation.
            const bool barrier = open_[i].name == "td" || open_[i].name == "blockquote";
            if (barrier && !is_block(name) && name != "td") return;
        }
    }

    void pop() {
        const OpenElement element = std::move(open_.back());
        open_.pop_back();
        if (element.name == "a") link(element);
        if (is_block(element.name)) break_line(any_of(kParagraphs, element.name) ? 2 : 1);
        if (element.name == "blockquote") --quotes_;
        if (element.name == "ul" || element.name == "ol") --list_depth_;
        if (element.name == "pre") --preformatted_;
        if (element.name == "li") marker_.clear();
        if (element.region) out_.regions[*element.region].end = out_.text.size();
    }

    void link(const OpenElement& element) {
        const std::string href = clean_line(element.href);
        if (!options_.link_targets || out_.text.size() <= element.text_start) return;
        const bool mail = istarts_with(href, "mailto:");
        if (!mail && !istarts_with(href, "http://") && !istarts_with(href, "https://")) return;
        const std::string_view shown = trim(std::string_view(out_.text).substr(element.text_start));
        std::string_view target = std::string_view(href).substr(mail ? 7 : href.find("//") + 2);
        while (!target.empty() && target.back() == '/') target.remove_suffix(1);
        if (target.empty() || shown.find(target) != std::string_view::npos ||
            (mail && shown.find('@') != std::string_view::npos))
            return;
        blank_ = true;
        for (const char c : "<" + (mail ? std::string(target) : href) + ">") put(c);
    }

    const HtmlOptions& options_;
    HtmlText out_;
    std::vector<OpenElement> open_;
    std::size_t untracked_ = 0, quotes_ = 0, list_depth_ = 0, preformatted_ = 0, due_lines_ = 0, last_quotes_ = 0;
    bool at_line_start_ = true, line_has_text_ = false, blank_ = false;
    std::string marker_;
};
}  // namespace

HtmlText html_to_text(std::string_view html, const HtmlOptions& options) { return Renderer(options).run(html); }

}  // namespace restante::message

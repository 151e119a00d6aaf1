#include "admin/http_codec.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <ctime>

#include "admin/problem.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

namespace http = boost::beast::http;

/// Bytes that may wait unparsed: a chunk header or a trailer that does not end is an attack.
constexpr std::size_t kMostUnparsed = 64 * 1024;

Response refusal(const boost::beast::error_code& code) {
    if (code == http::error::header_limit) return problem(431, "header_too_large", "the header is too large");
    if (code == http::error::body_limit) return problem(413, "too_large", "the body is too large");
    if (code == http::error::bad_version)
        return problem(505, "unsupported", "only HTTP/1.0 and HTTP/1.1 are spoken here");
    return problem(400, "invalid", "this is not a proper HTTP request: " + code.message());
}

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    tm parts{};
    ::gmtime_r(&now, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

bool is_one_line(const std::string& text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

/// A body that is kept as it comes: http::string_body sets memory aside for all that a client announces.
struct GrowingBody {
    using value_type = std::string;
    struct reader {
        template <bool is_request, class Fields>
        reader(http::header<is_request, Fields>&, value_type& to) : body(to) {}
        void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& failed) { failed = {}; }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::beast::error_code& failed) {
            failed = {};
            std::size_t taken = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
                const boost::asio::const_buffer piece(*at);
                body.append(static_cast<const char*>(piece.data()), piece.size());
                taken += piece.size();
            }
            return taken;
        }
        void finish(boost::beast::error_code& failed) { failed = {}; }
        value_type& body;
    };
};

}  // namespace

struct RequestReader::Impl {
    http::request_parser<GrowingBody> parser;
    std::size_t body_limit = 0;
    bool told_header = false;
    bool streams = false;

    bool too_large() const {
        if (streams) return false;
        const auto announced = parser.content_length();
        return (announced && *announced > body_limit) || parser.get().body().size() > body_limit;
    }
};

RequestReader::RequestReader(std::size_t header_limit, std::size_t body_limit) : impl_(std::make_unique<Impl>()) {
    impl_->parser.header_limit(static_cast<std::uint32_t>(header_limit));
    impl_->parser.body_limit(boost::none);  // known after the header
    impl_->body_limit = body_limit;
}
RequestReader::~RequestReader() = default;

tl::expected<RequestReader::State, Response> RequestReader::feed(std::string& buffer) {
    auto& parser = impl_->parser;
    for (;;) {
        if (parser.is_header_done() && !impl_->told_header) {
            impl_->told_header = true;
            parser.eager(true);
            const bool has_host = parser.get().count(http::field::host) == 1;  // RFC 9112 3.2
            if (parser.get().version() == 11 && !has_host)
                return tl::unexpected(problem(400, "invalid", "exactly one Host field is needed"));
            return State::header;
        }
        if (impl_->told_header && impl_->too_large()) return tl::unexpected(refusal(http::error::body_limit));
        if (parser.is_done()) return State::complete;
        if (buffer.empty()) return State::need_more;
        boost::beast::error_code failed;
        const std::size_t used = parser.put(boost::asio::buffer(buffer), failed);
        buffer.erase(0, used);
        if (failed == http::error::need_more) {
            if (buffer.size() <= kMostUnparsed) return State::need_more;
            return tl::unexpected(problem(400, "invalid", "a line of the request does not end"));
        }
        if (failed) return tl::unexpected(refusal(failed));
    }
}

std::optional<Response> RequestReader::refuse_large() const {
    if (!impl_->too_large()) return std::nullopt;
    return refusal(http::error::body_limit);
}

void RequestReader::stream_body() { impl_->streams = true; }

Request RequestReader::head() const {
    const auto& message = impl_->parser.get();
    Request out;
    out.method = std::string(message.method_string());
    const std::string target(message.target());
    const std::size_t mark = target.find('?');
    out.path = target.substr(0, mark);
    if (mark != std::string::npos) out.query = target.substr(mark + 1);
    for (const auto& field : message)
        out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    return out;
}

std::string RequestReader::take_body() { return std::exchange(impl_->parser.get().body(), {}); }
bool RequestReader::keep_alive() const { return impl_->parser.get().keep_alive(); }

bool RequestReader::expects_continue() const {
    const auto& message = impl_->parser.get();
    return message.version() == 11 && iequals(std::string(message[http::field::expect]), "100-continue");
}

std::string response_head(const Response& response, bool keep_alive) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + reason_phrase(response.status) + "\r\n";
    const auto add = [&out](const std::string& name, const std::string& value) {
        if (is_one_line(name) && is_one_line(value)) out += name + ": " + value + "\r\n";
    };
    add("Date", http_date());
    if (!response.content_type.empty()) add("Content-Type", response.content_type);
    // RFC 9110 8.6: none with 204 and 304.
    if (response.status != 204 && response.status != 304) add("Content-Length", std::to_string(response.body.size()));
    if (!keep_alive) add("Connection", "close");
    add("X-Content-Type-Options", "nosniff");
    bool told_caches = false;
    for (const auto& [name, value] : response.headers) {
        add(name, value);
        told_caches = told_caches || iequals(name, "Cache-Control");
    }
    if (!told_caches) add("Cache-Control", "no-store");
    return out + "\r\n";
}

}  // namespace restante::admin

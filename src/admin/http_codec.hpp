#pragma once
// Internal to admin: HTTP/1.1 requests out of bytes, responses into bytes. Beast's parser, fed by hand.
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "admin/http_message.hpp"

namespace restante::admin {

/// Reads one request. Not reused.
class RequestReader {
public:
    RequestReader(std::size_t header_limit, std::size_t body_limit);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    enum class State { need_more, header, complete };
    /// Takes what it can from the front of the buffer. `header` comes once, when method, path and header fields are
    /// known. The error is the answer to give before closing.
    tl::expected<State, Response> feed(std::string& buffer);

    /// After header: the body may be of any size, and take_body() is to be called after every feed().
    void stream_body();
    /// After header: the refusal of a body that is announced larger than may be.
    std::optional<Response> refuse_large() const;
    /// After header: all but the body.
    Request head() const;
    /// What has come of the body since the last call.
    std::string take_body();
    bool keep_alive() const;
    bool expects_continue() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Status line and header fields, ready to send before the body. Fields with a line break in them are left out.
std::string response_head(const Response& response, bool keep_alive);

}  // namespace restante::admin

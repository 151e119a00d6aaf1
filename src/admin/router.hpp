#pragma once
// The table of the HTTP API: what can be asked, by whom, with which shapes, and who answers.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/http_message.hpp"
#include "admin/problem.hpp"
#include "admin/schema.hpp"
#include "base/log.hpp"
#include "net/task.hpp"

namespace restante::admin {

/// Runs on a thread of the WorkPool; may block on SQL. An Error becomes problem+json (problem.hpp), an exception a 500.
using Handler = std::function<Result<Response>(const Request&)>;
/// Runs on the connection's executor; for what waits for the network. The request is the coroutine's own.
using AsyncHandler = std::function<net::Task<Result<Response>>(Request)>;

/// Takes a request's body as it comes, for bodies that do not fit in memory. On the connection's executor; destroyed
/// without finish() when the client goes away.
class BodySink {
public:
    virtual ~BodySink() = default;
    /// An error ends the request and is its answer.
    virtual net::Task<Result<void>> take(std::string piece) = 0;
    virtual net::Task<Result<Response>> finish() = 0;
};
/// Before the body, on a thread of the WorkPool; may block.
using SinkHandler = std::function<Result<std::unique_ptr<BodySink>>(const Request&)>;

struct Route {
    std::string method;     // "GET", "POST", "PUT", "PATCH", "DELETE"; HEAD is served by GET
    std::string path;       // "/api/v1/accounts/{id}"; {id} and {..._id} take ids, others any text
    std::string operation;  // OpenAPI operationId, unique: "getAccount"
    std::string summary;    // one line
    std::string tag{};      // group in the document: "accounts"
    Access access = Access::administrator;
    std::vector<Field> query{};     // parameters behind '?'; others are refused
    std::string request{};          // schema of the JSON body; empty: a body is refused
    std::string response{};         // schema of the JSON body answered, or another media type; empty: no body
    std::vector<int> success{200};  // statuses that are not problems
    Handler handler{};              // either
    AsyncHandler async_handler{};   // or
    SinkHandler sink_handler{};     // or, with
    std::string media_type{};       // what the body that is taken as it comes must be
};

/// Of Route::response: a media type, not the name of a schema.
inline bool is_media_type(std::string_view response) { return response.find('/') != std::string_view::npos; }

/// Called for every route but Access::open, on the WorkPool. unauthenticated: no or wrong credentials. For open routes
/// the principal is nobody.
using Authenticator = std::function<Result<Principal>(const Request&)>;

struct RouterOptions {
    std::string title = "Restante";
    std::string version = "0.1.0";
    bool check_responses = false;  // a response that breaks its schema becomes a 500: on in tests
};

/// Filled at start, then only read, by any thread.
class Router {
public:
    explicit Router(Log& log, RouterOptions options = {});
    ~Router();

    Schemas& schemas() { return schemas_; }
    const Schemas& schemas() const { return schemas_; }
    void set_authenticator(Authenticator authenticator) { authenticator_ = std::move(authenticator); }
    /// For GET of paths no route has (the console's files); access open.
    void set_fallback(Handler handler) { fallback_ = std::move(handler); }

    /// Throws std::logic_error: method and path or operation taken, no or two handlers.
    void add(Route route);
    /// Throws std::logic_error naming every schema that routes or schemas refer to and nobody declared.
    void check_complete() const;

    /// Routing, credentials, parameters, body, handler: everything but an async handler, which is then in `pending` and
    /// is to be run and its result given to finish(). Never throws. Blocking: on the WorkPool.
    struct Answer {
        Response response;
        const Route* pending = nullptr;
        std::unique_ptr<BodySink> sink{};  // with pending: to be given the body
    };
    Answer answer(Request& request) const;
    /// Does the body go to a sink? Then answer() is to be called before it comes.
    bool streams(const Request& request) const;
    /// A handler's outcome as a response.
    Response finish(const Route& route, const Request& request, Result<Response> outcome) const;
    /// May the body still come (100-continue, large bodies)? A problem to answer instead: no such route, no body
    /// expected. Cheap, without credentials: on the connection's executor.
    std::optional<Response> refuse_early(const Request& request) const;

    /// OpenAPI 3.1.
    json::object openapi() const;
    const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

private:
    struct Match;
    Match match(const Request& request) const;
    Result<Principal> authorize(const Route& route, const Request& request) const;
    std::optional<Response> take_body(const Route& route, Request& request) const;
    std::optional<Response> take_query(const Route& route, Request& request) const;

    Log& log_;
    const RouterOptions options_;
    Schemas schemas_;
    std::vector<std::unique_ptr<Route>> routes_;
    Authenticator authenticator_;
    Handler fallback_;
};

}  // namespace restante::admin

// The message store's upkeep: check it, give space back, copy it.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

std::string found(const store::VerifyReport& report) {
    return std::to_string(report.messages) + " messages, " + std::to_string(report.records) + " records in " +
           std::to_string(report.segments) + " segments, " + std::to_string(report.fault_count) + " faults";
}

Result<Response> verify_store(Parts& parts, const Request&) {
    const auto report = parts.upkeep.verify();
    if (!report) return fail(report.error());
    const json::array faults(report->faults.begin(), report->faults.end());
    return Response::of(json::object{{"ok", report->fault_count == 0}, {"found", found(*report)}, {"faults", faults}});
}

Result<Response> compact_store(Parts& parts, const Request&) {
    const auto freed = parts.upkeep.compact();
    if (!freed) return fail(freed.error());
    return Response::of(json::object{{"freed_octets", *freed}});
}

// Writes keys into a folder of the caller's choice: for whoever is on the machine and may use the socket only.
Result<Response> back_up(Parts& parts, const Request& request) {
    if (!request.unix_user) return fail(ErrorKind::denied, "a backup is made through the unix socket only");
    const std::string folder = *get_string(request.json, "folder");
    const auto report = parts.upkeep.backup(folder);
    if (!report) return at_field("folder", report.error());
    return Response::of(json::object{{"folder", folder}, {"files", report->files}, {"reaches", to_rfc3339(report->reaches)}});
}

void declare_store(Schemas& schemas) {
    schemas.add({"StoreVerified",
                 "What a full check of the store found.",
                 {field("ok", Type::boolean).required(), field("found", Type::string).required(),
                  array_field("faults", Type::string).required().about("The first hundred")}});
    schemas.add({"StoreCompacted", "Space given back.", {field("freed_octets", Type::integer).required()}});
    schemas.add({"StoreBackup",
                 "Where to.",
                 {field("folder", Type::string).required().length(1, 4096).about("On the server; made, or empty")}});
    schemas.add({"StoreBackedUp",
                 "A backup of mail, database and keys.",
                 {field("folder", Type::string).required(), field("files", Type::integer).required().about("Of mail"),
                  field("reaches", Type::timestamp).required().about("Everything confirmed before is in it")}});
}

Operation store_action(const char* path, const char* id, const char* summary, const char* response,
                 Result<Response> (*function)(Parts&, const Request&)) {
    Operation operation;
    operation.method = "POST";
    operation.path = path;
    operation.id = id;
    operation.summary = summary;
    operation.response = response;
    operation.function = function;
    return operation;
}

}  // namespace

Group store_group() {
    Operation backup = store_action("/store/backup", "backUpStore", "Copy mail, database and keys while the server runs (unix socket only)",
                              "StoreBackedUp", back_up);
    backup.request = "StoreBackup";
    return {"server",
            declare_store,
            {store_action("/store/verify", "verifyStore", "Read everything and compare every checksum", "StoreVerified", verify_store),
             store_action("/store/compact", "compactStore", "Give back the space of deleted messages now", "StoreCompacted", compact_store),
             std::move(backup)}};
}

}  // namespace restante::admin

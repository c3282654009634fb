// Calls byokd's API for the commands: finds the daemon, says who is calling, and turns every way in
// which a call can fail into the line and the exit code that the user gets.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "common/http_client.hpp"

namespace byok::cli {

// What a call is for: "cannot ACTION" begins the line that tells of its failure.
struct Call {
  std::string_view method;
  std::string target;
  std::string action;  // "list the keys"
};

struct Answer {
  WipingBuffer body;
  boost::json::value json;  // the body, parsed

  std::string_view text() const { return {body.data(), body.size()}; }
};

class Client {
 public:
  // Settles address, tenant and token; connects with the first call only.
  static Outcome<Client> open(const Context& context);

  // `body` is JSON; empty for none. Answers with other than success, and what is no JSON, fail.
  Outcome<Answer> call(const Call& call, std::string_view body = {});

  // The same, with the answer's body given to `on_piece` as it comes in. An answer that tells of a
  // failure is not given to it.
  using OnBytes = std::function<void(std::string_view)>;
  Outcome<void> stream(const Call& call, std::string_view body, const OnBytes& on_piece);
  // The same for a GET.
  Outcome<void> download(const Call& call, const OnBytes& on_piece);
  // Sends what `fd` holds to its end, of that media type, while the answer comes in.
  Outcome<void> upload(const Call& call, int fd, std::string_view media_type,
                       const OnBytes& on_piece);

  // For calls that are not worth waiting for.
  void wait_at_most(std::chrono::milliseconds silence) { http_.allow_silence(silence); }
  // For calls that byokd answers once it has gone through the whole database.
  void wait_for_long() { http_.allow_silence(std::chrono::hours(24)); }
  // Readable ends a running call with Exit::interrupted; -1 for none.
  void interrupt_by(int fd) { http_.interrupt_by(fd); }

  // The tenant that is acted for; byokd takes "default" where none is named.
  std::string tenant() const { return tenant_ ? tenant_->str() : std::string(default_tenant); }

 private:
  Client(HttpAddress address, HttpTlsFiles tls_files, std::optional<TenantId> tenant,
         const Secret& token);

  HttpRequest request(const Call& call) const;
  Outcome<void> receive(const Call& call, const HttpRequest& request, const OnBytes& on_piece);
  Failure transport_failure(const HttpError& error, const Call& call) const;
  Failure no_api(const Call& call) const;
  Failure api_failure(const HttpResponse& response, const Call& call) const;

  HttpClient http_;
  std::optional<TenantId> tenant_;
  Secret authorization_;  // the field's value; empty where no token is sent
};

// A call whose JSON answer is printed as it is with --json, and otherwise by `show`.
Outcome<void> call_and_show(const Context& context, const Call& call, std::string_view body,
                            const std::function<void(const Answer&)>& show);

// The same for an answer that comes by pages: its array `list` is the whole, all pages' together.
// An answer of one page is printed as it is, too.
Outcome<void> call_pages_and_show(const Context& context, const Call& call, std::string_view list,
                                  const std::function<void(const boost::json::value&)>& show);

// `text` as one segment of a path (RFC 3986 section 3.3).
std::string path_segment(std::string_view text);

}  // namespace byok::cli

// What browsers load: the API's description, and the settings page with its files. It is for
// anybody and holds nothing of anybody: the page itself makes the calls, with what is typed into
// it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/http/page_files.hpp"
#include "daemon/http/routes.hpp"

namespace byok::http {
namespace {

using net::Awaitable;
using service::Exchange;
using service::Worker;

Error nothing_here() {
  return {Errc::not_found, "there is nothing at this path: see the API's description"};
}

// Asked for again with each load, and sent again where it is another.
Reply file_reply(const Exchange& exchange, const PageFile& file) {
  std::string fields = fmt::format(
      "Cache-Control: no-cache\r\nETag: {}\r\nX-Content-Type-Options: nosniff\r\n", file.etag);
  const std::string_view known = http1::value_of(exchange.head.fields, "if-none-match");
  if (known.find(file.etag) != known.npos) return plain_reply(304, fields);
  fields += fmt::format("Content-Type: {}\r\n", file.type);
  return plain_reply(200, fields, std::string(file.text));
}

Awaitable<Result<Reply>> describe(Worker&, Exchange& exchange, const PathParameters&) {
  return Result<Reply>(file_reply(exchange, *find_page_file("openapi.json")));
}

// Where the operator wants it. Peers of the Unix socket may be operators by that alone, and no
// browser is to be one.
bool serves_page(const Exchange& exchange) {
  return exchange.config->settings.ui && exchange.peer() != "unix";
}

// The page runs its own scripts and styles, speaks to its own server, and is shown in frames of
// `ancestors` alone. Nothing that it is given becomes markup.
std::string page_fields(const std::vector<std::string>& ancestors) {
  std::string fields = fmt::format(
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
      "connect-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; "
      "frame-ancestors {}; require-trusted-types-for 'script'; trusted-types 'none'\r\n",
      ancestors.empty() ? "'none'" : fmt::format("{}", fmt::join(ancestors, " ")));
  // For browsers that know no frame-ancestors.
  if (ancestors.empty()) fields += "X-Frame-Options: DENY\r\n";
  fields +=
      "Content-Type: text/html; charset=utf-8\r\n"
      "Cache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
      "X-Robots-Tag: noindex\r\n";
  return fields;
}

Awaitable<Result<Reply>> show_page(Worker&, Exchange& exchange, const PathParameters&) {
  if (!serves_page(exchange)) return Result<Reply>(nothing_here());
  return Result<Reply>(plain_reply(200, page_fields(exchange.config->settings.frame_ancestors),
                                   std::string(find_page_file("settings.html")->text)));
}

Awaitable<Result<Reply>> show_page_file(Worker&, Exchange& exchange, const PathParameters& path) {
  const PageFile* file = find_page_file(path[0]);
  const bool of_page =
      file != nullptr && file->name != "settings.html" && file->name != "openapi.json";
  if (!serves_page(exchange) || !of_page) return Result<Reply>(nothing_here());
  Reply reply = file_reply(exchange, *file);
  reply.fields += "Cross-Origin-Resource-Policy: same-origin\r\n";
  // A picture that is opened by itself is a page too.
  reply.fields += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
  return Result<Reply>(std::move(reply));
}

constexpr Route routes[] = {
    {"GET", "/openapi.json", Access::anyone, describe},
    {"GET", "/settings", Access::anyone, show_page},
    {"GET", "/settings/{file}", Access::anyone, show_page_file},
};

}  // namespace

std::span<const Route> page_routes() { return routes; }

}  // namespace byok::http

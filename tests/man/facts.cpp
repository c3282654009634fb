// What the man pages are compared with, a line each, its parts separated by tabs:
//   setting   NAME DEFAULT          the default is empty where the table has none
//   provider  NAME BASE_URL GLOBAL_KEY
//   route     METHOD PATTERN
//   error     CODE STATUS EXIT
#include <fmt/format.h>

#include <span>
#include <string_view>

#include "cli/outcome.hpp"
#include "common/error.hpp"
#include "daemon/config_table.hpp"
#include "daemon/http/routes.hpp"
#include "daemon/http/status.hpp"

namespace byok {
namespace {

void list_settings() {
  for (const daemon::SettingRow& row : daemon::setting_rows()) {
    fmt::print("setting\t{}\t{}\n", row.name, row.default_text);
  }
  daemon::Settings settings{};
  daemon::put_defaults(settings);
  for (const daemon::ProviderSetting& provider : settings.providers) {
    fmt::print("provider\t{}\t{}\t{}\n", provider.id.view(), provider.base_url,
               provider.global_key);
  }
}

void list_routes(std::span<const http::Route> routes) {
  for (const http::Route& route : routes) {
    fmt::print("route\t{}\t{}\n", route.method, route.pattern);
  }
}

// To the first number that stands for no code: code_name calls that INTERNAL, too.
void list_errors() {
  for (int number = 0;; ++number) {
    const auto code = static_cast<Errc>(number);
    if (code_name(code) == code_name(Errc::internal) && code != Errc::internal) return;
    fmt::print("error\t{}\t{}\t{}\n", code_name(code), http::http_status(code),
               static_cast<int>(cli::exit_of(code)));
  }
}

}  // namespace
}  // namespace byok

int main() {
  byok::list_settings();
  byok::list_routes(byok::http::public_routes());
  byok::list_routes(byok::http::page_routes());
  byok::list_routes(byok::http::tenant_routes());
  byok::list_routes(byok::http::operator_routes());
  byok::list_routes(byok::http::handover_routes());
  byok::list_errors();
}

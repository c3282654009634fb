// byok tenant limit: what one tenant may ask for, in place of what the settings say of all.
#include "cli/commands/tenant_limit.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string id;
  std::string rps;  // as typed; empty where it is not
  std::string concurrency;
};

// A number, "off" or "default", as the API takes it.
Outcome<json::value> limit_value(std::string_view option, const std::string& text) {
  if (text == "default") return json::value();
  if (text == "off") return json::value("off");
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || rest != end) {
    return usage_error(fmt::format("{} wants a whole number, off or default", option));
  }
  // The API takes it for "off", which is hardly what was meant.
  if (number == 0) {
    return usage_error(
        fmt::format("{} 0 is no limit: give off to have none, or a number from 1 on", option));
  }
  return json::value(number);
}

Outcome<json::object> limits_object(const Options& options) {
  json::object limits;
  struct Part {
    const char* option;
    const char* name;
    const std::string& text;
  };
  for (const Part& part : {Part{"--rps", "rps", options.rps},
                           Part{"--concurrency", "concurrency", options.concurrency}}) {
    if (part.text.empty()) continue;
    auto value = limit_value(part.option, part.text);
    if (!value) return value.error();
    limits[part.name] = std::move(*value);
  }
  return limits;
}

const json::value& member(const json::value& object, std::string_view name) {
  static const json::value none;
  const json::object* members = object.if_object();
  const json::value* found = members ? members->if_contains(name) : nullptr;
  return found ? *found : none;
}

// Whether the tenant has that limit of its own.
bool is_own(const json::value& tenant, std::string_view name) {
  return !member(member(tenant, "limits"), name).is_null();
}

std::string in_force(const json::value& tenant, std::string_view name) {
  return text_at(member(tenant, "limitsInForce"), name);
}

void print_limits(const json::value& tenant) {
  Table table{{"LIMIT", "IN FORCE", "SET"}, {}};
  for (const auto& [name, title] :
       {std::pair{"rps", "requests a second"}, {"concurrency", "requests in flight"}}) {
    table.rows.push_back(
        {title, in_force(tenant, name), is_own(tenant, name) ? "for this tenant" : "by default"});
  }
  print(table);
}

Outcome<void> run(const Options& options, const Context& context) {
  auto tenant = tenant_argument(options.id);
  if (!tenant) return tenant.error();
  auto limits = limits_object(options);
  if (!limits) return limits.error();
  const std::string target = fmt::format("/admin/tenants/{}", tenant->view());
  const auto show = [](const Answer& answer) { print_limits(answer.json); };
  if (limits->empty()) {
    // Its tokens are not asked for here; one comes, since none cannot be said.
    Call call{"GET", target + "?limit=1", fmt::format("show the limits of {}", tenant->view())};
    return call_and_show(context, call, {}, show);
  }
  Call call{"PATCH", target, fmt::format("limit the tenant {}", tenant->view())};
  return call_and_show(context, call, json::serialize(json::object{{"limits", *limits}}), show);
}

}  // namespace

std::string limits_in_words(const json::value& tenant) {
  const auto words = [&](std::string_view name) {
    return in_force(tenant, name) + (is_own(tenant, name) ? "" : " (default)");
  };
  return fmt::format("requests a second {}, in flight {}", words("rps"), words("concurrency"));
}

void add_tenant_limit(CLI::App& tenant, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = tenant.add_subcommand("limit", "Show or set what a tenant may ask for");
  command->add_option("ID", options->id, "The tenant")->type_name(type_names::tenant)->required();
  command->add_option("--rps", options->rps, "Requests a second: a number, off or default")
      ->type_name("N");
  command
      ->add_option("--concurrency", options->concurrency,
                   "Requests in flight: a number, off or default")
      ->type_name("N");
  add_examples(
      command,
      {{"byok tenant limit acme", "what holds for it"},
       {"byok tenant limit acme --rps 5 --concurrency off", ""}},
      "off: no such limit for this tenant; default: what byokd's settings "
      "limits.tenant_rps and limits.tenant_concurrency say. It holds from the next request "
      "on.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli

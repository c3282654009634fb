#include "daemon/http/tenant_order.hpp"

#include <limits>

namespace byok::http {
namespace {

namespace json = boost::json;

// A limit as its order has it: nothing, where it is not named.
using Order = std::optional<std::optional<std::uint32_t>>;

Result<Order> limit_in(const json::object& limits, std::string_view name) {
  const json::value* value = limits.if_contains(name);
  if (!value) return Order();
  if (value->is_null()) return Order(std::optional<std::uint32_t>());
  if (value->is_string() && value->get_string() == "off") return Order(0);
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  if (const std::int64_t* number = value->if_int64(); number && *number >= 0 && *number <= most) {
    return Order(static_cast<std::uint32_t>(*number));
  }
  return Error{Errc::bad_request,
               "'limits." + std::string(name) +
                   "' must be a whole number from 1 to 4294967295, \"off\" for none, or null for "
                   "what the settings say"};
}

Result<void> add_limits(const JsonBody& body, service::TenantOrder& order) {
  const json::value* value = body.members().if_contains("limits");
  if (!value) return {};
  if (value->is_null()) {
    order.rps.emplace();
    order.concurrency.emplace();
    return {};
  }
  Result<const json::object*> limits = body.object("limits");
  if (!limits) return limits.error();
  for (const auto& member : **limits) {
    if (member.key() != "rps" && member.key() != "concurrency") {
      return Error{Errc::bad_request, "'limits' may have 'rps' and 'concurrency'"};
    }
  }
  Result<Order> rps = limit_in(**limits, "rps");
  if (!rps) return rps.error();
  Result<Order> concurrency = limit_in(**limits, "concurrency");
  if (!concurrency) return concurrency.error();
  order.rps = *rps;
  order.concurrency = *concurrency;
  return {};
}

json::value number_or_off(std::optional<std::uint32_t> number) {
  if (!number || *number == 0) return "off";
  return *number;
}

json::value override_value(std::optional<std::uint32_t> limit) {
  return limit ? number_or_off(limit) : json::value();
}

}  // namespace

Result<service::TenantOrder> tenant_order(const JsonBody& body) {
  service::TenantOrder order;
  auto fallback = body.boolean("globalFallback");
  if (!fallback) return fallback.error();
  order.global_fallback = *fallback;
  if (auto added = add_limits(body, order); !added) return added.error();
  return order;
}

json::object limits_value(const store::LimitOverrides& limits) {
  json::object value;
  value["rps"] = override_value(limits.rps);
  value["concurrency"] = override_value(limits.concurrency);
  return value;
}

json::object limits_value(const service::TenantLimits::Limits& limits) {
  json::object value;
  value["rps"] = number_or_off(limits.rps);
  value["concurrency"] = number_or_off(limits.concurrency);
  return value;
}

}  // namespace byok::http

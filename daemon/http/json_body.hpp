// Reading a small JSON request body, which may hold a secret.
#pragma once

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/exchange.hpp"

namespace byok::http {

inline constexpr std::size_t longest_small_body = 64 * 1024;

// A JSON object whose memory is wiped. The parser keeps no copy elsewhere: all that it makes lies
// in one buffer, or in blocks beside it that are wiped as well.
class JsonBody {
 public:
  // Errc::invalid_json unless `text` is one JSON object (nothing at all counts as an empty one).
  static Result<JsonBody> parse(std::string_view text);

  // A member's string. Nothing where it is absent or null; Errc::bad_request, naming it, where it
  // is something else.
  Result<std::optional<std::string_view>> text(std::string_view name) const;
  Result<std::optional<bool>> boolean(std::string_view name) const;
  // A member's object, likewise; null where it is absent.
  Result<const boost::json::object*> object(std::string_view name) const;
  const boost::json::object& members() const { return *object_; }

  // Errc::bad_request, naming it, where there is a member that is none of `names`.
  Result<void> only(std::initializer_list<std::string_view> names) const;

 private:
  JsonBody() = default;

  std::unique_ptr<WipingBuffer> memory_;
  std::unique_ptr<boost::json::monotonic_resource> resource_;
  // Never destroyed: its memory goes with the buffer.
  const boost::json::object* object_ = nullptr;
};

// The body of the request, at most longest_small_body bytes, as a JSON object.
net::Awaitable<Result<JsonBody>> read_json(service::Exchange& exchange);

// A string member of any object, as JsonBody::text().
Result<std::optional<std::string_view>> text_member(const boost::json::object& object,
                                                    std::string_view name);

}  // namespace byok::http

#include "daemon/service/provider_request.hpp"

#include <fmt/format.h>

#include "common/version.hpp"
#include "daemon/service/provider_call.hpp"

namespace byok::service {

SecretText request_head(std::string_view method, const Provider& provider, std::string_view path,
                        const std::vector<providers::RequestHeader>& headers, const CallKey& key,
                        std::size_t body_size) {
  RequestHeadWriter writer(method, provider, path);
  static const std::string user_agent = fmt::format("byokd/{}", version);
  writer.add("User-Agent", user_agent);
  writer.add("Accept-Encoding", "identity");
  std::optional<std::uint64_t> length;
  if (body_size > 0) {
    writer.add("Content-Type", "application/json");
    length = body_size;
  }
  for (const auto& header : headers) writer.add(header.name, header.value);
  return std::move(writer).finish(key, length, false);
}

net::Awaitable<Result<std::string>> read_all(upstream::Call& call) {
  std::string text;
  for (;;) {
    Result<std::string_view> piece = co_await call.read_piece();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return text;
    if (text.size() + piece->size() > longest_answer) {
      co_return Error{Errc::provider_error, "the provider's answer is too long to be translated"};
    }
    text += *piece;
  }
}

}  // namespace byok::service

#include "daemon/http/import_route.hpp"

#include <boost/json/serialize.hpp>
#include <limits>

#include "daemon/http/import_line.hpp"
#include "daemon/http/query.hpp"
#include "daemon/service/audit.hpp"
#include "daemon/service/import.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;

// Lines gathered for the next transaction, and their numbers in the file.
class Batch {
 public:
  // `first`: the number of the first line.
  Batch(service::Worker& worker, const service::Exchange& exchange, std::uint64_t first)
      : worker_(worker),
        config_(exchange.config),
        actor_(service::actor_of(exchange)),
        number_(first - 1) {}

  void take(std::string_view line) {
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    lines_.push_back(line.size() > longest_import_line
                         ? Error{Errc::body_too_large, "the line is over 64 KiB"}
                         : parse_import_line(config_->catalog, line));
    numbers_.push_back(number_);
    tenants_.push_back(lines_.back() ? lines_.back()->tenant.str() : std::string());
  }

  bool full() const { return lines_.size() >= service::import_batch; }

  // Commits what was gathered; the answers, a line each, wipe themselves since they hold tokens.
  Awaitable<WipingBuffer> commit() {
    WipingBuffer out;
    if (lines_.empty()) co_return out;
    auto answers = co_await service::import_lines(worker_, actor_, std::exchange(lines_, {}));
    for (std::size_t i = 0; i < answers.size(); ++i) append(out, i, answers[i]);
    numbers_.clear();
    tenants_.clear();
    co_return out;
  }

 private:
  void append(WipingBuffer& out, std::size_t i, const Result<service::ImportDone>& done) {
    json::object answer;
    answer["line"] = numbers_[i];
    if (!tenants_[i].empty()) answer["tenant"] = tenants_[i];
    answer["ok"] = done.has_value();
    if (!done) {
      answer["error"] = code_name(done.error().code);
      answer["message"] = done.error().message();
    } else {
      if (!done->token_id.empty()) answer["tokenId"] = done->token_id;
    }
    if (done && done->token) {
      answer["token"] = "";
      append_with_secret(out, answer, "token", done->token->reveal());
    } else {
      const std::string text = json::serialize(answer);
      out.insert(out.end(), text.begin(), text.end());
    }
    out.push_back('\n');
  }

  service::Worker& worker_;
  service::ConfigurationPtr config_;
  audit::Actor actor_;
  std::uint64_t number_;  // of the line before
  std::vector<Result<service::ImportLine>> lines_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::string> tenants_;
};

Awaitable<bool> send_committed(service::Exchange& exchange, Batch& batch) {
  WipingBuffer out = co_await batch.commit();
  if (out.empty()) co_return true;
  std::string_view text(out.data(), out.size());
  if (exchange.begun()) co_return co_await exchange.write(text);
  co_return co_await exchange.begin(200, "Content-Type: application/x-ndjson\r\n", std::nullopt,
                                    text);
}

}  // namespace

Awaitable<Result<Reply>> import_tenants(service::Worker& worker, service::Exchange& exchange,
                                        const PathParameters&) {
  const http1::Field* type = http1::find(exchange.head.fields, http1::FieldId::content_type);
  if (!type || !type->value.starts_with("application/x-ndjson")) {
    co_return Error{Errc::unsupported_media_type, "the body must be application/x-ndjson"};
  }
  auto fits = service::limit_stream(exchange, exchange.config->settings.limits.max_stream_body);
  if (!fits) co_return fits.error();
  // Of a file that is sent from there on, so that answers name its own lines.
  constexpr std::uint64_t most_lines = std::numeric_limits<std::int64_t>::max();
  Result<std::uint64_t> first = number_in(exchange.head.query, "firstLine", 1, most_lines);
  if (!first) co_return first.error();
  Batch batch(worker, exchange, *first);
  // The line that the stretches of the body have begun and not ended.
  WipingBuffer begun;
  bool overlong = false;
  for (;;) {
    Result<std::string_view> piece = co_await exchange.read_piece();
    if (!piece) {
      if (!exchange.begun()) co_return piece.error();
      exchange.abort();
      co_return sent_reply();
    }
    std::string_view rest = *piece;
    bool last = rest.empty();
    while (!rest.empty()) {
      std::size_t end = rest.find('\n');
      std::string_view part = rest.substr(0, end);
      // What is too long is counted as a line, and not kept.
      overlong = overlong || begun.size() + part.size() > longest_import_line + 1;
      if (!overlong) begun.insert(begun.end(), part.begin(), part.end());
      if (end == rest.npos) break;
      if (overlong) begun.assign(longest_import_line + 2, ' ');
      batch.take(std::string_view(begun.data(), begun.size()));
      begun.clear();
      overlong = false;
      rest.remove_prefix(end + 1);
      if (batch.full() && !co_await send_committed(exchange, batch)) co_return sent_reply();
    }
    if (last) break;
    // A client that sends on gets fuller transactions; one that waits gets its answers.
    if (!exchange.has_piece() && !co_await send_committed(exchange, batch)) co_return sent_reply();
  }
  if (overlong) begun.assign(longest_import_line + 2, ' ');
  if (!begun.empty()) batch.take(std::string_view(begun.data(), begun.size()));
  if (!co_await send_committed(exchange, batch)) co_return sent_reply();
  if (!exchange.begun()) {
    co_await exchange.answer(200, "Content-Type: application/x-ndjson\r\n", {});
  } else {
    co_await exchange.end();
  }
  co_return sent_reply();
}

}  // namespace byok::http

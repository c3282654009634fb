#include "daemon/audit/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok::audit {
namespace {

constexpr std::string_view seq_mark = R"({"seq":)";
constexpr std::string_view mac_mark = R"(,"mac":")";
constexpr std::string_view end_mark = R"("})";
constexpr std::size_t mac_digits = 2 * sizeof(crypto::Digest);
constexpr std::size_t mac_part = mac_mark.size() + mac_digits + end_mark.size();

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<crypto::Digest> digest_of_hex(std::string_view hex) {
  crypto::Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    int high = digit_value(hex[2 * i]);
    int low = digit_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<char>(high * 16 + low);
  }
  return digest;
}

}  // namespace

std::string encode(const Head& head) {
  std::string bytes;
  put_u64(bytes, head.seq);
  bytes += crypto::view(head.mac);
  return bytes;
}

std::optional<Head> decode_head(std::string_view bytes) {
  Head head;
  if (bytes.size() != sizeof head.seq + head.mac.size()) return std::nullopt;
  head.seq = get_u64(bytes.data());
  bytes.substr(sizeof head.seq).copy(head.mac.data(), head.mac.size());
  return head;
}

Actor byokd() { return {"byokd", {}, {}}; }

Record::Record(Kind kind, std::string_view event, const Actor& actor, daemon::Fields fields)
    : kind_(kind) {
  daemon::append_members(members_, {{"event", event}, {"who", actor.who}});
  if (!actor.from.empty()) daemon::append_members(members_, {{"from", actor.from}});
  if (!actor.request_id.empty()) {
    daemon::append_members(members_, {{"requestId", actor.request_id}});
  }
  daemon::append_members(members_, fields);
}

void Chain::append(std::string& lines, Head& head, const Record& record,
                   std::string_view result) const {
  const std::size_t begin = lines.size();
  lines += seq_mark;
  lines += std::to_string(++head.seq);
  lines += R"(,"time":")";
  daemon::append_time(lines);
  lines += '"';
  lines += record.members();
  if (!result.empty()) daemon::append_members(lines, {{"result", result}});
  head.mac = key_.of({crypto::view(head.mac), std::string_view(lines).substr(begin)});
  lines += mac_mark;
  lines += to_hex(crypto::view(head.mac));
  lines += end_mark;
  lines += '\n';
}

Record continuation(const Head& before, std::string_view old_file) {
  return {Record::Kind::fact,
          "audit.continued",
          byokd(),
          {{"file", old_file.empty() ? "-" : old_file},
           {"behind", before.seq},
           {"behindMac", to_hex(crypto::view(before.mac))}}};
}

std::optional<Head> continued_behind(std::string_view line) {
  constexpr std::string_view seq_name = R"(,"behind":)";
  constexpr std::string_view mac_name = R"(,"behindMac":")";
  const std::size_t seq_at = line.find(seq_name);
  const std::size_t mac_at = line.find(mac_name);
  if (seq_at == line.npos || mac_at == line.npos || mac_at < seq_at) return std::nullopt;
  Head head;
  const char* digits = line.data() + seq_at + seq_name.size();
  auto [end, failure] = std::from_chars(digits, line.data() + mac_at, head.seq);
  if (failure != std::errc() || end != line.data() + mac_at) return std::nullopt;
  const std::string_view hex = line.substr(mac_at + mac_name.size()).substr(0, mac_digits);
  if (hex.size() != mac_digits) return std::nullopt;
  auto mac = digest_of_hex(hex);
  if (!mac) return std::nullopt;
  head.mac = *mac;
  return head;
}

std::optional<Head> peek(std::string_view line) {
  if (line.size() < seq_mark.size() + mac_part || !line.starts_with(seq_mark) ||
      !line.ends_with(end_mark)) {
    return std::nullopt;
  }
  Head head;
  const std::string_view digits = line.substr(seq_mark.size());
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), head.seq);
  if (failure != std::errc() || *end != ',') return std::nullopt;
  const std::string_view tail = line.substr(line.size() - mac_part);
  if (!tail.starts_with(mac_mark)) return std::nullopt;
  auto mac = digest_of_hex(tail.substr(mac_mark.size(), mac_digits));
  if (!mac) return std::nullopt;
  head.mac = *mac;
  return head;
}

Result<Head> Chain::follow(const Head& before, std::string_view line) const {
  auto head = peek(line);
  if (!head) return Error{Errc::internal, "it is not a line of the audit log"};
  if (head->seq != before.seq + 1) {
    return Error{Errc::internal,
                 fmt::format("line {} stands where line {} belongs", head->seq, before.seq + 1)};
  }
  const crypto::Digest mac =
      key_.of({crypto::view(before.mac), line.substr(0, line.size() - mac_part)});
  if (!crypto::equal(crypto::view(mac), crypto::view(head->mac))) {
    return Error{Errc::internal, "it, or the line before it, was changed"};
  }
  return *head;
}

}  // namespace byok::audit

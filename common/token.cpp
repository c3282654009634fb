#include "common/token.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok {
namespace {

constexpr std::size_t random_size = 43;
constexpr std::size_t checksum_size = 6;

struct Form {
  Scope scope;
  std::string_view name;
  std::string_view prefix;
};
constexpr Form forms[] = {{Scope::full, "full", "byok_"},
                          {Scope::chat, "chat", "byokchat_"},
                          {Scope::admin, "admin", "byokadmin_"}};
constexpr std::string_view link_prefix = "byoklink_";

constexpr std::string_view alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

constexpr auto base62_table = [] {
  std::array<bool, 256> table{};
  for (char c : alphabet) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr bool is_base62(char c) { return base62_table[static_cast<unsigned char>(c)]; }

// Writes one character for each random byte below 248 (4 x 62): the others would make the first
// eight characters likelier. 43 such characters carry 256 bits.
void fill_base62(char* out, std::size_t size) {
  std::array<char, 64> noise;
  WipeOnExit wipe_noise(noise.data(), noise.size());
  std::size_t done = 0;
  while (done < size) {
    crypto::random(noise);
    for (char c : noise) {
      auto byte = static_cast<unsigned char>(c);
      if (byte < 248 && done < size) out[done++] = alphabet[byte % 62];
    }
  }
}

Secret make_text(std::string_view prefix) {
  const std::size_t checked = prefix.size() + random_size;
  Secret text(checked + checksum_size);
  prefix.copy(text.data(), prefix.size());
  fill_base62(text.data() + prefix.size(), random_size);
  const std::string checksum = to_base62(crc32(text.reveal().substr(0, checked)), checksum_size);
  checksum.copy(text.data() + checked, checksum_size);
  return text;
}

bool is_text_of(std::string_view prefix, std::string_view text) {
  const std::size_t checked = prefix.size() + random_size;
  return text.size() == checked + checksum_size && text.starts_with(prefix) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(prefix.size()), text.end(),
                     is_base62) &&
         to_base62(crc32(text.substr(0, checked)), checksum_size) == text.substr(checked);
}

}  // namespace

std::string_view scope_name(Scope scope) {
  for (const Form& form : forms) {
    if (form.scope == scope) return form.name;
  }
  return "";
}

std::optional<Scope> scope_from_name(std::string_view name) {
  for (const Form& form : forms) {
    if (form.name == name) return form.scope;
  }
  return std::nullopt;
}

Secret make_token(Scope scope) {
  auto form = std::find_if(std::begin(forms), std::end(forms),
                           [scope](const Form& f) { return f.scope == scope; });
  return make_text(form->prefix);
}

std::optional<Scope> token_scope(std::string_view token) {
  for (const Form& form : forms) {
    if (is_text_of(form.prefix, token)) return form.scope;
  }
  return std::nullopt;
}

Secret make_link_secret() { return make_text(link_prefix); }

bool is_link_secret(std::string_view text) { return is_text_of(link_prefix, text); }

}  // namespace byok

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
  std::size_t checked = form->prefix.size() + random_size;
  Secret token(checked + checksum_size);
  form->prefix.copy(token.data(), form->prefix.size());
  fill_base62(token.data() + form->prefix.size(), random_size);
  std::string checksum = to_base62(crc32(token.reveal().substr(0, checked)), checksum_size);
  checksum.copy(token.data() + checked, checksum_size);
  return token;
}

std::optional<Scope> token_scope(std::string_view token) {
  for (const Form& form : forms) {
    std::size_t checked = form.prefix.size() + random_size;
    if (token.size() != checked + checksum_size || !token.starts_with(form.prefix)) continue;
    if (!std::all_of(token.begin() + static_cast<std::ptrdiff_t>(form.prefix.size()), token.end(),
                     is_base62)) {
      return std::nullopt;
    }
    if (to_base62(crc32(token.substr(0, checked)), checksum_size) != token.substr(checked)) {
      return std::nullopt;
    }
    return form.scope;
  }
  return std::nullopt;
}

}  // namespace byok

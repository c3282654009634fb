#include "tests/support/harness/secret_search.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok::testing {
namespace {

constexpr std::size_t window_size = 8;
constexpr int filter_bits = 26;

std::uint64_t head_of(const char* text) {
  std::uint64_t head = 0;
  std::memcpy(&head, text, sizeof head);
  return head;
}

std::size_t filter_bit(std::uint64_t head) {
  return static_cast<std::size_t>((head * 0x9e3779b97f4a7c15) >> (64 - filter_bits));
}

}  // namespace

std::string random_part() {
  std::string out;
  while (out.size() < 32) {
    std::string bytes(8, '\0');
    crypto::random(bytes);
    out += to_base62(get_u64(bytes.data()), 8);
  }
  return out;
}

SecretSearch::SecretSearch() : filter_((std::size_t{1} << filter_bits) / 64) {}

void SecretSearch::add(const std::string& name, std::string_view secret) {
  const auto index = static_cast<std::uint32_t>(names_.size());
  names_.push_back(name);
  add_windows(secret, window_size, index);
  std::string hex = to_hex(secret);
  add_windows(hex, 2 * window_size, index);
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  add_windows(hex, 2 * window_size, index);
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string text = to_base64(std::string(shift, 'x') + std::string(secret));
    // Without the characters that depend on the neighbours too. Eight bytes fill ten at any offset.
    const std::size_t begin = (8 * shift + 5) / 6;
    const std::size_t end = 8 * (shift + secret.size()) / 6;
    add_windows(std::string_view(text).substr(begin, end - begin), 10, index);
  }
}

void SecretSearch::add_windows(std::string_view text, std::size_t size, std::uint32_t name) {
  for (std::size_t at = 0; at + size <= text.size(); ++at) {
    const std::uint64_t head = head_of(text.data() + at);
    const std::size_t bit = filter_bit(head);
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    windows_.emplace(head,
                     Window{std::string(text.substr(at + window_size, size - window_size)), name});
  }
}

const SecretSearch::Window* SecretSearch::window_at(std::string_view text, std::size_t at) const {
  const std::uint64_t head = head_of(text.data() + at);
  const std::size_t bit = filter_bit(head);
  if ((filter_[bit / 64] >> (bit % 64) & 1) == 0) return nullptr;
  auto [window, end] = windows_.equal_range(head);
  for (; window != end; ++window) {
    if (text.substr(at + window_size).starts_with(window->second.rest)) return &window->second;
  }
  return nullptr;
}

std::vector<SecretSearch::Hit> SecretSearch::find(std::string_view text, std::size_t most) const {
  std::vector<Hit> hits;
  for (std::size_t at = 0; at + window_size <= text.size() && hits.size() < most; ++at) {
    const Window* window = window_at(text, at);
    if (!window) continue;
    hits.push_back({names_[window->name], at});
    at += window_size + window->rest.size() - 1;
  }
  return hits;
}

}  // namespace byok::testing

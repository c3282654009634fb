#include "common/secret.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace byok {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Compares = requires(const T& a, const T& b) {
  a == b;
};
template <class T>
concept Orders = requires(const T& a, const T& b) {
  a < b;
};

// Nothing copies a secret, prints it, or compares it in a time that tells where it differs.
static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);
static_assert(!std::is_copy_constructible_v<SecretText> && !Streams<SecretText>);
static_assert(!Compares<SecretText> && !fmt::is_formattable<SecretText>::value);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, const char*>);
static_assert(!std::is_convertible_v<Secret, bool>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<std::string_view, Secret>);
static_assert(!std::is_convertible_v<std::size_t, Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!Streams<Secret>);
static_assert(!Compares<Secret>);
static_assert(!Orders<Secret>);
// The checks above can fail: for a string they do.
static_assert(Streams<std::string> && Compares<std::string> && Orders<std::string>);
static_assert(fmt::is_formattable<std::string>::value);

TEST_CASE("a secret keeps what it was given, and moves it") {
  Secret secret(std::string_view("sk-abc"));
  CHECK(secret.reveal() == "sk-abc");
  CHECK(secret.size() == 6);
  Secret moved(std::move(secret));
  CHECK(moved.reveal() == "sk-abc");
}

TEST_CASE("a secret text grows past its capacity and moves") {
  SecretText text(4);
  text.append("Bearer ");
  text.append("");
  text.append("sk-abc");
  CHECK(text.reveal() == "Bearer sk-abc");
  SecretText moved(std::move(text));
  CHECK(moved.reveal() == "Bearer sk-abc");
  SecretText other;
  other.append("x");
  other = std::move(moved);
  other.append("!");
  CHECK(other.reveal() == "Bearer sk-abc!");
}

TEST_CASE("truncating a secret wipes what it cuts off") {
  Secret secret(std::string_view("sk-abcdef"));
  const char* bytes = secret.data();
  secret.truncate(20);
  CHECK(secret.size() == 9);
  secret.truncate(2);
  CHECK(secret.reveal() == "sk");
  CHECK(secret.data() == bytes);
}

TEST_CASE("a buffer is wiped at the end of its scope, however that ends") {
  char bytes[4] = {'a', 'b', 'c', 'd'};
  try {
    WipeOnExit guard(bytes, sizeof bytes);
    throw 1;
  } catch (int) {
  }
  CHECK(std::string(bytes, 4) == std::string(4, '\0'));
}

}  // namespace
}  // namespace byok

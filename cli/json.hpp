// JSON that may hold a key or a token: read and written without leaving copies behind.
#pragma once

#include <boost/json/memory_resource.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/secret.hpp"

namespace byok::cli {

// Memory that is wiped when it is given back.
class WipingResource final : public boost::json::memory_resource {
 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t size, std::size_t alignment) override;
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override;
};

// A document in wiping memory; nothing where `text` is not JSON.
std::optional<boost::json::value> parse_json(std::string_view text);

// Appends `text` as a JSON string with its quotes; every byte outside visible ASCII and blank is
// escaped as the character of that number.
void append_json_string(WipingBuffer& out, std::string_view text);

// Members of an answer, for people to read: the text of a string, number or boolean; "-" where it
// is missing, null or something else.
std::string text_at(const boost::json::value& object, std::string_view name);
// The number; 0 where there is none.
std::uint64_t number_at(const boost::json::value& object, std::string_view name);
// The elements; none where it is no array.
const boost::json::array& list_at(const boost::json::value& object, std::string_view name);

// The text of a scalar, as text_at() shows it.
std::string text_of(const boost::json::value& value);

}  // namespace byok::cli

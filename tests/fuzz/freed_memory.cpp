#include "tests/fuzz/freed_memory.hpp"

#include <sanitizer/allocator_interface.h>
#include <string.h>

#include <array>

#include "tests/fuzz/support.hpp"

namespace byok::fuzz {
namespace {

// While a block is freed the sanitizer does not tell its size any more, so it is noted before. In
// an array, since what is called here must not allocate.
struct Block {
  const volatile void* begin;
  std::size_t size;
};
std::array<Block, 4096> blocks;
std::size_t count = 0;
std::string_view sought;

void note(const volatile void* begin, std::size_t size) {
  if (sought.empty()) return;
  require(count < blocks.size());
  blocks[count++] = {begin, size};
}

void look_into(const volatile void* begin) {
  if (sought.empty()) return;
  for (std::size_t i = count; i-- > 0;) {
    if (blocks[i].begin != begin) continue;
    const void* bytes = const_cast<const void*>(begin);
    require(memmem(bytes, blocks[i].size, sought.data(), sought.size()) == nullptr);
    blocks[i] = blocks[--count];
    return;
  }
}

}  // namespace

NoneFreed::NoneFreed(std::string_view secret) {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(note, look_into);
  require(installed > 0);
  count = 0;
  sought = secret;
}

NoneFreed::~NoneFreed() { sought = {}; }

}  // namespace byok::fuzz

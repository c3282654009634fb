// Bytes that nothing prints, copies or compares by accident, and that are wiped after use.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace byok {

// Overwrites memory in a way that the compiler keeps.
inline void wipe(void* bytes, std::size_t size) { OPENSSL_cleanse(bytes, size); }

// Wipes every block that it gives back, so that growth, moves and exceptions wipe too.
template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* block, std::size_t count) noexcept {
    wipe(block, count * sizeof(T));
    std::allocator<T>().deallocate(block, count);
  }
  template <class U>
  bool operator==(const WipingAllocator<U>&) const noexcept {
    return true;
  }
};

// A growing buffer for bytes that may hold a secret. Not a std::string: a short one lives inside
// the object, where nobody wipes it.
using WipingBuffer = std::vector<char, WipingAllocator<char>>;

// A secret of fixed content. reveal() is the only way out: a search for it finds every use.
class Secret {
 public:
  // An empty secret, to be filled by bytes().
  explicit Secret(std::size_t size) : bytes_(size) {}
  // Copies `bytes`; the source stays the caller's to wipe.
  explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  // Valid until the secret is moved from or destroyed.
  std::string_view reveal() const { return {bytes_.data(), bytes_.size()}; }
  // For those who make a secret: where its bytes are to be written.
  char* data() { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  // Shortens it to its first `size` bytes.
  void truncate(std::size_t size) {
    if (size >= bytes_.size()) return;
    wipe(bytes_.data() + size, bytes_.size() - size);
    bytes_.resize(size);
  }

 private:
  WipingBuffer bytes_;
};

// Wipes a buffer that is not a Secret when the scope ends, however it ends.
class WipeOnExit {
 public:
  WipeOnExit(void* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  ~WipeOnExit() { wipe(bytes_, size_); }
  WipeOnExit(const WipeOnExit&) = delete;
  WipeOnExit& operator=(const WipeOnExit&) = delete;

 private:
  void* bytes_;
  std::size_t size_;
};

}  // namespace byok

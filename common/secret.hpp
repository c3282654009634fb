// Bytes that nothing prints, copies or compares by accident, and that are wiped after use.
#pragma once

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/locked_memory.hpp"

namespace byok {

// Overwrites memory in a way that the compiler keeps.
inline void wipe(void* bytes, std::size_t size) { explicit_bzero(bytes, size); }

// Wipes every block that it gives back, so that growth, moves and exceptions wipe too.
template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  // A buffer that is to be filled by reading is not cleared before.
  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Values>
  void construct(U* place, Values&&... values) {
    ::new (static_cast<void*>(place)) U(std::forward<Values>(values)...);
  }
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

// Text with a secret in it that is put together piece by piece; otherwise as Secret. Where it
// outgrows its capacity, what it leaves behind is wiped.
class SecretText {
 public:
  explicit SecretText(std::size_t capacity = 64) { grow(capacity); }
  SecretText(SecretText&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  SecretText& operator=(SecretText&& other) noexcept {
    SecretText old(std::move(*this));
    bytes_ = std::exchange(other.bytes_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  ~SecretText() { give_back_locked(bytes_, capacity_); }

  void append(std::string_view text) {
    if (text.size() > capacity_ - size_) grow(std::max(2 * capacity_, size_ + text.size()));
    text.copy(bytes_ + size_, text.size());
    size_ += text.size();
  }
  std::string_view reveal() const { return {bytes_, size_}; }

 private:
  void grow(std::size_t capacity) {
    char* larger = static_cast<char*>(take_locked(capacity));
    reveal().copy(larger, size_);
    give_back_locked(bytes_, capacity_);
    bytes_ = larger;
    capacity_ = capacity;
  }

  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// A secret of fixed content, in locked memory. reveal() is the only way out: a search for it finds
// every use.
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
  std::vector<char, LockedAllocator<char>> bytes_;
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

#include "common/locked_memory.hpp"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <mutex>

namespace byok {
namespace {

constexpr std::size_t slot_size = largest_locked;
// The largest that can be locked is taken: containers may allow no more than 64 KiB.
constexpr std::size_t region_sizes[] = {512 * 1024, 128 * 1024, 32 * 1024};

struct Slot {
  Slot* next;
};

// Slots of one size, which any secret but a very long one fits into, in a list of free ones.
class Region {
 public:
  Region() {
#if !defined(__SANITIZE_ADDRESS__)  // which finds more on its own heap
    for (std::size_t size : region_sizes) {
      if (lock(size)) return;
    }
#endif
  }

  std::size_t size() const { return size_; }
  bool holds(const void* place) const {
    // Below the region the difference is huge.
    return reinterpret_cast<std::uintptr_t>(place) - reinterpret_cast<std::uintptr_t>(begin_) <
           size_;
  }

  Slot* take() {
    const std::lock_guard lock(mutex_);
    if (free_ != nullptr) return std::exchange(free_, free_->next);
    if (used_ == size_) return nullptr;
    used_ += slot_size;
    return reinterpret_cast<Slot*>(begin_ + used_ - slot_size);
  }
  void give_back(Slot* slot) {
    const std::lock_guard lock(mutex_);
    slot->next = free_;
    free_ = slot;
  }

 private:
  bool lock(std::size_t size) {
    // Pages that nobody may touch on either side: what runs over from elsewhere ends the process.
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t whole = size + 2 * page;
    void* mapped = ::mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return false;
    char* begin = static_cast<char*>(mapped) + page;
    if (::mprotect(begin, size, PROT_READ | PROT_WRITE) != 0 ||
        ::madvise(begin, size, MADV_DONTDUMP) != 0 || ::mlock(begin, size) != 0) {
      ::munmap(mapped, whole);
      return false;
    }
    begin_ = begin;
    size_ = size;
    return true;
  }

  char* begin_ = nullptr;
  std::size_t size_ = 0;
  std::mutex mutex_;
  std::size_t used_ = 0;  // what lies behind has never been taken
  Slot* free_ = nullptr;
};

// Never destroyed: secrets of static storage may outlive any order of destruction.
Region& region() {
  static Region& only = *new Region;
  return only;
}

// A few free slots of this thread's own, so that threads do not meet at the lock for each call.
// Of no destructor, and so usable until the thread has ended; Return gives them back before.
constexpr std::size_t most_cached = 4;
thread_local Slot* cached = nullptr;
thread_local std::size_t cached_count = 0;
thread_local bool ending = false;

struct Return {
  ~Return() {
    ending = true;
    while (cached != nullptr) region().give_back(std::exchange(cached, cached->next));
  }
};

Slot* take_slot() {
  if (cached == nullptr) return region().take();
  --cached_count;
  return std::exchange(cached, cached->next);
}

void give_back_slot(Slot* slot) {
  thread_local const Return at_end;
  static_cast<void>(at_end);
  if (ending || cached_count == most_cached) {
    region().give_back(slot);
    return;
  }
  slot->next = cached;
  cached = slot;
  ++cached_count;
}

}  // namespace

void* take_locked(std::size_t size) {
  if (size <= slot_size) {
    if (Slot* slot = take_slot()) return slot;
  }
  return ::operator new(size);
}

void give_back_locked(void* place, std::size_t size) noexcept {
  if (place == nullptr) return;
  explicit_bzero(place, size);
  if (region().holds(place)) {
    give_back_slot(static_cast<Slot*>(place));
  } else {
    ::operator delete(place);
  }
}

std::size_t locked_region_size() { return region().size(); }

}  // namespace byok

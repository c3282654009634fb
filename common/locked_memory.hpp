// Memory for secrets: one small region that is never swapped out and never part of a core dump.
// (Locking the whole process would lock the database's map with it.)
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace byok {

// What is larger lies on the heap.
inline constexpr std::size_t largest_locked = 1024;

// A place for `size` bytes, aligned like operator new's. On the heap where it is too large for the
// region, or the region is full: a secret there is as well wiped, but may be swapped out.
void* take_locked(std::size_t size);
// `place` is of take_locked(size); its bytes are wiped.
void give_back_locked(void* place, std::size_t size) noexcept;

// How many bytes the system lets this process lock for it; 0 where it lets it lock none.
std::size_t locked_region_size();

// For containers: wipes every block that it gives back, so that growth and moves wipe too.
template <class T>
struct LockedAllocator {
  using value_type = T;

  LockedAllocator() = default;
  template <class U>
  LockedAllocator(const LockedAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(take_locked(count * sizeof(T))); }
  void deallocate(T* block, std::size_t count) noexcept {
    give_back_locked(block, count * sizeof(T));
  }
  template <class U>
  bool operator==(const LockedAllocator<U>&) const noexcept {
    return true;
  }
};

// For an object that is a secret throughout.
template <class T>
struct GiveBackLocked {
  void operator()(T* object) const noexcept {
    object->~T();
    give_back_locked(object, sizeof(T));
  }
};
template <class T>
using LockedPtr = std::unique_ptr<T, GiveBackLocked<T>>;

template <class T, class... Arguments>
LockedPtr<T> make_locked(Arguments&&... arguments) {
  static_assert(sizeof(T) <= largest_locked);
  static_assert(alignof(T) <= alignof(std::max_align_t));
  void* place = take_locked(sizeof(T));
  try {
    return LockedPtr<T>(::new (place) T(std::forward<Arguments>(arguments)...));
  } catch (...) {
    give_back_locked(place, sizeof(T));
    throw;
  }
}

}  // namespace byok

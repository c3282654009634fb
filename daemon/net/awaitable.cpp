#include "daemon/net/awaitable.hpp"

#include <array>
#include <new>

namespace byok::net {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keep_frames = false;  // so that a use after free is seen
#else
constexpr bool keep_frames = true;
#endif

constexpr std::size_t step = 64;
constexpr std::size_t largest_kept = 4096;
constexpr std::size_t most_kept = 256;  // of each size

struct Free {
  Free* next;
};

// One thread's freed frames of about one size, the latest first: it is still in the cache.
struct Shelf {
  Free* first = nullptr;
  std::size_t count = 0;
};

class Shelves {
 public:
  ~Shelves() {
    for (Shelf& shelf : all_) {
      while (shelf.first) ::operator delete(take(shelf));
    }
  }

  Shelf* for_size(std::size_t size) {
    return keep_frames && size <= largest_kept ? &all_[(size + step - 1) / step] : nullptr;
  }
  static void* take(Shelf& shelf) {
    Free* frame = shelf.first;
    shelf.first = frame->next;
    --shelf.count;
    return frame;
  }
  static void put(Shelf& shelf, void* frame) {
    shelf.first = new (frame) Free{shelf.first};
    ++shelf.count;
  }

 private:
  std::array<Shelf, largest_kept / step + 1> all_;
};

thread_local Shelves shelves;
thread_local void* newest_frame = nullptr;

void* frame_of(std::size_t size) {
  Shelf* shelf = shelves.for_size(size);
  if (!shelf) return ::operator new(size);
  if (shelf->first) return Shelves::take(*shelf);
  return ::operator new((size + step - 1) / step * step);
}

}  // namespace

void* Frame::operator new(std::size_t size) { return newest_frame = frame_of(size); }

const void* Frame::newest() { return newest_frame; }

void Frame::operator delete(void* frame, std::size_t size) noexcept {
  Shelf* shelf = shelves.for_size(size);
  if (!shelf || shelf->count == most_kept) return ::operator delete(frame);
  Shelves::put(*shelf, frame);
}

}  // namespace byok::net

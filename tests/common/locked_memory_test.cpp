#include "common/locked_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace byok {
namespace {

// The VmFlags (proc(5)) of the mapping that holds `place`.
std::string flags_at(const void* place) {
  std::ifstream smaps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      const auto at = reinterpret_cast<unsigned long>(place);
      inside = begin <= at && at < end;
    } else if (inside && line.starts_with("VmFlags:")) {
      return line + " ";
    }
  }
  return "";
}

#ifdef __SANITIZE_THREAD__
constexpr bool can_lock = false;  // ThreadSanitizer's mlock() does nothing
#else
constexpr bool can_lock = true;
#endif

bool is_locked(const void* place) {
  const std::string flags = flags_at(place);
  return (!can_lock || flags.find(" lo ") != std::string::npos) &&
         flags.find(" dd ") != std::string::npos;
}

// All that the region has, and one more; given back at the end.
struct Everything {
  std::vector<void*> places;

  Everything() {
    for (std::size_t i = 0; i <= locked_region_size() / largest_locked; ++i) {
      places.push_back(take_locked(largest_locked));
    }
  }
  ~Everything() {
    for (void* place : places) give_back_locked(place, largest_locked);
  }
};

const bool has_region = locked_region_size() > 0;

TEST_CASE("whoever may lock no memory is told that nothing was tried") {
  if (!has_region) MESSAGE("skipped: locked memory");
}

TEST_CASE("a secret's place is locked, and in no core dump; one too large is on the heap" *
          doctest::skip(!has_region)) {
  void* small = take_locked(1);
  void* large = take_locked(largest_locked + 1);
  CHECK(is_locked(small));
  CHECK_FALSE(is_locked(large));
  give_back_locked(small, 1);
  give_back_locked(large, largest_locked + 1);
}

TEST_CASE("what is given back is wiped, and taken again" * doctest::skip(!has_region)) {
  auto* first = static_cast<char*>(take_locked(64));
  std::fill_n(first, 64, 'k');
  give_back_locked(first, 64);
  auto* second = static_cast<char*>(take_locked(64));
  CHECK(second == first);
  // But for the free list's link.
  CHECK(std::count(second, second + 64, 'k') == 0);
  give_back_locked(second, 64);
}

TEST_CASE("a full region fails nobody" * doctest::skip(!has_region)) {
  const Everything all;
  CHECK(std::set<void*>(all.places.begin(), all.places.end()).size() == all.places.size());
  CHECK(is_locked(all.places.front()));
  CHECK_FALSE(is_locked(all.places.back()));
}

TEST_CASE("a thread that ends leaves nothing taken" * doctest::skip(!has_region)) {
  for (int i = 0; i < 3; ++i) {
    std::thread([] { const Everything all; }).join();
  }
  const Everything all;
  CHECK(is_locked(all.places[all.places.size() - 2]));
}

TEST_CASE("threads never share a place") {
  std::vector<std::thread> threads;
  std::vector<int> mixed(4, 0);
  for (std::size_t t = 0; t < mixed.size(); ++t) {
    threads.emplace_back([&wrong = mixed[t], t] {
      const char mine = static_cast<char>('a' + t);
      for (int round = 0; round < 2'000; ++round) {
        std::vector<char*> places;
        for (int i = 0; i < 8; ++i) {
          places.push_back(static_cast<char*>(take_locked(100)));
          std::fill_n(places.back(), 100, mine);
        }
        for (char* place : places) {
          if (std::count(place, place + 100, mine) != 100) ++wrong;
          give_back_locked(place, 100);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(mixed == std::vector<int>(4, 0));
}

TEST_CASE("an object in locked memory is destroyed, and wiped where making it throws") {
  struct Counted {
    explicit Counted(int& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    int& count_;
  };
  int count = 0;
  {
    const auto object = make_locked<Counted>(count);
    CHECK(count == 1);
  }
  CHECK(count == 0);
  struct Throws {
    Throws() { throw 1; }
  };
  CHECK_THROWS_AS(make_locked<Throws>(), int);
}

}  // namespace
}  // namespace byok

// Memory for Boost.JSON's values that is wiped when it is given back.
#pragma once

#include <boost/json/memory_resource.hpp>
#include <cstddef>
#include <new>

#include "common/secret.hpp"

namespace byok {

// Without state: one serves all. Boost.JSON frees a key that has got no value with another
// alignment than it was made with, so none is passed on; operator new's own is enough for all that
// it asks for.
class WipingResource final : public boost::json::memory_resource {
 private:
  void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); }
  void do_deallocate(void* block, std::size_t size, std::size_t) override {
    wipe(block, size);
    ::operator delete(block);
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace byok

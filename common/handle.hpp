// A C handle and the function that frees it, as one type.
#pragma once

#include <memory>

namespace byok {

template <class T, auto free_fn>
struct FreeWith {
  void operator()(T* handle) const noexcept { free_fn(handle); }
};

// Owns a T* that free_fn releases: Handle<EVP_MD_CTX, EVP_MD_CTX_free>.
template <class T, auto free_fn>
using Handle = std::unique_ptr<T, FreeWith<T, free_fn>>;

}  // namespace byok

// Opens every record of the database and says which do not open, or do not fit each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/store.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::service {

struct RecordProblem {
  std::string tenant;  // empty for what belongs to none
  std::string record;  // "key openai", "token tok_…"
  std::string text;
};

struct Inspected {
  std::uint64_t tenants = 0;
  std::uint64_t keys = 0;
  std::uint64_t deks = 0;
  std::uint64_t tokens = 0;
  std::uint64_t links = 0;
  std::uint64_t problem_count = 0;
  std::vector<RecordProblem> problems;  // the first hundred
};

// Goes through the database tenant by tenant, so that no snapshot is held for long; what is changed
// meanwhile is seen as it was or as it is. No key stays open for longer than its proof takes.
class Inspection {
 public:
  // Both outlive this. A thread that has a reader gives it.
  Inspection(const vault::Vault& vault, store::Reader& reader) : vault_(vault), reader_(reader) {}

  // Looks at some more. Whether there is more.
  bool step();
  // Once there is no more.
  const Inspected& result() const { return result_; }

 private:
  void inspect_tenant(const store::ReadTxn& txn, const TenantId& id);
  void inspect_keys(const store::TenantView& view, const std::string& name);
  void inspect_token(const store::ReadTxn& txn, const std::optional<TenantId>& owner,
                     std::string_view token_id, const crypto::Digest& hash);
  void inspect_link(const store::ReadTxn& txn, const TenantId& owner, std::string_view link_id,
                    const crypto::Digest& hash);
  void report(const std::string& tenant, std::string record, std::string text);

  const vault::Vault& vault_;
  store::Reader& reader_;
  std::optional<TenantId> after_;
  Inspected result_;
};

}  // namespace byok::service

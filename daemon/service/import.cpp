#include "daemon/service/import.hpp"

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_keys.hpp"

namespace byok::service {
namespace {

// The living token of that name, if the tenant has one.
std::optional<std::string> find_named(const vault::Vault& vault, const store::ReadTxn& txn,
                                      const TenantId& tenant, std::string_view name) {
  std::optional<std::string> found;
  txn.tenant(tenant).each_token([&](std::string_view id, const crypto::Digest& hash) {
    if (found) return;
    auto record = load_token(vault, txn, hash);
    if (!record || record->id != id || record->name != name) return;
    if (record->expires_at != 0 && record->expires_at <= now()) return;
    found = record->id;
  });
  return found;
}

bool same_key(const vault::Vault& vault, const store::TenantView& view,
              const store::TenantRecord& record, const ImportLine& line) {
  auto stored = open_key(vault, view, record, *line.provider);
  return stored && crypto::equal(stored->reveal(), line.key->reveal());
}

// What one line does within the transaction. Everything that can fail comes before the first
// change.
Result<void> apply(const Shared& shared, const audit::Actor& actor, store::WriteTxn& txn,
                   const ImportLine& line, std::optional<PreparedToken>& token, ImportDone& done) {
  const vault::Vault& vault = shared.vault;
  store::TenantEdit edit = txn.edit(line.tenant);
  bool created = false;
  bool key_set = false;
  store::TenantRecord record;
  if (edit.record()) {
    auto loaded = load_tenant(vault, edit);
    if (!loaded) return loaded.error();
    record = std::move(*loaded);
  } else {
    record.created_at = now();
    created = true;
  }
  done = {};
  if (token && !token->record.name.empty()) {
    if (auto id = find_named(vault, txn, line.tenant, token->record.name)) done.token_id = *id;
  }
  if (line.key && !same_key(vault, edit, record, line)) {
    store_key(vault, edit, record, *line.provider, line.key->reveal(), now(), 0);
    edit.put_key_state(*line.provider, encode(store::KeyState{}));
    key_set = true;
  }
  if (created || key_set) save_tenant(vault, edit, record);
  if (token && done.token_id.empty()) {
    done.token_id = token->record.id;
    done.token.emplace(token->text.reveal());
    edit.put_token(token->hash, token->record.id, seal_token(vault, token->hash, token->record));
  }
  if (created || key_set || done.token) {
    shared.trail.intend({audit::Record::Kind::change,
                         "tenant.imported",
                         actor,
                         {{"tenant", line.tenant},
                          {"created", created},
                          {"provider", key_set ? line.provider->view() : "-"},
                          {"token", done.token ? std::string_view(done.token_id) : "-"}}});
  }
  return {};
}

}  // namespace

net::Awaitable<std::vector<Result<ImportDone>>> import_lines(
    Worker& worker, audit::Actor actor, std::vector<Result<ImportLine>> lines) {
  struct Work {
    std::size_t line;
    std::optional<PreparedToken> token;
    ImportDone done;
  };
  // One step for each line, so that one that fails takes no other with it.
  std::vector<Work> works;
  works.reserve(lines.size());
  std::vector<store::Writer::Step> steps;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i]) continue;
    Work& work = works.emplace_back(Work{i, std::nullopt, {}});
    if (lines[i]->token) work.token = prepare_token(lines[i]->tenant, *lines[i]->token);
    steps.push_back(
        [&shared = worker.shared, &actor, &line = *lines[i], &work](store::WriteTxn& txn) {
          return apply(shared, actor, txn, line, work.token, work.done);
        });
  }
  std::vector<Result<void>> outcomes = co_await commit_each(worker, std::move(steps));

  std::vector<Result<ImportDone>> answers;
  answers.reserve(lines.size());
  for (Result<ImportLine>& line : lines) {
    answers.push_back(line ? Result<ImportDone>(ImportDone{}) : line.error());
  }
  std::size_t stored = 0;
  for (std::size_t i = 0; i < works.size(); ++i) {
    Result<ImportDone>& answer = answers[works[i].line];
    if (outcomes[i]) {
      answer = std::move(works[i].done);
      ++stored;
    } else {
      answer = outcomes[i].error();
    }
  }
  worker.shared.log.info("import.committed", {{"lines", lines.size()}, {"stored", stored}});
  co_return answers;
}

}  // namespace byok::service

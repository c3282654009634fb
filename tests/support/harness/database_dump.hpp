// A database as LMDB's own mdb_dump writes it and mdb_load reads it, to be changed in between: what
// somebody who can write the file can do, with none of our code in it.
//
// In the hex form: the printable one of Debian 12's lmdb-utils loses binary records.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace byok::testing {

class DatabaseDump {
 public:
  using Records = std::map<std::string, std::string>;

  // Throws where mdb_dump refuses the file, which nobody may have open.
  explicit DatabaseDump(std::filesystem::path file);

  // The records of that sub-database, to be changed; throws where there is none of that name.
  Records& operator[](const std::string& sub_database);
  // Leaves that sub-database out, as a version without it would have.
  void erase(const std::string& sub_database);
  // Puts a new file of these records into the old one's place.
  void store() const;

 private:
  struct Section {
    std::string name;
    std::string header;  // its lines up to HEADER=END
    Records records;
  };

  std::filesystem::path file_;
  std::vector<Section> sections_;
};

}  // namespace byok::testing

// Compiles the sources twice: dist/esm for `import`, dist/cjs for `require`.
import { execFileSync } from "node:child_process";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
process.chdir(folder);
await rm("dist", { recursive: true, force: true });
for (const config of ["tsconfig.json", "tsconfig.cjs.json"]) {
  const command = ["node_modules/typescript/bin/tsc", "-p", config];
  execFileSync(process.execPath, command, { stdio: "inherit" });
}
// The package's own type is "module"; these are not.
await writeFile("dist/cjs/package.json", '{"type":"commonjs"}\n');
// The package is a work of its own once it is packed.
await copyFile("../../LICENSE", "LICENSE");

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/targets/embedded/index.ts";
import { exam } from "../exam.ts";
import { realClock } from "../open-scim.ts";

exam("embedded directory", {
  crowd: 1_200,
  async open() {
    const folder = mkdtempSync(join(tmpdir(), "embedded-"));
    const api = await definition.open({}, { name: "people", folder, clock: realClock, log: silent });
    return {
      api,
      async close() {
        await api.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});

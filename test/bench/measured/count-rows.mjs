// Plain JavaScript, as probe.mjs is.
/**
 * Loaded into a process before its own code (`node --import`): says, as it ends, how many rows it has written to which table, as SQLite counts them
 * itself (total_changes), what triggers write included. Tables for the length of a connection are left out.
 */
import Database from "better-sqlite3";

const written = { audit: 0, runs: 0, target: 0, snapshot: 0 };
const groups = [
  ["audit", /^(audit|audit_payload|audit_head)$/],
  ["runs", /^(run|cursor|meta|configuration|connection|head_count|member_count)$/],
];
const prepare = Database.prototype.prepare;

Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  const [, table] =
    /^\s*(?:insert(?:\s+or\s+\w+)?\s+into|update|delete\s+from)\s+"?([a-z_.]+)/i.exec(sql) ?? [];
  if (table === undefined || table.startsWith("temp.")) return statement;
  const total = prepare.call(this, "select total_changes()").pluck();
  for (const name of ["run", "get", "all"]) {
    const call = statement[name];
    statement[name] = (...given) => {
      const before = total.get();
      try {
        return call.apply(statement, given);
      } finally {
        count(statement.database.name, table, total.get() - before);
      }
    };
  }
  return statement;
};

function count(file, table, rows) {
  const [group] = groups.find(([, names]) => names.test(table)) ?? ["snapshot"];
  written[file.endsWith(".directory.db") ? "target" : group] += rows;
}

process.on("exit", () => console.log(JSON.stringify(written)));

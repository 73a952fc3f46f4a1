import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { worlds } from "../world.ts";
import { mappingOf } from "./mapping-of.ts";

const world = worlds();

const mapping = (title: string) => mappingOf({ title });

test("an edit of the mapping that changes one person writes that person alone", async () => {
  const w = world({ mapping: mapping("user.title") });
  w.directory.people("p", 30).person("ann", { title: "engineer" });
  await w.sync();
  const db = new Database(join(w.folder, "staff.db"));
  db.exec(`create table written (id integer) strict;
    create trigger counts after update of desired on resource begin insert into written values (old.id); end;`);
  w.options = { ...w.options, mapping: mapping("upper(user.title)") };
  const { items } = await w.plan();
  expect(items.map(({ label, action }) => `${action} ${label}`)).toEqual(["update ann@example.com"]);
  const labels = db
    .prepare("select distinct r.label from written w join resource r on r.id = w.id")
    .pluck()
    .all();
  db.close();
  expect(labels).toEqual(["ann@example.com"]);
});

test("somebody who gets another value alone keeps their place among names, kinds and scopes", async () => {
  const w = world({ mapping: mapping("user.title") });
  w.directory.people("p", 3).person("ann", { title: "engineer" });
  await w.sync();
  const db = new Database(join(w.folder, "staff.db"));
  db.exec(`create table moved (label text) strict;
    create trigger counts after update of kind, presence, label, in_scope, outside on resource begin insert into moved values (new.label); end;`);
  w.options = { ...w.options, mapping: mapping("upper(user.title)") };
  await w.plan();
  const moved = db.prepare("select label from moved").pluck();
  expect(moved.all()).toEqual([]);
  w.options = {
    ...w.options,
    mapping: mapping("user.title").replace("user.login", "upper(user.login)"),
  };
  await w.plan();
  expect(new Set(moved.all()).size).toBe(4);
  db.close();
});

test("somebody whose account carries a foreign external id leaves once by an edit", async () => {
  const w = world({ mapping: mapping("user.title") });
  w.directory.people("p", 3).person("ann", { title: "engineer" });
  await w.sync();
  const db = new Database(join(w.folder, "staff.db"));
  db.exec("update resource set foreign_id = 'hr-7' where label = 'ann@example.com'");
  w.options = { ...w.options, scope: { users: "user.title != 'engineer'" } };
  await w.plan();
  expect(db.prepare("select reason_code from departure").pluck().all()).toEqual(["out-of-scope"]);
  db.close();
});

import { Store } from "../../src/store/store.ts";
import { TestClock } from "../world.ts";
import { examineStore } from "./exam.ts";

const clock = new TestClock();

examineStore("the SQLite store", (folder) =>
  Store.open({ folder, connection: "exam", target: "exam", clock, create: true }),
);

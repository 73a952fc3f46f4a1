import { startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import { examineSource } from "../exam.ts";
import { EntraWorld } from "./entra-world.ts";

examineSource("Entra ID", async () => new EntraWorld(await startEntraTenant()));

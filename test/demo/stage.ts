/** What the story plays on: directories on loopback addresses, and a folder with the configuration, as an installation has it. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyNoDomainController } from "../lab/samba-domain.ts";
import { type EntraTenant, startEntraTenant } from "../stand-ins/entra/tenant.ts";
import { noLags } from "../stand-ins/okta/circumstances.ts";
import { type OktaOrganisation, startOktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import { type Contoso, fillContoso } from "./contoso.ts";
import { type Fabrikam, fillFabrikam } from "./fabrikam.ts";
import { type Plant, startPlant } from "./plant.ts";

export interface Stage {
  readonly folder: string;
  readonly entra: EntraTenant;
  readonly contoso: Contoso;
  readonly okta: OktaOrganisation;
  readonly fabrikam: Fabrikam;
  /** Undefined where no domain controller can be started; `whyNoPlant` says why. */
  readonly plant: Plant | undefined;
  readonly whyNoPlant: string | undefined;
  /** The text of config/rollcall.yaml. */
  readonly configuration: string;
  /** The file of the embedded directory. */
  readonly directory: string;
}

/** Starts everything, lets the story play, and ends and removes everything again, however the story ends. */
export async function onStage<Result>(
  { withoutSamba }: { readonly withoutSamba: boolean },
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-demo-"));
  // Also when somebody ends the process at once.
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  // The stand-ins' temporary files are then in it as well.
  const temporary = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  const started: (() => Promise<void>)[] = [];
  const before = process.cwd();
  try {
    const stage = await build(folder, withoutSamba, started);
    process.chdir(folder);
    return await play(stage);
  } finally {
    process.chdir(before);
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
    for (const stop of started.toReversed()) await stop();
    await rm(folder, { recursive: true, force: true });
    process.off("exit", remove);
  }
}

async function build(
  folder: string,
  withoutSamba: boolean,
  started: (() => Promise<void>)[],
): Promise<Stage> {
  const entra = await startEntraTenant({
    ownAuthority: true,
    tenantName: "Contoso",
    tenantId: "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33",
    clientId: "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901",
    newId: countedIds(),
  });
  started.push(() => entra.stop());
  const okta = await startOktaOrganisation({ lags: noLags });
  started.push(() => okta.stop());
  const contoso = fillContoso(entra);
  const fabrikam = fillFabrikam(okta);
  await mkdir(join(folder, "config"));
  const secret = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
  await secret("entra-secret", entra.clientSecret);
  await secret("okta-token", okta.token);
  await writeFile(join(folder, "entra-ca.pem"), entra.ca);
  await writeFile(join(folder, "okta-ca.pem"), okta.ca);
  const { plant, why: whyNoPlant } = await plantOrWhyNot(folder, withoutSamba);
  if (plant !== undefined) started.push(() => plant.stop());
  const configuration = yaml(entra, okta, plant);
  await writeFile(join(folder, "config", "rollcall.yaml"), configuration);
  const directory = join(folder, "state", "targets", "directory.directory.db");
  return { folder, entra, contoso, okta, fabrikam, plant, whyNoPlant, configuration, directory };
}

/** Where Samba is there and does not start, the story goes on without it as well. */
async function plantOrWhyNot(
  folder: string,
  withoutSamba: boolean,
): Promise<{ readonly plant: Plant | undefined; readonly why: string | undefined }> {
  const why = withoutSamba ? "--without-samba was asked for" : whyNoDomainController();
  if (why !== undefined) return { plant: undefined, why };
  try {
    return { plant: await startPlant(folder), why: undefined };
  } catch (error) {
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { plant: undefined, why: `Samba does not start here (${first.replaceAll(": ", ", ")})` };
  }
}

function yaml(entra: EntraTenant, okta: OktaOrganisation, plant: Plant | undefined): string {
  return `state: ../state

sources:
  entra:
    type: entra
    tenantId: ${entra.tenantId}
    clientId: ${entra.clientId}
    clientSecret: { file: ../entra-secret }
    # What follows is for the stand-in only.
    endpoints:
      login: ${entra.loginUrl}
      graph: ${entra.graphUrl}
    ca: { file: ../entra-ca.pem }
  okta:
    type: okta
    orgUrl: ${okta.url}
    token: { file: ../okta-token }
    ca: { file: ../okta-ca.pem } # for the stand-in only
${plant?.source ?? ""}
connections: # no target is named: all go to the embedded directory
  staff:
    source: entra
  fabrikam:
    source: okta
${plant?.connection ?? ""}`;
}

/** The same ids in every run, so that lists come in the same order. */
function countedIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    const hex = createHash("sha256").update(`contoso ${count}`).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}

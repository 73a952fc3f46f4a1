import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { loadConfig } from "../src/config/load.ts";
import { parseListen } from "../src/config/schema-observe.ts";
import { checkMapping } from "../src/mapping/compile.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const text = (path: string) => readFileSync(join(root, path), "utf8");

/** What a part of a YAML file holds, as far as these tests ask. */
type Part = Readonly<Record<string, unknown>>;

function documents(path: string): readonly Part[] {
  return parseAllDocuments(text(path)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Part;
  });
}

/** Follows keys and numbers into a document. */
function at<Found>(part: unknown, ...path: readonly (string | number)[]): Found {
  const found = path.reduce<unknown>((inner, key) => (inner as Part | undefined)?.[key], part);
  if (found === undefined) throw new Error(`there is no ${path.join(".")}`);
  return found as Found;
}

const user = Number(/^USER (\d+):\1$/m.exec(text("Dockerfile"))?.[1]);
const state = /^VOLUME (\S+)$/m.exec(text("Dockerfile"))?.[1];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the image's user is a number and not root, and its state has a volume", () => {
  expect(user).toBeGreaterThan(999);
  expect(state).toBe("/var/lib/rollcall");
});

test("the image is built from what is in the folder, and of that only from what is named", () => {
  const named = text(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  const copied = [...text("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) =>
    (names ?? "").split(" ").map((name) => name.replace(/^\.\//, "")),
  );
  expect(copied.toSorted()).toEqual(named.toSorted());
});

test("the manifest is one pod with the image's user, a volume, probes that exist and secrets as files", async () => {
  const all = documents("docs/container/kubernetes.yaml");
  expect(all.map((each) => each["kind"])).toEqual([
    "Namespace",
    "ConfigMap",
    "PersistentVolumeClaim",
    "StatefulSet",
    "NetworkPolicy",
  ]);
  const [, settings, claim, set, policy] = all;
  for (const each of all.slice(1)) expect(at(each, "metadata", "namespace")).toBe("rollcall");
  const file = join(folder, "rollcall.yaml");
  writeFileSync(file, at<string>(settings, "data", "rollcall.yaml"));
  const config = await loadConfig(file, checkMapping);
  expect(config.warnings ?? []).toEqual([]);
  expect(config.state).toBe(state);
  expect(at(set, "spec", "replicas")).toBe(1);
  expect(at(claim, "spec", "accessModes")).toEqual(["ReadWriteOncePod"]);
  const pod = at<Part>(set, "spec", "template", "spec");
  for (const key of ["runAsUser", "runAsGroup", "fsGroup"])
    expect(at(pod, "securityContext", key)).toBe(user);
  const container = at<Part>(pod, "containers", 0);
  expect(container["securityContext"]).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  const port = parseListen(
    /listen: "(.+)"/.exec(at<string>(settings, "data", "rollcall.yaml"))?.[1] ?? "",
  )?.port;
  expect(at(container, "ports", 0, "containerPort")).toBe(port);
  const { ports: opened, from } = at<Part>(policy, "spec", "ingress", 0);
  expect(opened).toEqual([{ port: at(container, "ports", 0, "name") }]);
  // One entry that asks for both: two entries would let in every pod of the namespace.
  expect((from as readonly Part[]).map((each) => Object.keys(each))).toEqual([
    ["namespaceSelector", "podSelector"],
  ]);
  expect(at<readonly Part[]>(policy, "spec", "ingress")).toHaveLength(1);
  expect(at(policy, "spec", "policyTypes")).toEqual(["Ingress"]);
  expect(at(policy, "spec", "podSelector")).toEqual(at(set, "spec", "selector"));
  const pages = text("src/daemon/health.ts");
  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    expect(pages).toContain(`"${at<string>(container, probe, "httpGet", "path")}"`);
    expect(at(container, probe, "httpGet", "port")).toBe(at(container, "ports", 0, "name"));
  }
  expect(at(pod, "terminationGracePeriodSeconds")).toBeGreaterThan(config.daemon.stopTimeoutMs / 1000);
  const mounts = at<readonly Part[]>(container, "volumeMounts");
  const volumes = at<readonly Part[]>(pod, "volumes");
  expect(mounts.map(({ name }) => name).toSorted()).toEqual(volumes.map(({ name }) => name).toSorted());
  const paths = mounts.map(({ mountPath }) => String(mountPath));
  expect(paths).toContain(state);
  expect(
    at(
      volumes.find(({ name }) => name === "secrets"),
      "secret",
      "defaultMode",
    ),
  ).toBe(0o400);
  for (const [, secret] of at<string>(settings, "data", "rollcall.yaml").matchAll(/file: (\S+) \}/g))
    expect(paths.some((path) => secret?.startsWith(`${path}/`))).toBe(true);
  expect(
    at(
      volumes.find(({ name }) => name === "state"),
      "persistentVolumeClaim",
      "claimName",
    ),
  ).toBe(at(claim, "metadata", "name"));
});

test("the compose file gives the image its volume and its time to stop, and no more rights than it needs", () => {
  const [compose] = documents("docs/container/compose.yaml");
  const service = at<Part>(compose, "services", "rollcall");
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    stop_grace_period: "90s",
  });
  const mounts = at<readonly string[]>(service, "volumes").map((line) => line.split(":"));
  expect(mounts).toContainEqual(["state", state]);
  expect(mounts).toContainEqual(["./config", "/etc/rollcall", "ro"]);
  expect(Object.keys(at<Part>(compose, "volumes"))).toEqual(["state"]);
  const secrets = at<readonly Part[]>(service, "secrets");
  expect(secrets.map(({ source }) => source).toSorted()).toEqual(
    Object.keys(at<Part>(compose, "secrets")).toSorted(),
  );
  for (const { uid, gid, mode } of secrets)
    expect({ uid, gid, mode }).toEqual({ uid: String(user), gid: String(user), mode: "0400" });
});

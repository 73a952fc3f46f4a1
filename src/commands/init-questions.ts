import { resolve } from "node:path";
import type { ConfigurationProblems } from "../config/problems.ts";
import { ConfigurationError } from "../errors.ts";
import type { Answers, SecretPlace } from "./first-config.ts";
import { type Flags, type Invocation, textOf } from "./invocation.ts";

/** The answers from flags; what is missing is asked for on a terminal, and listed in one error elsewhere. */
export async function answersOf({ io, flags }: Invocation): Promise<Answers> {
  const missing: string[] = [];
  const need = async (flag: string, question: string): Promise<string> => {
    const given = textOf(flags, camel(flag)) ?? (await io.ask?.(`${question}: `));
    if (given === undefined || given.trim() === "") missing.push(`--${flag}`);
    return given?.trim() ?? "";
  };
  const domain = textOf(flags, "domain");
  const given = flags["url"];
  const urls = Array.isArray(given) ? given.map(String) : [];
  if (domain === undefined && urls.length === 0)
    urls.push(await need("url", "Domain controller, such as ldaps://dc1.corp.example"));
  const bindDn = await need("bind-dn", "Account to log in with, such as rollcall@corp.example");
  const bindPassword = secretFrom(flags, "bindPassword") ?? {
    file: resolve(await need("bind-password-file", "File that holds its password")),
  };
  const target =
    textOf(flags, "target") ?? (textOf(flags, "scimUrl") === undefined ? await targetFrom(io.ask) : "scim");
  if (target !== "embedded" && target !== "scim")
    throw new ConfigurationError(`--target expects embedded or scim, got "${target}"`);
  const scim =
    target === "embedded"
      ? undefined
      : {
          baseUrl: await need(
            "scim-url",
            "Address of the SCIM service, such as https://app.example.com/scim/v2",
          ),
          token: secretFrom(flags, "scimToken") ?? {
            file: resolve(await need("scim-token-file", "File that holds its token")),
          },
        };
  if (missing.length > 0)
    throw new ConfigurationError(`missing: ${missing.join(", ")}`, {
      hint: "on a terminal, `rollcall init` asks for them",
    });
  return {
    name: textOf(flags, "name") ?? "staff",
    state: resolve(textOf(flags, "state") ?? "/var/lib/rollcall"),
    urls,
    domain,
    baseDn: textOf(flags, "baseDn"),
    bindDn,
    bindPassword,
    caFile: fileFrom(flags, "caFile"),
    scim,
    secrets: [bindPassword, ...(scim === undefined ? [] : [scim.token])],
  };
}

/** Where each answer goes in the file. */
function flagsByPath({ bindPassword, scim }: Answers): readonly (readonly [path: string, flag: string])[] {
  const placeFlag = (flag: string, place: SecretPlace | undefined) =>
    `${flag}-${place !== undefined && "env" in place ? "env" : "file"}`;
  return [
    ["state", "--state"],
    ["sources.ad.url", "--url"],
    ["sources.ad.domain", "--domain"],
    ["sources.ad.baseDn", "--base-dn"],
    ["sources.ad.bindDn", "--bind-dn"],
    ["sources.ad.bindPassword", placeFlag("--bind-password", bindPassword)],
    ["sources.ad.ca", "--ca-file"],
    ["targets.app.baseUrl", "--scim-url"],
    ["targets.app.token", placeFlag("--scim-token", scim?.token)],
    ["connections", "--name"],
  ];
}

/** What is wrong with the file that was made of the answers, in terms of the answers. */
export function wrongAnswers({ problems }: ConfigurationProblems, answers: Answers): ConfigurationError {
  const flags = flagsByPath(answers);
  const lines = problems.map(({ path, message }) => {
    const flag = flags.find(
      ([start]) => path === start || (/^[.[]/.test(path.slice(start.length)) && path.startsWith(start)),
    );
    return `${flag?.[1] ?? path}: ${message}`;
  });
  return new ConfigurationError(lines.join("\n"), {
    hint: "nothing was written: run `rollcall init` again with another answer",
  });
}

async function targetFrom(ask: ((question: string) => Promise<string>) | undefined): Promise<string> {
  const answer = await ask?.("Target: embedded (a directory in a file, to try it out) or scim [embedded]: ");
  return answer === undefined || answer === "" ? "embedded" : answer;
}

function secretFrom(flags: Flags, name: string): SecretPlace | undefined {
  const file = fileFrom(flags, `${name}File`);
  if (file !== undefined) return { file };
  const env = textOf(flags, `${name}Env`);
  return env === undefined ? undefined : { env };
}

/** Files named on a command line are beside whoever typed, those in the configuration beside the configuration. */
function fileFrom(flags: Flags, name: string): string | undefined {
  const file = textOf(flags, name);
  return file === undefined ? undefined : resolve(file);
}

function camel(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of a shell script
import { RootCommand } from "@bomb.sh/tab";
import { ConfigurationError } from "../errors.ts";
import { shells } from "./completion-values.ts";
import { said } from "./completion-words.ts";
import type { Invocation } from "./invocation.ts";

/** `rollcall completion SHELL`: the script that makes a shell complete commands, options, and names of connections. */
export async function run({ io, arguments: [name = ""] }: Invocation): Promise<number> {
  const shell = shells.find((each) => each === name);
  if (shell === undefined) {
    throw new ConfigurationError(`there is no completion for "${name}"`, {
      hint: `there is one for ${shells.join(", ")}`,
    });
  }
  const script = said(() => new RootCommand().setup("rollcall", "rollcall", shell));
  io.stdout.write(shell === "bash" ? forBash(script) : script);
  return 0;
}

/**
 * The library's script for bash leaves constants behind that cannot be set twice, evaluates what stands on the line, needs the package bash-completion, and
 * offers no files. Throws when another version of the library says it otherwise.
 */
function forBash(script: string): string {
  const constants = [...script.matchAll(/^readonly (ShellCompDirective\w+=\d+)\n/gm)];
  let text = constants.reduce((left, [line]) => left.replace(line, ""), script);
  for (const [before, after] of [
    [
      "    local cur prev words cword\n",
      `    local cur prev words cword\n    local ${constants.map(([, each]) => each).join(" ")}\n`,
    ],
    [
      '    _get_comp_words_by_ref -n "=:" cur prev words cword\n',
      [
        "    if declare -F _get_comp_words_by_ref >/dev/null; then",
        '        _get_comp_words_by_ref -n "=:" cur prev words cword',
        "    else",
        '        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}',
        "    fi",
        "",
      ].join("\n"),
    ],
    ['    requestComp="rollcall complete -- ${words[@]:1}"\n', ""],
    ['    if [[ -z "$cur" ]]; then\n        requestComp="$requestComp \'\'"\n    fi\n', ""],
    [
      'out=$(eval "$requestComp" 2>/dev/null)',
      'out=$("${words[0]}" complete -- "${words[@]:1:cword}" 2>/dev/null)',
    ],
    ["complete -F __rollcall_complete rollcall", "complete -o default -F __rollcall_complete rollcall"],
  ] as const) {
    if (!text.includes(before)) throw new Error(`the script for bash has no ${JSON.stringify(before)}`);
    text = text.replace(before, () => after);
  }
  return text;
}

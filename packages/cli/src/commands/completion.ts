import { bashCompletion } from '../completion/bash-completion.ts'
import { completionPlaces } from '../completion/completion-facts.ts'
import { fishCompletion } from '../completion/fish-completion.ts'
import { zshCompletion } from '../completion/zsh-completion.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'

const SCRIPTS: Readonly<Record<string, typeof bashCompletion>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

export async function run({ given, environment }: Invocation): Promise<ExitName> {
  environment.stdout.write(SCRIPTS[given.text('SHELL')!]!(completionPlaces()))
  return 'ok'
}

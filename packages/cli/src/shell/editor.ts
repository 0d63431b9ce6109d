import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from '../command-error.ts'
import type { Environment } from '../environment.ts'
import { systemOf } from '../system.ts'
import type { ShellTerminal } from './shell-terminal.ts'

/** The variable that holds the path of the file to edit. */
const EDITED = 'E6DATA_EDITED'

type Env = Environment['env']

function editorOf({ VISUAL, EDITOR }: Env, platform = process.platform): string {
  return VISUAL || EDITOR || systemOf(platform).editor
}

/** The line of the system's shell that edits the file which `E6DATA_EDITED` names. */
export function editorCommand(env: Env, platform = process.platform): string {
  return `${editorOf(env, platform)} ${systemOf(platform).variableInShell(EDITED)}`
}

/**
 * Opens a string in `VISUAL` or `EDITOR`, and returns the edited one.
 * @throws CommandError when the editor cannot be started or fails
 */
export async function editText(text: string, { env }: Environment, terminal: ShellTerminal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'e6data-'))
  const takeBack = terminal.lend()
  try {
    const path = join(folder, 'statement.sql')
    await writeFile(path, `${text}\n`, { mode: 0o600 })
    const child = spawn(editorCommand(env), { shell: true, stdio: 'inherit', env: { ...env, [EDITED]: path } })
    const [status] = (await once(child, 'exit')) as [number | null]
    if (status !== 0) throw new CommandError(`the editor ${editorOf(env)} ended with status ${status ?? 'of a signal'}`)
    return (await readFile(path, 'utf8')).trim()
  } finally {
    takeBack()
    await rm(folder, { recursive: true, force: true })
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from '../command-error.ts'
import type { Surroundings } from '../surroundings.ts'
import type { ShellTerminal } from './shell-terminal.ts'

/**
 * Lets the user edit a text in `VISUAL` or `EDITOR`, and returns it.
 * @throws CommandError when the editor can't be run, or says that it failed
 */
export async function editText(text: string, { env }: Surroundings, terminal: ShellTerminal): Promise<string> {
  const editor = env.VISUAL || env.EDITOR || 'vi'
  const folder = await mkdtemp(join(tmpdir(), 'e6data-'))
  const takeBack = terminal.lend()
  try {
    const path = join(folder, 'statement.sql')
    await writeFile(path, `${text}\n`, { mode: 0o600 })
    const child = spawn(`${editor} "$E6DATA_EDITED"`, {
      shell: true,
      stdio: 'inherit',
      env: { ...env, E6DATA_EDITED: path },
    })
    const [status] = (await once(child, 'exit')) as [number | null]
    if (status !== 0) throw new CommandError(`the editor ${editor} ended with status ${status ?? 'of a signal'}`)
    return (await readFile(path, 'utf8')).trim()
  } finally {
    takeBack()
    await rm(folder, { recursive: true, force: true })
  }
}

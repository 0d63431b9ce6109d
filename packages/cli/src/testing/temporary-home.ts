import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A home folder of a test's own, with the environment that leads there and to the state this test shares, and nothing else of this machine's. */
export interface TemporaryHome extends Disposable {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

export function temporaryHome(env: Readonly<Record<string, string>> = {}): TemporaryHome {
  const folder = mkdtempSync(join(tmpdir(), 'e6data-cli-'))
  return {
    folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      LANG: 'C.UTF-8',
      E6DATA_STRATEGY_STORE_DIRECTORY: process.env.E6DATA_STRATEGY_STORE_DIRECTORY ?? '',
      ...env,
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

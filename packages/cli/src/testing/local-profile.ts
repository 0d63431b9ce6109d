import { type LocalCluster, type LocalClusterOptions, startCluster } from 'e6data-local-cluster'
import { type LocalState, rememberLocalCluster } from '../local/local-state.ts'
import { type CommandCall, type CommandResult, runCommand } from './run-command.ts'
import { type TemporaryHome, temporaryHome } from './temporary-home.ts'

/** A cluster that commands find as the profile `local`, as if `e6data local up` had started it. */
export interface LocalProfile extends AsyncDisposable {
  readonly cluster: LocalCluster
  readonly home: TemporaryHome
  /** Runs a command that knows the profile. */
  readonly run: (words: readonly string[], call?: CommandCall) => Promise<CommandResult>
}

export async function localProfile(options: LocalClusterOptions = {}): Promise<LocalProfile> {
  const cluster = await startCluster({ mode: 'in-process', rows: 1000, resumeMs: 20, ...options })
  const home = temporaryHome()
  const state: LocalState = {
    pid: process.pid,
    url: cluster.url,
    adminUrl: cluster.adminUrl!,
    consoleUrl: cluster.consoleUrl!,
    startedAt: new Date().toISOString(),
    ...(options.tls ? { ca: String(options.tls.cert) } : {}),
  }
  rememberLocalCluster({ env: home.env, home: home.folder }, state)
  return {
    cluster,
    home,
    run: (words, call) => runCommand(words, { env: home.env, home: home.folder, ...call }),
    [Symbol.asyncDispose]: async () => {
      await cluster.close()
      home[Symbol.dispose]()
    },
  }
}

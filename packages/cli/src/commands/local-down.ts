import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { forgetLocalCluster, isAlive, requireLocalCluster } from '../local/local-state.ts'
import { systemOf } from '../system.ts'

/** Time limit of an orderly end, in milliseconds. */
const PATIENCE_MS = 15_000

const LOOK_EVERY_MS = 50

export async function run({ given, environment, interruption }: Invocation): Promise<ExitName> {
  const { pid } = requireLocalCluster(environment)
  // Windows knows no signals and ends the process at once; its engines then remove the cluster's files.
  process.kill(pid, 'SIGTERM')
  const until = performance.now() + PATIENCE_MS
  while (isAlive(pid)) {
    if (performance.now() > until)
      throw new CommandError(`process ${pid} does not end; \`${systemOf().endProcess(pid)}\` kills it`, 'local')
    await sleep(LOOK_EVERY_MS, undefined, { signal: interruption.signal })
  }
  forgetLocalCluster(environment, pid)
  environment.stdout.write(given.has('json') ? `${JSON.stringify({ stopped: pid })}\n` : 'stopped\n')
  return 'ok'
}

import { type ClusterManager, clusterManager } from 'e6data-connector'
import { completeSettings } from '../connection/connection-settings.ts'
import { canRedraw } from '../environment.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeClusterStatus } from '../output/cluster-status.ts'
import { SILENT_WAIT, type WaitBar, waitBar } from '../output/wait-bar.ts'
import { styleFor } from '../style.ts'

const DEFAULT_WAIT_MS = 300_000

/** Poll interval, shorter than that of a connection, since a user waits. */
const LOOK_EVERY_MS = 1000

export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, interruption } = invocation
  const timeoutMs = given.number('wait-timeout') ?? DEFAULT_WAIT_MS
  const options = {
    ...(await completeSettings(invocation)),
    autoResumeTimeoutMs: timeoutMs,
    advanced: { autoResumePollMs: LOOK_EVERY_MS },
  }
  await using manager = clusterManager(options)
  if (given.has('no-wait')) {
    writeClusterStatus(invocation, await manager.resume({ signal: interruption.signal }))
    return 'ok'
  }
  await waitUntilActive(manager, invocation, timeoutMs)
  writeClusterStatus(invocation, 'active')
  return 'ok'
}

async function waitUntilActive(manager: ClusterManager, invocation: Invocation, timeoutMs: number): Promise<void> {
  const bar = openBar(invocation, timeoutMs)
  try {
    const signal = invocation.interruption.signal
    // The manager times out first, with the last status.
    await manager.waitUntilActive({
      signal,
      timeoutMs: timeoutMs + 1000,
      onProgress: ({ status }) => bar.update(status),
    })
  } finally {
    bar.stop()
  }
}

function openBar({ environment, noColor }: Invocation, timeoutMs: number): WaitBar {
  const { stderr, env } = environment
  if (!canRedraw(stderr, env)) return SILENT_WAIT
  return waitBar({ stream: stderr, style: styleFor(stderr, env, { noColor }), timeoutMs, now: () => performance.now() })
}

import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { AdminClient } from '../local/admin-client.ts'
import { requireLocalCluster } from '../local/local-state.ts'
import { LOCAL_STEPS } from '../local/local-steps.ts'
import { clusterStateText } from '../local/state-text.ts'
import { styleFor } from '../style.ts'

/** Runs the commands that are one call of the admin API, by a table. */
export async function run({ command, given, environment, interruption, noColor }: Invocation): Promise<ExitName> {
  const { stdout, env } = environment
  const admin = new AdminClient(requireLocalCluster(environment).adminUrl, interruption.signal)
  const { path, body } = LOCAL_STEPS[command]!(given, await admin.state())
  const state = await admin.act(path, body)
  const text = given.has('json') ? JSON.stringify(state) : clusterStateText(state, styleFor(stdout, env, { noColor }))
  stdout.write(`${text}\n`)
  return 'ok'
}

import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { AdminClient } from '../local/admin-client.ts'
import { faultText } from '../local/fault-fields.ts'
import { requireLocalCluster } from '../local/local-state.ts'
import { clusterStateText } from '../local/state-text.ts'
import { styleFor } from '../style.ts'

export async function run({ given, environment, interruption, noColor }: Invocation): Promise<ExitName> {
  const { stdout, env } = environment
  const local = requireLocalCluster(environment)
  const admin = new AdminClient(local.adminUrl, interruption.signal)
  const [state, faults] = [await admin.state(), await admin.faults()]
  if (given.has('json')) {
    stdout.write(
      `${JSON.stringify({ ...state, adminUrl: local.adminUrl, consoleUrl: local.consoleUrl, pid: local.pid, faults })}\n`,
    )
    return 'ok'
  }
  const style = styleFor(stdout, env, { noColor })
  const facts: [string, string][] = [
    ['deployment', clusterStateText(state, style)],
    ['clients', `${state.host}:${state.port}, user ${state.username}, profile local`],
    ['console', local.consoleUrl],
    ['admin API', local.adminUrl],
    ['process', `${local.pid}, since ${local.startedAt}`],
    ...faults.map((fault): [string, string] => ['fault', faultText(fault)]),
  ]
  stdout.write(facts.map(([name, value]) => `${style.dim(name.padEnd(10))}  ${value}\n`).join(''))
  return 'ok'
}

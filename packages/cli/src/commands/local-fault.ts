import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { AdminClient, type FaultState } from '../local/admin-client.ts'
import { faultFrom, faultText } from '../local/fault-fields.ts'
import { requireLocalCluster } from '../local/local-state.ts'

export async function run({ given, environment, interruption }: Invocation): Promise<ExitName> {
  const admin = new AdminClient(requireLocalCluster(environment).adminUrl, interruption.signal)
  const kind = given.text('KIND')
  const remove = given.number('remove')
  const release = given.number('release')
  const asked = [kind !== undefined, given.has('clear'), remove !== undefined, release !== undefined]
  if (asked.filter(Boolean).length > 1) throw new CommandError('use only one of KIND, --clear, --remove and --release')
  const write = (text: string, json: unknown) => {
    environment.stdout.write(`${given.has('json') ? JSON.stringify(json) : text}\n`)
    return 'ok' as const
  }
  if (kind !== undefined) {
    const fault = await admin.injectFault(faultFrom(kind, given.texts('FIELD=VALUE')))
    return write(faultText(fault), fault)
  }
  if (given.has('clear')) await admin.clearFaults()
  if (remove !== undefined) await admin.removeFault(remove)
  if (release !== undefined) await admin.releaseFault(release)
  const faults = await admin.faults()
  return write(listText(faults), { faults })
}

function listText(faults: readonly FaultState[]): string {
  return faults.length === 0 ? 'no fault is in force' : faults.map(faultText).join('\n')
}

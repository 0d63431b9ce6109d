import { openConnection } from '../connection/open-connection.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeListing } from '../output/listing.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  await using connection = await openConnection(invocation)
  const catalogs = await connection.getCatalogs({ signal: invocation.interruption.signal })
  writeListing(invocation, {
    columns: ['catalog', 'default'],
    rows: catalogs.map(({ name, isDefault }) => [
      name,
      invocation.given.has('json') ? isDefault : isDefault ? 'default' : '',
    ]),
  })
  return 'ok'
}

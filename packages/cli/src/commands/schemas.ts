import { openConnection } from '../connection/open-connection.ts'
import { nameParts } from '../connection/qualified-name.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeListing } from '../output/listing.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const name = invocation.given.text('CATALOG')
  const scope = name === undefined ? {} : { catalog: nameParts(name).join('.') }
  await using connection = await openConnection(invocation)
  const names = await connection.getSchemaNames({ ...scope, signal: invocation.interruption.signal })
  writeListing(invocation, { columns: ['schema'], rows: names.map((schema) => [schema]) })
  return 'ok'
}

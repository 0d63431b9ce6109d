import { openConnection } from '../connection/open-connection.ts'
import { schemaScope } from '../connection/qualified-name.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeListing } from '../output/listing.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const scope = schemaScope(invocation.given.text('SCHEMA'))
  await using connection = await openConnection(invocation)
  const names = await connection.getTables({ ...scope, signal: invocation.interruption.signal })
  writeListing(invocation, { columns: ['table'], rows: names.map((name) => [name]) })
  return 'ok'
}

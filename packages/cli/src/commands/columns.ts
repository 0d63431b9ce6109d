import { CommandError } from '../command-error.ts'
import { openConnection } from '../connection/open-connection.ts'
import { tableScope } from '../connection/qualified-name.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeListing } from '../output/listing.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const name = invocation.given.text('TABLE')!
  const scope = tableScope(name)
  await using connection = await openConnection(invocation)
  const columns = await connection.getColumns({ ...scope, signal: invocation.interruption.signal })
  // Engines answer with an empty list when the table does not exist.
  if (columns.length === 0) throw new CommandError(`there is no table ${name}: \`e6data tables\` lists them`, 'failed')
  writeListing(invocation, {
    columns: ['column', 'type'],
    rows: columns.map(({ name: column, type }) => [column, type]),
  })
  return 'ok'
}

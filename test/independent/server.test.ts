import { connect } from 'e6data-connector'
import { expect, it } from 'vitest'
import { IndependentServer } from '../independent-server/independent-server.ts'
import { check, type OracleRow } from '../independent-server/oracle.ts'

it('a query against the independent server', async () => {
  await using server = new IndependentServer()
  const { host, port } = await server.listen()
  await using connection = await connect({ host, port, username: 'ann', password: 'secret', strategyStore: 'process' })
  const { rows } = await connection.query<OracleRow>("SELECT 'tag=a n=25'")
  expect(check(rows, { rows: 25, tag: 'a' })).toBeUndefined()
  console.log(String(server.log))
  expect(server.engine.violations).toEqual([])
  expect(server.openQueries()).toEqual([])
})

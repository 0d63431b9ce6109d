import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { localTest } from '../../test/local.ts'
import { createPool } from '../connect.ts'

const SQL = "SELECT 'a value' AS text FROM orders"

describe('what is printed of', () => {
  const local = localTest()

  /** Prints a value like console.log with all options, and checks that the result is short and shows no secret. */
  async function printed(thing: unknown): Promise<string> {
    const connection = await local.connection()
    const texts = [inspect(thing), inspect(thing, { showHidden: true, depth: 9 }), inspect({ within: [thing] })]
    for (const text of texts) {
      expect(text.length).toBeLessThan(300)
      for (const secret of [local.cluster.password, await connection.getSessionId(), 'a value', 'SELECT'])
        expect(text).not.toContain(secret)
    }
    expect(texts[0]).not.toContain('\n')
    return texts[0]!
  }

  it('a connection: its cluster and its state', async () => {
    const connection = await local.connection()
    const place = `host: '127.0.0.1', port: ${local.cluster.port}, clusterName: 'local', catalog: 'local', database: 'retail'`
    expect(await printed(connection)).toBe(`Connection { ${place}, strategy: 'blue', running: 0, state: 'open' }`)
    await connection.close()
    expect(await printed(connection)).toContain("state: 'closed'")
  })

  it('a pool: the state of its connections', async () => {
    await using pool = createPool({ url: local.cluster.url, strategyStore: 'process', max: 3 })
    await using _ = await pool.acquire()
    expect(await printed(pool)).toMatch(/^Pool \{ host: '127.0.0.1', port: \d+, .*max: 3, idle: 0, borrowed: 1, /)
    expect(await printed(pool.stream(SQL))).toBe('PooledStream { begun: false }')
  })

  it('a cursor and a stream: the query id, without the statement', async () => {
    const connection = await local.connection()
    await using cursor = connection.cursor()
    expect(await printed(cursor)).toBe("Cursor { state: 'idle', rowCount: -1 }")
    const queryId = await cursor.execute(SQL)
    expect(await printed(cursor)).toBe(
      `Cursor { state: 'reading', queryId: '${queryId}', strategy: 'blue', rowCount: 1000 }`,
    )
    const stream = connection.stream(SQL)
    expect(await printed(stream)).toBe('QueryStream { begun: false }')
    for await (const _ of stream) break
    expect(await printed(stream)).toMatch(/^QueryStream \{ begun: true, queryId: /)
  })
})

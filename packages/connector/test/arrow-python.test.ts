import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { decodeChunk, decodeResultMetadata } from 'e6data-connector/wire'
import { expect, it } from 'vitest'
import { pythonCommand } from '../../../scripts/commands.ts'
import { createArrowEncoder } from '../src/result/arrow-encoder.ts'

const python = pythonCommand()
const file = (name: string) => readFileSync(new URL(`../vectors/${name}`, import.meta.url))

/** Reads the stream with Arrow's own C++ library, checks every buffer, and computes sums over it with DuckDB. */
const PROGRAM = `
import sys, json, pyarrow.ipc, duckdb
result = pyarrow.ipc.open_stream(sys.stdin.buffer.read()).read_all()
result.validate(full=True)
row = duckdb.sql("select count(*), sum(c0::hugeint)::varchar, sum(c1::bigint)::varchar, sum(c7)::varchar, min(c6)::varchar, count(c4) from result").fetchall()[0]
print(json.dumps(row))
`

it('DuckDB and the C++ library of Arrow read the encoded stream, if Python has both', (context) => {
  const found = spawnSync(python, ['-c', 'import pyarrow, duckdb, pytz'])
  if (found.status !== 0) {
    // DuckDB for Node can read Arrow only with an extension that it would need to download.
    context.annotate('python3 with pyarrow, duckdb and pytz is not available: only apache-arrow has read the stream')
    return
  }
  const { fields } = decodeResultMetadata(file('bench-meta.bin'))
  const batch = decodeChunk(file('bench-chunk.bin'), fields)
  const encoder = createArrowEncoder(fields)
  const stream = Buffer.concat([encoder.batch(batch), encoder.end()])
  const { stdout, stderr } = spawnSync(python, ['-c', PROGRAM], { input: stream })
  expect(stderr.toString()).toBe('')
  const rows = batch.toRows({ rowShape: 'array' })
  const total = (column: number, unit: bigint) =>
    rows.reduce((sum, row) => sum + BigInt(String(row[column] ?? 0).replace('.', '')) * unit, 0n)
  const decimals = String(total(7, 1n)).replace(/(\d{4})$/, '.$1')
  const [count, longs, integers, sum, , texts] = JSON.parse(stdout.toString()) as unknown[]
  expect([count, longs, integers, sum, texts]).toEqual([
    batch.rowCount,
    String(total(0, 1n)),
    String(total(1, 1n)),
    decimals,
    rows.filter((row) => row[4] !== null).length,
  ])
})

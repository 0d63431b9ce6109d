import { afterAll, describe, expect, it } from 'vitest'
import { cellName, cellsOf } from './fault-matrix/cells.ts'
import { FAULTS } from './fault-matrix/faults.ts'
import { runCell } from './fault-matrix/run-cell.ts'
import { Slots } from './fault-matrix/slots.ts'

/** Number of parallel cells. More would make each slower, and cause time limits to pass. */
const slots = new Slots(20)

/** The findings of all cells, by kind: the part before the colon. */
const tally = new Map<string, number>()
let cells = 0

/**
 * Every fault at every call, before and after the engine acted, of a SELECT and an INSERT. An INSERT is executed at
 * most once; `ok` means exactly once; an outcome other than `unknown` means not at all; no result is short; nothing
 * stays open. One fault alone: `npm test -- test/independent/fault-matrix.test.ts -t 'bare 502'`.
 */
describe.concurrent('fault matrix', () => {
  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_, fault) => {
      const reports = await Promise.all(
        cellsOf(fault).map((cell) => slots.run(async () => ({ cell, ...(await runCell(cell)) }))),
      )
      cells += reports.length
      const findings = reports.flatMap(({ cell, end, wrongs }) =>
        wrongs.map((wrong) => ({ kind: wrong.split(':')[0]!, line: `${cellName(cell)}: ${wrong} [${end}]` })),
      )
      for (const { kind } of findings) tally.set(kind, (tally.get(kind) ?? 0) + 1)
      const log = reports.find(({ wrongs }) => wrongs.length > 0)?.log ?? ''
      const lines = findings.map(({ line }) => line)
      expect(lines, `what the server saw of the first:\n${log}`).toEqual([])
    },
    60_000,
  )

  afterAll(() => {
    const wrong = [...tally.entries()].map(([kind, count]) => `${kind}: ${count}`)
    console.log(`fault matrix: ${cells} cells, ${wrong.length === 0 ? 'nothing wrong' : wrong.join(', ')}`)
  })
})

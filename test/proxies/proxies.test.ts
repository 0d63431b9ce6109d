import { describe, expect, it } from 'vitest'
import { moveUnderLoad, VARIANTS } from './moves.ts'
import { ORDERS, ResultOracle } from './oracle.ts'
import { missingPrograms, PROXY_KINDS } from './proxy-kinds.ts'
import { assertClean, SHORT_SETTLING } from './real-proxies.ts'

/** The short form; `npm run proxies` moves twenty times. */
const MOVES = 2
const SIDE_BY_SIDE = 3
const TIMEOUT_MS = 300_000

for (const kind of PROXY_KINDS) {
  const missing = missingPrograms(kind)
  if (missing.length > 0) {
    console.warn(`${kind.name} is not tried: ${missing.join(' and ')} not installed`)
    continue
  }
  describe(`16 workers through ${kind.name}`, () => {
    it.each(VARIANTS)(
      'get every row once while it is reloaded, deployments %s',
      async (variant) => {
        const tally = await moveUnderLoad({
          kind,
          variant,
          moves: MOVES,
          proxies: 1,
          statementsPerMove: SHORT_SETTLING,
        })
        assertClean(tally, { kind, variant })
      },
      TIMEOUT_MS,
    )
  })
}

const [nginx] = PROXY_KINDS
if (nginx !== undefined && missingPrograms(nginx).length === 0) {
  describe(`16 workers through ${SIDE_BY_SIDE} ${nginx.name} behind a balancer`, () => {
    it(
      'get every row once while the proxies are moved one after the other',
      async () => {
        const options = {
          kind: nginx,
          variant: 'draining',
          moves: 1,
          proxies: SIDE_BY_SIDE,
          statementsPerMove: SHORT_SETTLING,
        } as const
        assertClean(await moveUnderLoad(options), options)
      },
      TIMEOUT_MS,
    )
  })
}

describe('the judge of results', () => {
  const oracleOf = (ids: readonly number[], engineOf = (_: number) => '/folder/blue.spill') => {
    const oracle = new ResultOracle()
    for (const id of ids) oracle.add({ order_id: BigInt(id), engine: engineOf(id) })
    return oracle
  }
  const everyId = Array.from({ length: ORDERS }, (_, id) => id)

  it('tells a whole result from one that is short, repeated, mixed, or of another engine', () => {
    expect(oracleOf(everyId).verdict('blue')).toBe('right')
    expect(oracleOf(everyId.slice(1)).verdict('blue')).toBe('lost')
    expect(oracleOf([...everyId.slice(1), 7]).verdict('blue')).toBe('doubled')
    expect(oracleOf(everyId).verdict('green')).toBe('mixed')
    const twoEngines = oracleOf(everyId, (id) => `/folder/${id < 100 ? 'blue' : 'green'}.spill`)
    expect(twoEngines.verdict('green')).toBe('mixed')
  })
})

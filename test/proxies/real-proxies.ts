import assert from 'node:assert/strict'
import { type MoveOptions, moveUnderLoad, VARIANTS } from './moves.ts'
import { missingPrograms, PROXY_KINDS } from './proxy-kinds.ts'
import { describeTally, isClean, type Tally } from './tally.ts'

/** Statements between two moves in the short form: each of the 16 workers ends a few. */
export const SHORT_SETTLING = 32

/** @throws AssertionError when a statement failed that needed not fail, or a result is wrong */
export function assertClean(tally: Tally, { kind, variant }: Pick<MoveOptions, 'kind' | 'variant'>): void {
  const seen = [describeTally(tally), ...tally.failures].join('\n  ')
  assert(isClean(tally, variant === 'cut-off'), `${kind.name}, ${variant}: ${seen}`)
}

/**
 * Situation 61: every kind of proxy that is installed, moved by a reload in every way. Returns what was seen, and which
 * proxies are missing.
 * @throws AssertionError for the first proxy and variant under which something failed, or was lost, doubled or mixed
 */
export async function playRealProxies(moves: number): Promise<string> {
  const seen: string[] = []
  for (const kind of PROXY_KINDS) {
    const missing = missingPrograms(kind)
    if (missing.length > 0) {
      seen.push(`${kind.name} was not tried: ${missing.join(' and ')} not installed`)
      continue
    }
    let queries = 0
    for (const variant of VARIANTS) {
      const tally = await moveUnderLoad({ kind, variant, moves, proxies: 1, statementsPerMove: SHORT_SETTLING })
      assertClean(tally, { kind, variant })
      queries += tally.queries
    }
    seen.push(`${kind.name} moved ${moves * VARIANTS.length} times, ${queries} statements, 0 failed`)
  }
  return seen.join('; ')
}

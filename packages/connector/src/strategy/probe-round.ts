import type { Clock } from '../time/clock.ts'
import { pause } from '../time/pause.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import type { ProbeAnswer } from './strategy-prober.ts'

/** The maximum delay before the second strategy is asked, in milliseconds. */
const SECOND_ASKED_AFTER_MS = 250

/** The silence of the first strategy after which the second one is used, in milliseconds. */
const SECOND_USED_AFTER_MS = 1500

/** The maximum length of a single wait, in milliseconds; longer ones are split. */
const SLICE_MS = 50

export type AcceptedAnswer = Extract<ProbeAnswer, { kind: 'accepted' }>

/** An answer other than an acceptance; `waiting` while a strategy has not answered yet. */
export type Refusal = Exclude<ProbeAnswer, AcceptedAnswer> | { readonly kind: 'waiting' }

/** The outcome of asking both strategies. */
export type RoundResult =
  | { readonly kind: 'found'; readonly strategy: Strategy; readonly answer: AcceptedAnswer }
  | { readonly kind: 'refused'; readonly answers: Readonly<Record<Strategy, Refusal>> }

/**
 * Asks both strategies once (rule 5). The first is preferred: the second is asked when the first has refused in any
 * way, or after 250 ms, but is used only when the first has refused or was silent for 1500 ms. A simple race would send
 * work to a standby whose login is merely faster.
 */
export async function askBoth(
  [first, second]: readonly [Strategy, Strategy],
  ask: (strategy: Strategy) => Promise<ProbeAnswer>,
  clock: Clock,
): Promise<RoundResult> {
  const startedAt = clock.now()
  const answers = new Map<Strategy, ProbeAnswer>()
  const until = (ms: number, ...asked: Promise<void>[]) => within(clock, startedAt + ms - clock.now(), asked)
  const asked = (strategy: Strategy) => {
    const answered = ask(strategy).then((answer) => void answers.set(strategy, answer))
    answered.catch(() => undefined) // It is raced below, and may fail after the round is decided.
    return answered
  }
  const isAccepted = (strategy: Strategy) => answers.get(strategy)?.kind === 'accepted'

  const firstAsked = asked(first)
  await until(SECOND_ASKED_AFTER_MS, firstAsked)
  if (isAccepted(first)) return resultOf(first, answers)
  const secondAsked = asked(second)
  if (!answers.has(first)) await until(SECOND_USED_AFTER_MS, firstAsked)
  if (isAccepted(first)) return resultOf(first, answers)
  // From here on, either strategy will do.
  if (answers.size === 0) {
    await Promise.race([firstAsked, secondAsked])
    // The login time is up. The other strategy was asked slightly later and may answer right now, or much later if its
    // login was already in progress: then the silent one is worth asking again.
    if ([...answers.values()].every(({ kind }) => kind === 'silent')) {
      const both = Promise.all([firstAsked, secondAsked]).then(() => undefined)
      await until(clock.now() - startedAt + SECOND_USED_AFTER_MS, both)
    }
  } else if (!answers.has(second)) await until(Math.max(clock.now() - startedAt, 0) + SECOND_USED_AFTER_MS, secondAsked)
  return resultOf(first, answers)
}

/**
 * Waits for the first answer of `asked`, at most `delayMs`, in slices: a process too busy to read an answer sees the
 * timeout first, and must not mistake it for silence.
 */
async function within(clock: Clock, delayMs: number, asked: readonly Promise<void>[]): Promise<void> {
  const stop = new AbortController()
  const answered = Promise.race(asked).then(() => 'answered')
  try {
    for (let leftMs = delayMs; leftMs > 0; leftMs -= SLICE_MS) {
      const slice = pause(clock, Math.min(leftMs, SLICE_MS), stop.signal)
      if ((await Promise.race([answered, slice])) === 'answered') return
    }
  } finally {
    stop.abort()
  }
}

/** What the answers of a round come to: the first strategy's acceptance, else the second's. */
export function resultOf(first: Strategy, answers: ReadonlyMap<Strategy, ProbeAnswer>): RoundResult {
  for (const strategy of [first, otherStrategy(first)]) {
    const answer = answers.get(strategy)
    if (answer?.kind === 'accepted') return { kind: 'found', strategy, answer }
  }
  const refusal = (strategy: Strategy) => (answers.get(strategy) ?? { kind: 'waiting' }) as Refusal
  return { kind: 'refused', answers: { blue: refusal('blue'), green: refusal('green') } }
}

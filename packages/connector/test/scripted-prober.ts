import type { ProbeAnswer, ProbeOptions, StrategyProber } from '../src/strategy/strategy-prober.ts'
import type { Deadline } from '../src/time/deadline.ts'
import type { Strategy } from '../src/types/strategy.ts'

/** A question that waits for the test's answer. */
export interface AskedQuestion {
  readonly strategy: Strategy
  readonly how: 'login' | 'statement'
  readonly connection: 'new' | undefined
  answer(kind: ProbeAnswer['kind']): Promise<void>
}

/** Runs everything pending that does not depend on the clock. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A strategy's answer, with an error if its kind has one. */
export function answerOf(strategy: Strategy, kind: ProbeAnswer['kind']): ProbeAnswer {
  return kind === 'accepted' || kind === 'mismatch' ? { kind } : { kind, error: new Error(`${strategy} ${kind}`) }
}

/** A prober that the test answers: at once by a rule, or one by one. An abandoned question is silent. */
export class ScriptedProber implements StrategyProber {
  closed = false
  readonly asked: AskedQuestion[] = []
  readonly rules: Partial<Record<Strategy, ProbeAnswer['kind']>> = {}

  probe(strategy: Strategy, deadline: Deadline): Promise<ProbeAnswer> {
    return this.#ask(strategy, 'login', deadline, undefined)
  }

  prove(strategy: Strategy, deadline: Deadline, { connection }: ProbeOptions = {}): Promise<ProbeAnswer> {
    return this.#ask(strategy, 'statement', deadline, connection)
  }

  /** The strategies asked so far, in order. */
  get order(): Strategy[] {
    return this.asked.map(({ strategy }) => strategy)
  }

  async #ask(
    strategy: Strategy,
    how: AskedQuestion['how'],
    deadline: Deadline,
    connection: 'new' | undefined,
  ): Promise<ProbeAnswer> {
    const rule = this.rules[strategy]
    const answered = new Promise<ProbeAnswer>((resolve) => {
      const answer = (kind: ProbeAnswer['kind']) => {
        resolve(answerOf(strategy, kind))
        return settled()
      }
      this.asked.push({ strategy, how, connection, answer })
      if (rule) resolve(answerOf(strategy, rule))
    })
    try {
      return await deadline.race(answered)
    } catch (error) {
      return { kind: 'silent', error }
    }
  }
}

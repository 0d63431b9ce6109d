import type { Mutation } from './mutation.ts'

const connector = (file: string) => `packages/connector/src/${file}`

const RECOVERY = connector('session/recovery.ts')
const CALL_RECOVERY = connector('session/call-recovery.ts')
const CALL_RULES = connector('session/call-rules.ts')
const SESSIONS = connector('session/session-registry.ts')
const START = connector('statement/query-start.ts')
const RECOVERY_TESTS = [connector('session/recovery.test.ts')]
const BOUNDARY_TESTS = [connector('statement/query-boundaries.test.ts')]
const SESSION_STATE_TESTS = ['test/independent/session-state.test.ts']
const SCENARIOS = ['test/scenarios/scenarios.test.ts']

/** The one situation of `test/scenarios/` that is to notice. */
function situation(id: number): Pick<Mutation, 'tests' | 'named'> {
  return { tests: SCENARIOS, named: `(?:situations|wait) ${id}\\. ` }
}

/** Defects in how calls, sessions and queries come through a switch, noticed against the local cluster. */
export const RECOVERY_MUTATIONS: readonly Mutation[] = [
  {
    name: 'the end of a query is no boundary',
    rule: 1,
    file: connector('statement/pinned-query.ts'),
    find: '    manager.boundary()',
    replace: '',
    tests: BOUNDARY_TESTS,
  },
  {
    name: 'an announced strategy counts as ready whatever it answers',
    rule: 2,
    file: connector('strategy/strategy-prewarming.ts'),
    find: "if (answer.kind === 'accepted') return this.#manager.ready(strategy, epoch)",
    replace: "if (answer.kind !== 'accepted' || strategy) return this.#manager.ready(strategy, epoch)",
    ...situation(9),
  },
  {
    name: 'no process asks an announced strategy',
    rule: 2,
    file: connector('strategy/strategy-prewarming.ts'),
    find: "manager.events.on('strategy:announced', this.#start)",
    replace: 'void manager',
    ...situation(9),
  },
  {
    name: 'a mismatch of new work is not taken for news',
    rule: 4,
    file: CALL_RECOVERY,
    find: 'manager.refused(ticket, error.method)',
    replace: '',
    ...situation(3),
  },
  {
    name: 'each call detects the strategy for itself',
    rule: 5,
    file: connector('strategy/strategy-detection.ts'),
    find: 'this.#flight ??= this.#launch(prober, refused)',
    replace: 'this.#flight = this.#launch(prober, refused)',
    ...situation(25),
  },
  {
    name: 'two strategies that refuse are not waited for',
    rule: 5,
    file: connector('strategy/strategy-detection.ts'),
    find: 'const learnt = await Promise.race([pause(this.#clock, pauseMs, signal), news])',
    replace:
      "const learnt = undefined as Ticket | undefined\n      if (round > 0) throw new StrategyDetectionTimeoutError('at once')",
    ...situation(6),
  },
  {
    name: 'a query in flight that is refused moves the active strategy',
    rule: 6,
    file: CALL_RECOVERY,
    find: 'manager.pinnedRefused(by, error.method)',
    replace: 'manager.strayed(by)',
    ...situation(1),
  },
  {
    name: 'a query is run again although rows have been delivered',
    rule: 6,
    file: CALL_RULES,
    find: 'reads && rowsHandedOver === 0 && options.restartUnreadQueries',
    replace: 'reads && options.restartUnreadQueries',
    ...situation(1),
  },
  {
    name: 'a query cut off before its first row is not run again',
    rule: 6,
    file: CALL_RULES,
    find: 'reads && rowsHandedOver === 0 && options.restartUnreadQueries',
    replace: 'false',
    ...situation(2),
  },
  {
    name: 'a statement that writes is run again after an engine has seen it',
    rule: 6,
    file: CALL_RULES,
    find: "{ fault: 'strategy-mismatch', from: 'proxy', at: 'execute', who: 'any'",
    replace: "{ fault: 'strategy-mismatch', at: 'execute', who: 'any'",
    ...situation(4),
  },
  {
    name: 'a fetch is sent again after its answer was lost',
    rule: 7,
    file: START,
    find: "const call = { kind: 'once', deadline: limit, mayRunElsewhere, maxAnswerBytes } as const",
    replace: "const call = { kind: 'question', deadline: limit, mayRunElsewhere, maxAnswerBytes } as const",
    tests: RECOVERY_TESTS,
    named: 'a fetch whose answer was lost',
  },
  {
    name: 'an execute is sent again after its answer was lost',
    rule: 7,
    file: START,
    find: "const call = { kind: 'once', deadline: limit, mayRunElsewhere: () => true } as const",
    replace: "const call = { kind: 'question', deadline: limit, mayRunElsewhere: () => true } as const",
    ...situation(5),
  },
  {
    name: 'each caller logs in for itself',
    rule: 8,
    file: SESSIONS,
    find: 'const known = this.#logins.get(strategy)',
    replace: 'const known = undefined as undefined | { answer: Promise<LoginAnswer>; begunAt: number }',
    tests: RECOVERY_TESTS,
    named: 'many calls that find the session expired',
  },
  {
    name: 'an expired session is not renewed',
    rule: 8,
    file: CALL_RECOVERY,
    find: 'this.#context.sessions.expired(session, sessionId)',
    replace: 'void session',
    tests: RECOVERY_TESTS,
    named: 'an expired session at prepareStatement',
  },
  {
    name: 'a session id that an answer brings is thrown away',
    rule: 8,
    file: RECOVERY,
    find: 'if (sessionId !== undefined) this.#context.sessions.replaced(session, sentId, sessionId)',
    replace: '',
    tests: RECOVERY_TESTS,
    named: 'a session id that an answer replaces',
  },
  {
    name: 'a deadline that passes ends no wait',
    rule: 12,
    file: connector('time/deadline.ts'),
    find: 'const cancelTimer = this.#hasTime() ? this.clock.schedule(this.remainingMs(), onOver) : NO_TIMER',
    replace: 'const cancelTimer = NO_TIMER',
    tests: [connector('time/deadline.test.ts')],
  },
  {
    name: 'an abort ends no wait',
    rule: 12,
    file: connector('time/deadline.ts'),
    find: "this.signal?.addEventListener('abort', listener, { once: true })",
    replace: '',
    ...situation(31),
  },
  {
    name: 'held calls are not reported',
    rule: 13,
    file: connector('strategy/strategy-detection.ts'),
    find: "this.#manager.tell('strategy:held', { calls: flight.waiting, epoch: this.#manager.epoch })",
    replace: '',
    ...situation(6),
  },
  {
    name: 'what the answer to a login announces is not heard',
    rule: 3,
    file: connector('session/login-announcements.ts'),
    find: 'if (manager.current()) manager.loggedIn({ strategy, epoch }, answer.announced)',
    replace: 'void [manager, epoch]',
    tests: [connector('session/login-announcements.test.ts')],
  },
  {
    name: 'a clear that proxies refuse is not tried again',
    rule: 12,
    file: connector('statement/pinned-query.ts'),
    find: 'if (!heard) void releaseLater(',
    replace: 'if (heard === undefined) void releaseLater(',
    tests: ['test/independent/program-habits.test.ts'],
    named: 'proxies refuse for longer',
  },
  {
    name: 'cancelling the query of another connection wakes a suspended cluster',
    rule: 12,
    file: connector('statement/pinned-query.ts'),
    find: "const options = { kind: 'release', ...limits } as const",
    replace: "const options = { kind: 'question', ...limits } as const",
    tests: [connector('statement/foreign-query.test.ts')],
  },
  {
    name: 'a query that ends takes the pin of one with the same id on the other strategy',
    rule: 9,
    file: connector('statement/pinned-query.ts'),
    find: 'manager.cleanupQueryStrategy(this.queryId, this)',
    replace: 'manager.cleanupQueryStrategy(this.queryId)',
    ...situation(57),
  },
  {
    name: 'a login that fails by a status that no rule names ends the call',
    rule: 15,
    file: CALL_RULES,
    find: "return kind === 'login' ? 'suspect' : 'give-up'",
    replace: "return 'give-up'",
    tests: ['test/independent/fault-matrix.test.ts'],
    named: 'FAILED_PRECONDITION',
  },
  {
    name: 'a refused call about a query is not repeated',
    rule: 17,
    file: connector('session/pin-refusal.ts'),
    find: "if (refusedForMs >= patienceMs) return 'give-up'",
    replace: "if (refusedForMs >= 0) return 'give-up'",
    ...situation(46),
  },
  {
    name: 'a Node stream hands rows over before one is asked for',
    rule: 19,
    file: connector('statement/row-readable.ts'),
    find: 'else this.#start()',
    replace: 'else this.#fill()',
    ...situation(55),
  },
  {
    name: 'a result that ends early is taken for the whole',
    rule: 23,
    file: connector('statement/running-query.ts'),
    find: 'if (received >= rowCount) return',
    replace: 'if (received >= 0n) return',
    ...situation(53),
  },
  {
    name: 'a connection moves away from what was set in its session',
    rule: 24,
    file: START,
    find: 'if (statement.setsSessionState) context.sessionState.keep(pin.session)',
    replace: '',
    tests: SESSION_STATE_TESTS,
  },
  {
    name: 'what was set in a session that has expired is not missed',
    rule: 24,
    file: CALL_RECOVERY,
    find: 'this.#context.sessionState.ended(session)',
    replace: '',
    tests: SESSION_STATE_TESTS,
    named: 'expires',
  },
]

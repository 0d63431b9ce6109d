import { type Call, STRATEGIES, type Step, type Strategy } from './call.ts'
import type { ClusterProxy } from './cluster-proxy.ts'
import type { IndependentServer } from './independent-server.ts'
import type { Decision } from './reply.ts'

/** The commands of this server's program, one JSON object per line. */
export type Command =
  /** Answers of `from` name `to` as the strategy to move to; `null` ends that. */
  | { readonly do: 'announce'; readonly from: Strategy; readonly to: string | null }
  /** The proxies of these numbers, or all, pass on these strategies alone. */
  | { readonly do: 'serve'; readonly strategies: readonly Strategy[]; readonly proxies?: readonly number[] }
  /** Calls that match meet a decision, so often; without `times`, until rules are dropped. */
  | ({ readonly do: 'meet'; readonly decision: Decision; readonly times?: number } & CallPattern)
  | { readonly do: 'drop-rules' }
  | { readonly do: 'expire-sessions'; readonly strategy?: Strategy }
  | { readonly do: 'suspend' }
  /** Answers with counts of calls, open queries and violations. */
  | { readonly do: 'figures' }
  | { readonly do: 'end' }

/** The calls of a rule. A missing field matches every call. */
interface CallPattern {
  readonly step?: Step
  readonly strategy?: Strategy
  readonly tag?: string
}

interface Rule extends CallPattern {
  readonly decision: Decision
  left: number
}

/** Runs commands on a server. */
export class Commands {
  readonly #server: IndependentServer
  readonly #proxies: readonly ClusterProxy[]
  readonly #rules: Rule[] = []

  constructor(server: IndependentServer, proxies: readonly ClusterProxy[]) {
    this.#server = server
    this.#proxies = proxies
    server.onCall = (call) => this.#decide(call)
  }

  /** Returns the answer. */
  run(command: Command): object {
    const { engine, clusterService } = this.#server
    switch (command.do) {
      case 'announce':
        if (command.to === null) delete engine.announcements[command.from]
        else engine.announcements[command.from] = command.to
        return { ok: true }
      case 'serve':
        for (const number of command.proxies ?? this.#proxies.keys()) {
          const proxy = this.#proxies[number]
          if (proxy === undefined) throw new Error(`there is no proxy ${number}`)
          proxy.serveOnly(...command.strategies)
        }
        return { ok: true }
      case 'meet': {
        const { do: _, times = Number.POSITIVE_INFINITY, ...rule } = command
        this.#rules.push({ ...rule, left: times })
        return { ok: true }
      }
      case 'drop-rules':
        this.#rules.length = 0
        return { ok: true }
      case 'expire-sessions':
        engine.sessions.expire(command.strategy)
        return { ok: true }
      case 'suspend':
        clusterService.status = 'suspended'
        return { ok: true }
      case 'figures':
        return this.#figures()
      case 'end':
        return { ok: true }
      default:
        throw new Error(`no such command: ${JSON.stringify(command satisfies never)}`)
    }
  }

  #decide(call: Call): Decision | undefined {
    const rule = this.#rules.find((it) => it.left > 0 && matches(it, call))
    if (rule) rule.left -= 1
    return rule?.decision
  }

  #figures(): object {
    const { engine, clusterService } = this.#server
    return {
      ok: true,
      calls: this.#server.callCounts(),
      logins: Object.fromEntries(STRATEGIES.map((strategy) => [strategy, this.#server.calls('login', strategy)])),
      open: this.#server.openQueries().length,
      connections: this.#server.connectionsOpened,
      resumes: clusterService.resumes,
      violations: engine.violations,
    }
  }
}

const matches = (pattern: CallPattern, call: Call) =>
  (pattern.step === undefined || pattern.step === call.step) &&
  (pattern.strategy === undefined || pattern.strategy === call.strategy) &&
  (pattern.tag === undefined || pattern.tag === call.tag)

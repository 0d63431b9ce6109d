import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { otherStrategy, STRATEGIES, type Strategy } from '../types/strategy.ts'
import { MemoryPinStore } from './memory-store.ts'
import type { RefusedCall, Ticket } from './strategy-change.ts'
import { StrategyManager } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState, type StrategyState } from './strategy-state.ts'
import type { StrategyStore, StrategyUpdate } from './strategy-store.ts'

/** The medium of several processes. Updates are atomic, and each process sees those of others late. */
class SharedMedium {
  state: StrategyState = initialStrategyState(DEFAULT_STRATEGY_LIMITS)
  readonly views = new Set<LateView>()
}

class LateView implements StrategyStore {
  readonly pins = new MemoryPinStore()
  readonly #medium: SharedMedium
  readonly #listeners = new Set<(update: StrategyUpdate) => void>()
  #seen: StrategyState

  constructor(medium: SharedMedium) {
    this.#medium = medium
    this.#seen = medium.state
    medium.views.add(this)
  }

  read(): StrategyState {
    return this.#seen
  }

  update(change: (state: StrategyState) => StrategyState): StrategyUpdate {
    if (change(this.#seen) === this.#seen) return { before: this.#seen, after: this.#seen }
    this.refresh()
    const before = this.#seen
    this.#seen = change(before)
    this.#medium.state = this.#seen
    return { before, after: this.#seen }
  }

  refresh(): void {
    const before = this.#seen
    this.#seen = this.#medium.state
    if (before !== this.#seen) for (const listener of this.#listeners) listener({ before, after: this.#seen })
  }

  onChange(listener: (update: StrategyUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#medium.views.delete(this)
  }
}

/** The two deployments, as seen by a client. */
class Deployments {
  readonly accepting = new Set<Strategy>(['blue'])
  announced: Strategy | undefined
  #current: Strategy = 'blue'

  /** One step of a switch, of a rollback, or of a switch in which both briefly refuse. */
  take(step: DeploymentStep): void {
    const next = otherStrategy(this.#current)
    switch (step) {
      case 'announce':
        this.announced = next
        return
      case 'withdraw':
        this.announced = this.#current
        return
      case 'start':
        this.accepting.add(next)
        return
      case 'stop both':
        this.accepting.clear()
        return
      case 'cut over':
        this.#current = next
        this.accepting.clear()
        this.accepting.add(next)
        this.announced = next
        return
    }
  }
}

const DEPLOYMENT_STEPS = ['announce', 'withdraw', 'start', 'stop both', 'cut over'] as const
type DeploymentStep = (typeof DEPLOYMENT_STEPS)[number]

/** Processes that send calls like the connector, over a network that delivers in any order. */
class Race {
  readonly clock = new ManualClock()
  readonly medium = new SharedMedium()
  readonly deployments = new Deployments()
  readonly managers: StrategyManager[]
  readonly strategyOfEpoch = new Map<number, Strategy>()
  readonly background: Promise<unknown>[] = []

  constructor(
    private readonly scheduler: fc.Scheduler,
    processes: number,
  ) {
    this.managers = Array.from({ length: processes }, () => this.#process())
  }

  #process(): StrategyManager {
    const manager = new StrategyManager({ store: new LateView(this.medium), clock: this.clock })
    let epoch = 0
    const grows = (facts: { epoch: number }) => {
      expect(facts.epoch).toBeGreaterThanOrEqual(epoch)
      epoch = facts.epoch
    }
    manager.events.on('strategy:transition', grows).on('strategy:cleared', grows)
    manager.events.on('strategy:announced', ({ strategy, epoch }) => {
      this.background.push(this.#prewarm(manager, strategy, epoch))
    })
    return manager
  }

  async #network(label: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), label)
    this.clock.pause(20)
  }

  async #prewarm(manager: StrategyManager, strategy: Strategy, epoch: number): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      await this.#network(`asks ${strategy} early`)
      const isAccepted = this.deployments.accepting.has(strategy)
      await this.#network(`${strategy} answers early`)
      if (isAccepted && manager.ready(strategy, epoch)) return
    }
  }

  async #detect(manager: StrategyManager): Promise<Ticket> {
    for (;;) {
      const order = manager.detectionOrder()
      const known = manager.current()
      if (known) return known
      const { epoch } = manager
      for (const strategy of order) {
        await this.#network(`asks ${strategy}`)
        const isAccepted = this.deployments.accepting.has(strategy)
        await this.#network(`${strategy} answers`)
        const found = isAccepted ? manager.detected(strategy, epoch) : undefined
        if (found) return found
      }
      await this.#network('waits')
    }
  }

  /** Finds a strategy for a call that `refused` has refused, as detection does: without a change of the state. */
  async #elsewhere(manager: StrategyManager, refused: Ticket): Promise<Ticket> {
    for (;;) {
      const current = manager.current()
      if (current && current.epoch !== refused.epoch) return current
      for (const strategy of manager.detectionOrder(refused.strategy)) {
        await this.#network(`asks ${strategy}`)
        const isAccepted = this.deployments.accepting.has(strategy)
        await this.#network(`${strategy} answers`)
        if (isAccepted) return manager.epoch === refused.epoch ? { strategy, epoch: refused.epoch } : manager.current()!
      }
      await this.#network('waits')
    }
  }

  /** Returns the number of refusals before the call was accepted. */
  async call(manager: StrategyManager): Promise<number> {
    let ticket = manager.boundary() ?? (await this.#detect(manager))
    const refusals = new Map<Strategy, RefusedCall>()
    for (let count = 0; ; count++) {
      // An epoch stands for one strategy in every process.
      const current = manager.current()!
      expect(this.strategyOfEpoch.get(current.epoch) ?? current.strategy).toBe(current.strategy)
      this.strategyOfEpoch.set(current.epoch, current.strategy)
      const sentAt = this.clock.now()
      await this.#network(`sends to ${ticket.strategy}`)
      const isAccepted = this.deployments.accepting.has(ticket.strategy)
      const { announced } = this.deployments
      await this.#network(`${ticket.strategy} answers`)
      if (isAccepted) {
        manager.accepted(ticket, { sentAt, announced })
        const refused = refusals.get(otherStrategy(ticket.strategy))
        if (refused) manager.servedElsewhere(ticket.strategy, refused)
        return count
      }
      manager.refused(ticket, 'prepareStatement')
      refusals.set(ticket.strategy, { by: ticket, sentAt })
      ticket = await this.#elsewhere(manager, ticket)
    }
  }

  async deploy(steps: readonly DeploymentStep[]): Promise<void> {
    for (const step of steps) {
      await this.#network(step)
      this.deployments.take(step)
    }
    if (this.deployments.accepting.size === 0) this.deployments.take('cut over')
  }

  async deliverNews(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      for (const view of this.medium.views) {
        await this.#network('news')
        view.refresh()
      }
    }
  }
}

describe('processes that race through a switch', () => {
  it('lose no call, agree on each epoch, and end on a strategy that accepts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.constantFrom(...DEPLOYMENT_STEPS), { maxLength: 8 }),
        fc.integer({ min: 1, max: 8 }),
        async (scheduler, processes, steps, calls) => {
          const race = new Race(scheduler, processes)
          const traffic = race.managers.flatMap((manager) =>
            Array.from({ length: calls }, async () => {
              const first = await race.call(manager)
              return first + (await race.call(manager))
            }),
          )
          const all = Promise.all([race.deploy(steps), race.deliverNews(2), ...traffic])
          const [, , ...refusals] = await scheduler.waitFor(all)
          await scheduler.waitFor(Promise.all(race.background))

          // A call is refused at most once per change of the accepting strategy, and once for a stale view.
          const changes = steps.filter((step) => step === 'cut over' || step === 'stop both').length + 1
          for (const count of refusals) expect(count).toBeLessThanOrEqual(4 * (changes + 1))
          await scheduler.waitFor(Promise.all(race.managers.map((manager) => race.call(manager))))
          for (const manager of race.managers) {
            manager.detectionOrder() // reads the changes of the others
            const { strategy } = manager.current()!
            expect(race.deployments.accepting).toContain(strategy)
            expect(manager.pending).not.toBe(strategy)
            expect(manager.current()).toEqual(race.managers[0]!.current())
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('two that detect different strategies at once end on the one that accepts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.constantFrom(...STRATEGIES), async (scheduler, accepting) => {
        const race = new Race(scheduler, 2)
        race.deployments.accepting.clear()
        race.deployments.accepting.add(accepting)
        const refusals = await scheduler.waitFor(Promise.all(race.managers.map((manager) => race.call(manager))))
        expect(refusals).toEqual([0, 0])
        expect(race.managers.map((manager) => manager.getActiveStrategy())).toEqual([accepting, accepting])
        expect(race.medium.state.epoch).toBe(1)
      }),
    )
  })

  it('a detection that ends late does not undo the result of another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const race = new Race(scheduler, 2)
        const callEach = () => race.managers.map((manager) => race.call(manager))
        await scheduler.waitFor(Promise.all([race.deploy(['cut over']), ...callEach()]))
        await scheduler.waitFor(Promise.all(callEach()))
        // Found on green at once; or on blue, refused, and then switched to green. Never green, blue, and green again.
        expect([1, 2]).toContain(race.medium.state.epoch)
        expect(race.medium.state.active).toBe('green')
      }),
      { numRuns: 1000 },
    )
  })
})

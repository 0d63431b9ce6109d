import type { StrategyEvent, Ticket } from '../src/strategy/strategy-change.ts'
import { DEFAULT_STRATEGY_LIMITS } from '../src/strategy/strategy-state.ts'
import { otherStrategy, type Strategy } from '../src/types/strategy.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS

/** A sixteenth of the time to refill one token: its sums are exact, so the model needs no tolerance. */
export const TICK_MS = LIMITS.switchRefillMs / 16

/** A second, simple implementation of the rules: mutable facts, without regard to speed or sharing. */
export class Model {
  now = 1_000_000
  epoch = 0
  active: Strategy | undefined
  announced: Strategy | undefined
  announcedIsReady = false
  /** The time since which the active strategy withdraws its announcement. */
  doubtedAt: number | undefined
  takenBack: { strategy: Strategy; at: number } | undefined
  lastKnown: Strategy | undefined
  refused: Strategy | undefined
  refusedAt = 0
  refusedUnproven = false
  becameAt = 0
  checkedAt = 0
  servedAt = 0
  /** The tokens in the bucket at `bucketAt`, in sixteenths, and the number of ticks per token. */
  ticksInBucket = LIMITS.switchBurst * 16
  bucketAt = 0
  refillTicks = 16
  switchedAt: number | undefined
  moves: number[] = []
  strays = 0
  suspectedAt: number | undefined
  bar: { strategy: Strategy; at: number; forMs: number } | undefined
  asker: { id: string; at: number; pauseMs: number; purpose: 'hold' | 'readiness' } | undefined
  opening: { strategy: Strategy; count: number } | undefined
  /** Every strategy and epoch under which a call may have been sent. */
  readonly tickets: Ticket[] = []

  become(strategy: Strategy): void {
    if (strategy !== this.active) {
      this.active = strategy
      this.becameAt = this.now
      this.epoch += 1
      this.servedAt = 0
      this.tickets.push({ strategy, epoch: this.epoch })
    }
    this.lastKnown = strategy
    this.checkedAt = this.now
    this.forgetNews()
  }

  moveTo(strategy: Strategy): boolean {
    if (this.moves.filter((at) => this.now - at < 1000).length >= 2) return false
    this.become(strategy)
    this.moves = [...this.moves.filter((at) => this.now - at < 1000), this.now]
    return true
  }

  forgetNews(): void {
    this.withdraw()
    this.takenBack = undefined
    this.strays = 0
    this.suspectedAt = undefined
    this.opening = undefined
  }

  holds(ticket: Ticket): boolean {
    return this.active !== undefined && ticket.strategy === this.active && ticket.epoch === this.epoch
  }

  isBarred(strategy: Strategy): boolean {
    return this.refused === strategy && this.refusedUnproven && this.now - this.refusedAt < LIMITS.refusalCooldownMs
  }

  announce(strategy: Strategy): void {
    this.doubtedAt = undefined
    if (this.announced === strategy) return
    this.announced = strategy
    this.announcedIsReady = this.takenBack?.strategy === strategy && this.now - this.takenBack.at <= 3000
    this.takenBack = undefined
  }

  withdraw(): void {
    this.announced = undefined
    this.announcedIsReady = false
    this.doubtedAt = undefined
  }

  letTimePass(): void {
    if (this.announced === undefined || this.doubtedAt === undefined || this.now - this.doubtedAt < 1000) return
    if (this.announcedIsReady) this.takenBack = { strategy: this.announced, at: this.now }
    this.withdraw()
  }

  apply(event: StrategyEvent): void {
    this.letTimePass()
    switch (event.kind) {
      case 'announced':
        if (!this.holds(event.by)) return
        if (event.strategy !== this.active) this.announce(event.strategy)
        else if (this.announced !== undefined) this.doubtedAt ??= this.now
        return
      case 'ready':
        if (event.epoch !== this.epoch || event.strategy !== this.announced) return
        if (this.announcedIsReady || this.isBarred(event.strategy)) return
        if (this.active === undefined) this.become(event.strategy)
        else this.announcedIsReady = true
        return
      case 'boundary': {
        if (this.announced === undefined || !this.announcedIsReady || this.doubtedAt !== undefined) return
        const earned = ((this.now - this.bucketAt) / TICK_MS) * (16 / this.refillTicks)
        const ticks = Math.min(this.ticksInBucket + earned, LIMITS.switchBurst * 16)
        if (ticks < 16) return
        this.ticksInBucket = ticks - 16
        this.bucketAt = this.now
        const isSoon = this.switchedAt !== undefined && this.now - this.switchedAt < 300_000
        this.refillTicks = isSoon ? Math.min(this.refillTicks * 2, 30 * 16) : 16
        this.switchedAt = this.now
        this.become(this.announced)
        return
      }
      case 'refused':
        if (event.by.epoch !== this.epoch) return
        if (event.by.strategy === this.announced && this.announcedIsReady) this.announcedIsReady = false
        else if (event.by.strategy === this.active) this.noteRefusal(event.by.strategy)
        return
      case 'served-elsewhere':
        if (!this.holds(event.refused) || event.strategy === this.active) return
        if (this.servedAt <= event.refusedSentAt) this.moveTo(event.strategy)
        return
      case 'strayed':
        if (!this.holds(event.refused)) return
        this.strays = Math.min(this.strays + 1, 3)
        if (this.strays === 3) this.moveTo(otherStrategy(event.refused.strategy))
        return
      case 'kept':
        if (this.holds(event.by)) this.strays = 0
        return
      case 'detected':
        if (event.epoch !== this.epoch) return
        if (event.strategy === this.active) this.checkedAt = this.now
        else if (this.active === undefined) this.become(event.strategy)
        else this.moveTo(event.strategy)
        return
      case 'accepting':
        if (event.epoch !== this.epoch) return
        this.opening = { strategy: event.strategy, count: (this.opening?.count ?? 0) + 1 }
        return
      case 'checked':
        if (this.holds(event.of)) this.judge(event)
        return
      case 'asks':
        if (this.isAskedForBy(event)) return
        this.asker = { id: event.asker, at: this.now, pauseMs: event.pauseMs, purpose: event.purpose }
        return
      case 'stops-asking':
        if (this.asker?.id === event.asker) this.asker = undefined
        return
      case 'confirmed':
        if (!this.holds(event.by)) return
        this.checkedAt = this.now
        this.servedAt = Math.max(this.servedAt, event.sentAt)
        return
      case 'set-active':
        if (event.strategy === this.active) this.checkedAt = this.now
        else this.become(event.strategy)
        return
      case 'set-pending':
        if (event.strategy !== this.active) this.announce(event.strategy)
        return
      case 'apply-pending':
        if (this.announced !== undefined) this.become(this.announced)
        return
      case 'clear':
        if (this.active === undefined && this.announced === undefined) return
        this.active = undefined
        this.epoch += 1
        this.checkedAt = 0
        this.servedAt = 0
        this.forgetNews()
        return
      default:
        event satisfies never
    }
  }

  noteRefusal(strategy: Strategy): void {
    if (this.refused === strategy && this.now - this.refusedAt < 1000) return
    this.refused = strategy
    this.refusedAt = this.now
    this.refusedUnproven = this.checkedAt <= this.becameAt
  }

  judge({ of, active, other }: Extract<StrategyEvent, { kind: 'checked' }>): void {
    if (active !== 'fails' || other !== 'works') {
      this.suspectedAt = undefined
      return
    }
    const to = otherStrategy(of.strategy)
    if (this.bar?.strategy === to && this.now - this.bar.at < this.bar.forMs) return
    const isOnceEnough = this.announced === to && this.announcedIsReady && this.doubtedAt === undefined
    const sinceFirst = this.suspectedAt === undefined ? Number.POSITIVE_INFINITY : this.now - this.suspectedAt
    if (!isOnceEnough && sinceFirst > 30_000) this.suspectedAt = this.now
    else if (isOnceEnough || sinceFirst >= 500) this.leaveBySuspicion(of.strategy, to)
  }

  leaveBySuspicion(from: Strategy, to: Strategy): void {
    if (!this.moveTo(to)) return
    const isRecent = this.bar !== undefined && this.now - this.bar.at - this.bar.forMs < 300_000
    const forMs = isRecent ? Math.min(this.bar!.forMs * 2, 300_000) : 10_000
    this.bar = { strategy: from, at: this.now, forMs }
  }

  seen(): object {
    const pending = { strategy: this.announced, ready: this.announcedIsReady, withdrawnAt: this.doubtedAt }
    return {
      epoch: this.epoch,
      active: this.active,
      pending: this.announced === undefined ? undefined : pending,
      withdrawn: this.takenBack,
      lastKnown: this.lastKnown,
      refusal:
        this.refused === undefined
          ? undefined
          : { strategy: this.refused, at: this.refusedAt, unproven: this.refusedUnproven },
      checkedAt: this.checkedAt,
      servedAt: this.servedAt,
      moves: this.moves,
      strays: this.strays,
      suspectedAt: this.suspectedAt,
      returnBar: this.bar,
      asker: this.asker,
      opening: this.opening,
    }
  }

  /** Whether another manager already asks in place of this one: a hold replaces checks of an announced strategy. */
  isAskedForBy({ asker: id, purpose }: { asker: string; purpose: 'hold' | 'readiness' }): boolean {
    if (!this.asker || this.now - this.asker.at > 2 * this.asker.pauseMs) return false
    return this.asker.purpose === purpose ? this.asker.id !== id : this.asker.purpose === 'hold'
  }

  firstToAsk(): Strategy {
    return this.lastKnown ?? this.announced ?? 'blue'
  }
}

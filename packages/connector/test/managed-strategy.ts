import type { StrategyEvents } from '../src/observability/events.ts'
import type { StrategyManagerOptions } from '../src/strategy/manager-options.ts'
import { StrategyManager } from '../src/strategy/strategy-manager.ts'
import { ManualClock } from './manual-clock.ts'

const EVENT_NAMES = [
  'strategy:announced',
  'strategy:withdrawn',
  'strategy:ready',
  'strategy:transition',
  'strategy:cleared',
  'strategy:mismatch',
  'strategy:ignored',
  'strategy:swept',
  'strategy:invalid',
  'strategy:store-unavailable',
] as const satisfies readonly (keyof StrategyEvents)[]

/** A manager with a manual clock, and everything it reports. */
export function managed(options: StrategyManagerOptions & { clock?: ManualClock } = {}) {
  const { clock = new ManualClock() } = options
  const logged: { level: string; message: string; facts: object }[] = []
  const log = (level: string) => (facts: object, message: string) => void logged.push({ level, message, facts })
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  const manager = new StrategyManager({ logger, ...options, clock })
  const events: [name: string, facts: object][] = []
  for (const name of EVENT_NAMES) manager.events.on(name, (facts: object) => events.push([name, facts]))
  return { manager, clock, events, logged, warnings: () => logged.filter(({ level }) => level === 'warn') }
}
